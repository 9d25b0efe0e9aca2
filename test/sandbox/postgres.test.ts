// The postgres image with the real server: first start, crashes at bad moments, passwords, what is kept.
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allProcesses, commandLineOf } from "../../sandbox/node/proc.ts";
import type { Parts } from "../../sandbox/node/testing.ts";
import { namespace, removeScratch, scratchFolder, startParts, until } from "../../sandbox/node/testing.ts";
import type { PersistentVolume, PersistentVolumeClaim, Service } from "../../sandbox/workloads/objects.ts";
import { resources } from "../../sandbox/workloads/objects.ts";
import { isReady } from "../../sandbox/workloads/pods.ts";
import { postgresImage } from "../../sandbox/images/postgres.ts";

const folder = scratchFolder();
let parts: Parts;
beforeAll(async () => {
  parts = await startParts(folder, [postgresImage(join(folder, "cache"))]);
});
afterAll(async () => {
  await parts.stop();
  removeScratch(folder);
});

function declareClaim(name: string): void {
  parts.create(resources.persistentVolumeClaims, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  });
}

function declareServer(name: string, password: string): void {
  parts.create(resources.services, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ name: "postgres", port: 5432, targetPort: "postgres" }] },
  });
  parts.create(resources.statefulSets, {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name },
    spec: {
      replicas: 1,
      serviceName: name,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name: "postgres",
              image: "docker.io/library/postgres:18-alpine",
              args: ["-c", "shared_buffers=16MB", "-c", "max_connections=17"],
              env: [
                { name: "POSTGRES_USER", value: "lms" },
                { name: "POSTGRES_PASSWORD", value: password },
                { name: "POSTGRES_DB", value: "site" },
                { name: "PGDATA", value: "/var/lib/postgresql/data/pgdata" },
              ],
              ports: [{ name: "postgres", containerPort: 5432 }],
              readinessProbe: { exec: { command: ["pg_isready"] }, periodSeconds: 5 },
              volumeMounts: [{ name: "data", mountPath: "/var/lib/postgresql/data" }],
            },
          ],
          volumes: [{ name: "data", persistentVolumeClaim: { claimName: `${name}-data` } }],
        },
      },
    },
  });
}

const ready = (name: string, restarts = 0): Promise<true> =>
  until(() => {
    const pod = parts.pod(`${name}-0`);
    const restarted = (parts.status(`${name}-0`)?.restartCount ?? 0) >= restarts;
    return pod !== undefined && isReady(pod) && restarted && (true as const);
  }, `${name} to be ready`);

async function query<Row>(name: string, password: string, sql: string): Promise<Row[]> {
  const service = parts.cluster.get(resources.services, namespace, name) as Service;
  const client = new pg.Client({ host: service.spec.clusterIP, user: "lms", password, database: "site" });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

/** The volume's folder, known before any pod uses it. */
const volumeFolder = (name: string): Promise<string> =>
  until(() => {
    const claim = parts.cluster.get(
      resources.persistentVolumeClaims,
      namespace,
      `${name}-data`,
    ) as PersistentVolumeClaim;
    const volume = claim.spec.volumeName;
    return volume === undefined
      ? undefined
      : (parts.cluster.get(resources.persistentVolumes, undefined, volume) as PersistentVolume).spec.hostPath
          ?.path;
  }, "a bound volume");

const serverPid = async (name: string): Promise<number> =>
  Number(readFileSync(join(await volumeFolder(name), "pgdata", "postmaster.pid"), "utf8").split("\n", 1)[0]);

const asOwner = (path: string): void => {
  if (process.getuid?.() === 0) chownSync(path, 65_534, 65_534);
};

test("the declared user, password and database are there, and the declared settings", async () => {
  declareClaim("one-data");
  declareServer("one", "it's secret");
  await ready("one");
  const [row] = await query(
    "one",
    "it's secret",
    "SELECT current_user AS u, current_database() AS d, current_setting('max_connections') AS m",
  );
  expect(row).toEqual({ u: "lms", d: "site", m: "17" });
  await expect(query("one", "guess", "SELECT 1")).rejects.toThrow(/password authentication failed/);
});

test("a second server has its own password and data", async () => {
  declareClaim("two-data");
  declareServer("two", "another");
  await ready("two");
  await query("two", "another", "CREATE TABLE only_here (n int)");
  await expect(query("two", "it's secret", "SELECT 1")).rejects.toThrow(/password authentication failed/);
  await expect(query("one", "it's secret", "SELECT * FROM only_here")).rejects.toThrow(/does not exist/);
});

test("a server killed at work comes back with everything that was committed", async () => {
  await query("one", "it's secret", "CREATE TABLE kept (n int)");
  await query("one", "it's secret", "INSERT INTO kept SELECT generate_series(1, 1000)");
  process.kill(await serverPid("one"), "SIGKILL");
  await ready("one", 1);
  const [row] = await query<{ n: number }>("one", "it's secret", "SELECT count(*)::int AS n FROM kept");
  expect(row?.n).toBe(1000);
});

test("a deleted pod shuts its server down in an orderly way, and its successor goes on with the data", async () => {
  const uid = parts.pod("one-0")?.metadata.uid;
  parts.cluster.delete(resources.pods, namespace, "one-0");
  await until(() => parts.pod("one-0") && parts.pod("one-0")?.metadata.uid !== uid, "a successor");
  await ready("one");
  const log = await parts.log("one-0");
  expect(log).toContain("database system was shut down at");
  expect(log).not.toContain("automatic recovery in progress");
  const [row] = await query<{ n: number }>("one", "it's secret", "SELECT count(*)::int AS n FROM kept");
  expect(row?.n).toBe(1000);
});

test("a stale postmaster.pid whose number belongs to somebody else now does not keep the server down", async () => {
  const data = join(await volumeFolder("two"), "pgdata");
  const set = parts.cluster.get(resources.statefulSets, namespace, "two");
  const scale = (replicas: number): void => {
    const live = parts.cluster.get(resources.statefulSets, namespace, "two") ?? set;
    if (live)
      parts.cluster.update(resources.statefulSets, { ...live, spec: { ...(live.spec as object), replicas } });
  };
  scale(0);
  await until(() => parts.pod("two-0") === undefined, "the server to be gone");
  writeFileSync(join(data, "postmaster.pid"), `${process.pid}\n${data}\n1700000000\n5432\n\n127.0.0.1\n`);
  asOwner(join(data, "postmaster.pid"));
  scale(1);
  await ready("two");
});

test("a first start that was killed before it was finished begins again", async () => {
  declareClaim("half-data");
  const data = join(await volumeFolder("half"), "pgdata");
  mkdirSync(join(data, ".initialising", "base"), { recursive: true });
  for (const path of [data, join(data, ".initialising"), join(data, ".initialising", "base")]) asOwner(path);
  declareServer("half", "pw");
  await ready("half");
  expect(existsSync(join(data, ".initialising"))).toBe(false);
  expect(await parts.log("half-0")).toContain("beginning again");
});

test("a first start that was killed while the finished folder was being put in place goes on with it", async () => {
  await query("half", "pw", "CREATE TABLE moved (n int)");
  const data = join(await volumeFolder("half"), "pgdata");
  const live = parts.cluster.get(resources.statefulSets, namespace, "half");
  if (live === undefined) throw new Error("no StatefulSet");
  const to = (replicas: number): object => ({ ...(live.spec as object), replicas });
  parts.cluster.update(resources.statefulSets, {
    ...live,
    metadata: { ...live.metadata, resourceVersion: undefined as never },
    spec: to(0),
  });
  await until(() => parts.pod("half-0") === undefined, "the server to be gone");
  mkdirSync(join(data, ".initialised"));
  asOwner(join(data, ".initialised"));
  for (const name of ["base", "PG_VERSION"]) renameSync(join(data, name), join(data, ".initialised", name));
  const now = parts.cluster.get(resources.statefulSets, namespace, "half");
  if (now) parts.cluster.update(resources.statefulSets, { ...now, spec: to(1) });
  await ready("half");
  expect(await query("half", "pw", "SELECT * FROM moved")).toEqual([]);
  expect(existsSync(join(data, ".initialised"))).toBe(false);
});

test("a helper killed in the middle of the first start is started again", async () => {
  declareClaim("killed-data");
  const path = join(await volumeFolder("killed"), "pgdata");
  declareServer("killed", "pw");
  const helper = await until(
    () =>
      allProcesses().find(
        (pid) => commandLineOf(pid).includes("--single") && commandLineOf(pid).includes(path),
      ),
    "the helper that makes the database",
  );
  process.kill(helper, "SIGKILL");
  await ready("killed", 1);
  expect(await query("killed", "pw", "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("a folder that holds something else is left alone, with a reason in the log", async () => {
  declareClaim("foreign-data");
  const data = join(await volumeFolder("foreign"), "pgdata");
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, "thesis.odt"), "years of work");
  declareServer("foreign", "pw");
  await until(() => (parts.status("foreign-0")?.restartCount ?? 0) >= 1, "a failed start");
  expect(await parts.log("foreign-0", { previous: true })).toContain("is not empty (thesis.odt)");
  expect(readFileSync(join(data, "thesis.odt"), "utf8")).toBe("years of work");
});
