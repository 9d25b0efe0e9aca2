// Backups end to end: a Backup in YAML becomes an archive on a volume, from which another database is filled.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Job, type KubeObject, PersistentVolumeClaim, resourceType } from "../../controller/engine/index.ts";
import { Backup, LmsTenant } from "../../controller/kinds.ts";
import { createEmptyDatabase } from "../../lms/db/testing.ts";
import { aBackup, aSchool, aTenant } from "../scenario/school.ts";
import { type EmptySandbox, emptySandbox } from "../support/empty-sandbox.ts";

const PersistentVolume = resourceType<KubeObject & { spec?: { hostPath?: { path: string } } }>({
  group: "",
  version: "v1",
  plural: "persistentvolumes",
  kind: "PersistentVolume",
  namespaced: false,
});
const run = promisify(execFile);
const provost = join(import.meta.dirname, "../../cli/main.ts");
const backup = { destination: { volume: { size: "1Gi" } } } as const;

let sandbox: EmptySandbox;
beforeAll(async () => {
  sandbox = await emptySandbox();
  const [, ...rest] = aSchool("hill");
  await sandbox.cluster.apply(aTenant("hill", { backup }), ...rest);
  await sandbox.cluster.condition("RoleBinding", "learn", "Ready");
}, 200_000);
afterAll(async () => sandbox?.stop(), 60_000);

/** The folder behind the claim of the site's backups. */
async function backupsFolder(): Promise<string> {
  const { client } = sandbox.cluster;
  const claim = await client.get(PersistentVolumeClaim, { namespace: "default", name: "hill-backups" });
  const volume = await client.get(PersistentVolume, {
    namespace: "",
    name: claim.spec?.volumeName ?? "",
  });
  return volume.spec?.hostPath?.path ?? "";
}

test("a Backup is made while the site serves, is listed from its volume alone, and restores", async () => {
  const { cluster } = sandbox;
  await cluster.apply(aBackup("first", "hill"));
  await cluster.condition("Backup", "first", "Ready");
  const { status } = await cluster.client.get(Backup, { namespace: "default", name: "first" });
  const path = status?.path ?? "";
  expect(status).toMatchObject({ encrypted: false, location: "persistentvolumeclaim/hill-backups" });
  await cluster.condition("LmsTenant", "hill", "BackedUp");

  const location = await backupsFolder();
  const { stdout } = await run(process.execPath, [
    provost,
    ..."backup list --output json --location".split(" "),
    location,
  ]);
  expect(stdout).toContain(path);
  const database = await createEmptyDatabase();
  const env = { ...process.env, ...database.env };
  await run(process.execPath, [provost, "backup", "restore", "--path", path, "--location", location], {
    env,
  });
  const rows = await database.db.query<{ name: string }>(
    "SELECT name FROM account WHERE managed ORDER BY name",
  );
  expect(rows.map(({ name }) => name)).toContain("lea");
  await database.close();
});

test("a schedule with immediate makes its first backup at once, by itself", async () => {
  const { cluster } = sandbox;
  await cluster.apply(
    aTenant("hill", {
      backup: { ...backup, schedule: "0 3 1 1 *", immediate: true, retention: { keepLast: 2 } },
    }),
  );
  const scheduled = await cluster.until("a scheduled backup is complete", async () => {
    const { items } = await cluster.client.list(Backup, { namespace: "default" });
    return items.find(
      ({ spec, status }) => spec.scheduledTime !== undefined && status?.completedAt !== undefined,
    );
  });
  expect(scheduled.spec.tenantRef.name).toBe("hill");
});

test("a destination that cannot be reached is told with its remedy, and the site goes on", async () => {
  const { cluster } = sandbox;
  const s3 = { bucket: "nowhere", secretRef: { name: "s3" }, endpoint: "http://127.0.0.1:9" };
  await cluster.apply(
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s3", namespace: "default" },
      stringData: { accessKeyId: "a", secretAccessKey: "b" },
    } as never,
    aTenant("hill", { backup: { destination: { s3 }, deadlineMinutes: 1 } }),
    aBackup("lost", "hill"),
  );
  const job = await cluster.until("its Job runs", () =>
    cluster.client.find(Job, { namespace: "default", name: "lost-backup" }),
  );
  expect(job.spec?.activeDeadlineSeconds).toBe(60);
  await cluster.condition("Backup", "lost", "Stalled", "True");
  const tenant = await cluster.client.get(LmsTenant, { namespace: "default", name: "hill" });
  expect(tenant.status?.conditions?.find(({ type }) => type === "Available")?.status).toBe("True");
});
