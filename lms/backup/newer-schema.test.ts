// A release that was rolled back leaves its schema behind: backups made then can be restored by the release before.
import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from "../db/testing.ts";
import { SCHEMA_VERSION } from "../db/migrate.ts";
import { replacedIn } from "../restore/replaced.ts";
import { writeBackup } from "./archive-write.ts";
import { sealed } from "./manifest.ts";
import type { Manifest } from "./manifest.types.ts";
import { type LoadOptions, restoreBackup } from "./restore.ts";
import { contentOf, createMemoryDestination, makeSchool, type MemoryDestination, ORDER } from "./testing.ts";

const NEXT = SCHEMA_VERSION + 1;
const SQL = `-- compatible-from: ${SCHEMA_VERSION}
CREATE TABLE badge (id bigint PRIMARY KEY, account_id bigint NOT NULL REFERENCES account);
ALTER TABLE course ADD COLUMN motto text;
`;

let school: TestDatabase;
let empty: TestDatabase;
let destination: MemoryDestination;
beforeEach(async () => {
  [school, empty] = [await createTestDatabase(), await createEmptyDatabase()];
  destination = createMemoryDestination();
  await makeSchool(school.db, 1);
});
afterEach(async () => {
  await school.close();
  await empty.close();
});

/** What the newer release has done before it was rolled back. */
async function migratedByNewer(sql = SQL, compatibleFrom = SCHEMA_VERSION, text: string | null = sql) {
  await school.db.transaction((tx) => tx.script(sql));
  await school.db.execute(
    "INSERT INTO schema_migration (version, name, sha256, compatible_from, sql) VALUES ($1, 'next.sql', $2, $3, $4)",
    [NEXT, createHash("sha256").update(sql).digest("hex"), compatibleFrom, text],
  );
}

const backedUp = (): Promise<Manifest> => writeBackup({ ...ORDER, database: school.config, destination });
const restore = (manifest: Manifest, more: Partial<LoadOptions> = {}) =>
  restoreBackup({
    destination,
    manifest,
    database: empty.config,
    digestIsKnown: true,
    compare: true,
    ...more,
  });

test("all of it comes back, what only the newer release knows included, and can be migrated by it later", async () => {
  await migratedByNewer();
  await school.db.execute("INSERT INTO badge SELECT 7, min(id) FROM account");
  await school.db.execute("UPDATE course SET motto = 'row'");
  const manifest = await backedUp();
  expect(manifest).toMatchObject({ schemaVersion: NEXT, migrations: [{ version: NEXT, sql: SQL }] });
  await restore(manifest);
  expect(await contentOf(empty.db)).toEqual(await contentOf(school.db));
  const migrations = (db: TestDatabase["db"]) =>
    db.query<object>("SELECT version, name, sha256, compatible_from, sql FROM schema_migration ORDER BY 1");
  expect(await migrations(empty.db)).toEqual(await migrations(school.db));
});

test("a backup of a schema that is known brings no migration along", async () => {
  expect(await backedUp()).not.toHaveProperty("migrations");
});

test("a release that knows them by now runs its own", async () => {
  const { digest: _, ...manifest } = await backedUp();
  const known = {
    version: SCHEMA_VERSION,
    name: "known.sql",
    sql: "SELECT 1 / 0",
    sha256: "0".repeat(64),
    compatibleFrom: 1,
  };
  await restore(sealed({ ...manifest, migrations: [known] }));
  expect(await contentOf(empty.db)).toEqual(await contentOf(school.db));
});

test("what it brings along is not run unless its digest was known before", async () => {
  await migratedByNewer();
  const refused = restore(await backedUp(), { digestIsKnown: false });
  await expect(refused).rejects.toMatchObject({ reason: "BackupTooNew" });
  await expect(refused).rejects.toThrow(/run only when its digest is given/);
});

test.each([
  ["no release before works with it", SQL, NEXT, SQL],
  ["its text is missing", SQL, SCHEMA_VERSION, null],
  ["its text is not the one that was applied", SQL, SCHEMA_VERSION, `${SQL} `],
])("it takes a newer release when %s", async (_, sql, compatibleFrom, text) => {
  await migratedByNewer(sql, compatibleFrom, text);
  await expect(restore(await backedUp())).rejects.toMatchObject({ reason: "BackupTooNew" });
});

test("a restore in place leaves what others have beside it, for it can tell what the newer release has made", async () => {
  await migratedByNewer();
  await school.db.transaction((tx) => tx.script("CREATE TABLE report (id int)"));
  const { tables } = await replacedIn(school.db);
  expect(tables).toContain("badge");
  expect(tables).not.toContain("report");
});
