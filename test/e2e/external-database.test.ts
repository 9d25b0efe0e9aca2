// A database run by somebody else that cannot be reached: the tenant says why in plain words within seconds, and is
// Ready as soon as it is mended. The server is a real PostgreSQL that asks for passwords.
import { afterAll, beforeAll, expect, test } from "vitest";
import { findCondition, Secret, Service } from "../../controller/engine/index.ts";
import { createDatabase, type Database } from "../../lms/db/index.ts";
import { aTenant } from "../scenario/school.ts";
import { type EmptySandbox, emptySandbox } from "../support/empty-sandbox.ts";
import { freePort } from "../support/sandbox-process.ts";

let sandbox: EmptySandbox;
let server: Database;
let good: Record<string, string>;
const namespace = "default";
/** Between the start of the program, which takes a while on a busy machine, and the word. */
const WITHIN_MS = 45_000;

beforeAll(async () => {
  sandbox = await emptySandbox();
  const { cluster } = sandbox;
  // Its PostgreSQL is the somebody else's server of the other tenants.
  await cluster.apply(aTenant("owner"));
  await cluster.condition("LmsTenant", "owner", "Ready");
  const secret = await cluster.client.get(Secret, { namespace, name: "owner-database" });
  good = Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
  );
  const service = await cluster.client.get(Service, { namespace, name: "owner-db" });
  const { username: user = "", password = "", database = "" } = good;
  server = createDatabase({
    host: service.spec?.clusterIP ?? "",
    user,
    password,
    database,
    maxConnections: 1,
  });
  for (const name of ["mended", "strict"]) await server.execute(`CREATE DATABASE ${name}`);
  await server.execute("CREATE ROLE guest LOGIN PASSWORD 'guests-password'");
}, 200_000);

afterAll(async () => {
  await server?.close();
  await sandbox?.stop();
}, 60_000);

async function declare(name: string, data: Record<string, string>): Promise<void> {
  await sandbox.cluster.apply(
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: `${name}-pg` },
      stringData: { ...good, sslmode: "disable", ...data },
    },
    aTenant(name, { database: { external: { secretRef: { name: `${name}-pg` } } } }),
  );
}

/** The message of every condition that says the database is out of reach. */
async function unreachable(name: string, within = WITHIN_MS): Promise<string> {
  const { status } = await sandbox.cluster.condition("LmsTenant", name, "Ready", "False", {
    reason: "DatabaseUnreachable",
    within,
  });
  const messages = ["Ready", "Available", "DatabaseReady"].map(
    (type) => findCondition(status?.conditions ?? [], type)?.message,
  );
  expect(new Set(messages).size).toBe(1);
  const told = JSON.stringify(status);
  for (const secret of [good["password"] ?? "", "not-the-password"]) expect(told).not.toContain(secret);
  return messages[0] ?? "";
}

test("a closed port, an unknown name, a wrong password, an absent database and refused TLS are told apart", async () => {
  const port = String(await freePort());
  const host = good["host"] ?? "";
  const faults: Record<string, [Record<string, string>, string]> = {
    closed: [{ host: "127.0.0.1", port }, `at 127.0.0.1:${port}: connection refused. Check that PostgreSQL`],
    unknown: [{ host: "db.nowhere.invalid" }, "at db.nowhere.invalid:5432: the name is not known. Check the"],
    password: [
      { password: "not-the-password", database: "mended" },
      `at ${host}:5432: user name or password is wrong. Check the keys username and password`,
    ],
    absent: [{ database: "absent" }, `at ${host}:5432: the server has no database of this name.`],
    tls: [{ sslmode: "require" }, `at ${host}:5432: the server speaks no TLS, and sslmode asks for it.`],
  };
  for (const [name, [data]] of Object.entries(faults)) await declare(name, data);
  for (const [name, [, words]] of Object.entries(faults)) {
    const message = await unreachable(name);
    expect(message).toContain(`The LMS cannot reach its database ${words}`);
    expect(message).toContain(`(Secret ${name}-pg)`);
  }
});

test("mended in the Secret or on the server, the site is Ready", async () => {
  await server.execute("CREATE DATABASE absent");
  await declare("password", { database: "mended" });
  for (const name of ["absent", "password"]) {
    const { status } = await sandbox.cluster.condition("LmsTenant", name, "Ready");
    expect(findCondition(status?.conditions ?? [], "DatabaseReady")?.status).toBe("True");
  }
});

test("a database that goes away under a running site is named", async () => {
  await server.execute("ALTER DATABASE mended ALLOW_CONNECTIONS false");
  await server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'mended'");
  expect(await unreachable("password")).toMatch(/at .*:5432: .*not currently accepting connections/);
  await server.execute("ALTER DATABASE mended ALLOW_CONNECTIONS true");
  await sandbox.cluster.condition("LmsTenant", "password", "Ready");
});

test("a user who may not make tables: the last words of the LMS are in the condition", async () => {
  await declare("strict", { database: "strict", username: "guest", password: "guests-password" });
  await sandbox.cluster.until("the condition has the words", async () => {
    const { status } = await sandbox.cluster.condition("LmsTenant", "strict", "Ready", "False");
    const message = findCondition(status?.conditions ?? [], "Ready")?.message ?? "";
    return /last ended with code 1: .*permission denied for schema public/.test(message) ? true : undefined;
  });
});
