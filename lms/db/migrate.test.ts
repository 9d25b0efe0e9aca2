// Migrations: once, in order, never a changed file, forward and back by one version.
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDatabase } from "./database.ts";
import {
  madeByMigrations,
  migrate,
  migrateWithin,
  SCHEMA_VERSION,
  schemaVersion,
  whileUnmigrated,
} from "./migrate.ts";
import { createEmptyDatabase, type TestDatabase } from "./testing.ts";

let empty: TestDatabase;
let folder: string;
beforeEach(async () => {
  empty = await createEmptyDatabase();
  folder = await mkdtemp(path.join(tmpdir(), "migrations-"));
  await cp(path.join(import.meta.dirname, "migrations"), folder, { recursive: true });
});
afterEach(async () => {
  await empty.close();
  await rm(folder, { recursive: true });
});

const next = String(SCHEMA_VERSION + 1).padStart(4, "0");

test("replicas that start together migrate once; a second run does nothing", async () => {
  const runs = await Promise.all([1, 2, 3].map(() => migrate(empty.db, folder)));
  expect(runs.flat().sort()).toEqual(Array.from({ length: SCHEMA_VERSION }, (_, i) => i + 1));
  expect(await migrate(empty.db, folder)).toEqual([]);
});

test("a file changed after it was applied is refused by name", async () => {
  await migrate(empty.db, folder);
  await writeFile(path.join(folder, "0001_first_schema.sql"), "SELECT 1;");
  await expect(migrate(empty.db, folder)).rejects.toThrow(/0001_first_schema.sql was changed.*new migration/);
});

test("a migration that fails half-way leaves nothing of itself", async () => {
  await writeFile(path.join(folder, `${next}_broken.sql`), "CREATE TABLE half (a int); SELECT nonsense;");
  await expect(migrate(empty.db, folder)).rejects.toThrow();
  expect(await empty.db.first("SELECT to_regclass('half') AS t, to_regclass('course')::text AS c")).toEqual({
    t: null,
    c: "course",
  });
});

test("a migration that is given up is cancelled at once, frees its lock and leaves nothing of itself", async () => {
  await migrate(empty.db, folder);
  await writeFile(path.join(folder, `${next}_slow.sql`), "CREATE TABLE half (a int); SELECT pg_sleep(60);");
  const stop = new AbortController();
  const migrating = migrate(empty.db, folder, stop.signal);
  const sleeping =
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
  await expect.poll(() => empty.db.first(sleeping)).toBeDefined();
  const from = Date.now();
  stop.abort();
  await expect(migrating).rejects.toThrow(/abort/);
  expect(Date.now() - from).toBeLessThan(1_500);
  expect(await empty.db.first(sleeping)).toBeUndefined();
  expect(
    await empty.db.first("SELECT to_regclass('half') AS t, max(version) AS v FROM schema_migration"),
  ).toEqual({
    t: null,
    v: SCHEMA_VERSION,
  });
  await writeFile(path.join(folder, `${next}_slow.sql`), "CREATE TABLE half (a int);");
  expect(await migrate(empty.db, folder)).toEqual([SCHEMA_VERSION + 1]);
});

test("waiting for another replica's migration can be given up", async () => {
  await migrate(empty.db, folder);
  await writeFile(path.join(folder, `${next}_more.sql`), "SELECT 1;");
  await empty.db.transaction(async (tx) => {
    await tx.execute("SELECT pg_advisory_xact_lock(7706866)");
    const stop = new AbortController();
    const waiting = migrate(empty.db, folder, stop.signal);
    const queued = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    await expect.poll(() => tx.first(queued)).toBeDefined();
    stop.abort();
    await expect(waiting).rejects.toThrow(/abort/);
    expect(await tx.first(queued)).toBeUndefined();
  });
});

test("an older runtime runs on a newer schema that declares it compatible, and refuses one that does not", async () => {
  await writeFile(
    path.join(folder, `${next}_expand.sql`),
    `-- compatible-from: ${SCHEMA_VERSION}\nSELECT 1;`,
  );
  await migrate(empty.db, folder);
  expect(await migrate(empty.db)).toEqual([]);
  await empty.db.execute("UPDATE schema_migration SET compatible_from = version WHERE version = $1", [
    Number(next),
  ]);
  await expect(migrate(empty.db)).rejects.toThrow(/needs a runtime of schema .* run a newer version/);
});

test("up to a version, in one transaction: all of it stays, or nothing", async () => {
  const half = empty.db.transaction(async (tx) => {
    await migrateWithin(tx);
    throw new Error("no");
  });
  await expect(half).rejects.toThrow("no");
  expect(await schemaVersion(empty.db)).toBeUndefined();
  expect(
    await empty.db.query("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"),
  ).toEqual([]);
  expect(await empty.db.transaction((tx) => migrateWithin(tx, 1))).toEqual([1]);
  expect(await schemaVersion(empty.db)).toBe(1);
  const rest = Array.from({ length: SCHEMA_VERSION - 1 }, (_, i) => i + 2);
  expect(await empty.db.transaction((tx) => migrateWithin(tx))).toEqual(rest);
  expect(await migrate(empty.db)).toEqual([]);
});

test("while a site is read as a whole, replicas start, a migration waits, and pages do not wait for it", async () => {
  await migrate(empty.db, folder);
  let migrating: Promise<number[]> | undefined;
  await whileUnmigrated(empty.db, () =>
    empty.db.transaction(async (reader) => {
      await reader.query("SELECT count(*) FROM course");
      expect(await migrate(empty.db, folder)).toEqual([]);
      await writeFile(path.join(folder, `${next}_alter.sql`), "ALTER TABLE course ADD COLUMN more integer;");
      const other = createDatabase(empty.config);
      migrating = migrate(other, folder).finally(() => other.close());
      const queued = `SELECT locktype FROM pg_locks WHERE NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
      await expect.poll(() => reader.query(queued)).toEqual([{ locktype: "advisory" }]);
      const page = createDatabase({ ...empty.config, statementTimeoutMs: 1_000 });
      expect(await page.query("SELECT key FROM course")).toEqual([]);
      await page.close();
    }),
  );
  expect(await migrating).toEqual([SCHEMA_VERSION + 1]);
});

test("all that the migrations make is known by name: a restore in place takes nothing else away", async () => {
  await migrate(empty.db, folder);
  const found = await empty.db.query<{ name: string }>(
    `SELECT relname::text AS name FROM pg_class c WHERE relnamespace = 'public'::regnamespace
       AND relkind NOT IN ('i', 'I', 't') AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND deptype IN ('a', 'i'))
     UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
     UNION SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd', 'r')`,
  );
  expect(new Set(found.map(({ name }) => name))).toEqual(madeByMigrations());
});
