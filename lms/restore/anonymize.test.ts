// An anonymous copy: nothing of anybody is left in it, and it still works.
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFolderDestination } from "../backup/folder.ts";
import { writeBackup } from "../backup/archive-write.ts";
import { restoreBackup } from "../backup/restore.ts";
import { ORDER } from "../backup/testing.ts";
import { grant } from "../catalog/testing.ts";
import type { Database } from "../db/index.ts";
import { createEmptyDatabase, type TestDatabase } from "../db/testing.ts";
import { anonymize } from "./anonymize.ts";
import { COLUMNS } from "./columns.ts";
import { createRestoreStage, type RestoreStage } from "./testing.ts";
import { verifyRestored } from "./verify.ts";

const SECRET = "My diary: I fell in love with Zoë Quill";
const CHOSEN = "true";

let stage: RestoreStage;
let source: Database;
let copy: TestDatabase;
beforeAll(async () => {
  stage = await createRestoreStage();
  source = stage.school.db;
  await source.execute(
    `UPDATE account SET password_hash = 'argon-of-' || name, password_fingerprint = 'print-of-' || name,
       managed = name IN ('teacher', 'learner-4'), archived_at = CASE WHEN name = 'learner-4' THEN now() END`,
  );
  const teacher = await source.first<{ id: number }>("SELECT id FROM account WHERE name = 'teacher'");
  await grant(source, teacher?.id ?? 0, "administrator");
  // Typed, chosen, typed where a choice belongs, of a question that is none, and what looks like a choice and is not.
  await source.execute(
    `UPDATE attempt SET answers = jsonb_build_object('a', 'right', 'b', '["x", "y"]'::jsonb, 'c', $1::text, 'gone', $1::text)
     WHERE id = (SELECT min(id) FROM attempt)`,
    [SECRET],
  );
  await source.execute(
    `UPDATE attempt SET answers = jsonb_build_object('a', $1::text, 'b', jsonb_build_array('x', $1::text), 'c', $2::text)
     WHERE id = (SELECT max(id) FROM attempt)`,
    [SECRET, CHOSEN],
  );
  await source.execute(
    "INSERT INTO document (kind, key, manager, applied, expected) VALUES ('directory', '', 'm', 'of-people', 'of-rows'), ('binding', 'b', 'm', 'of-subjects', 'of-rows')",
  );
  const destination = createFolderDestination(stage.folder);
  const manifest = await writeBackup({
    ...ORDER,
    id: "people",
    database: stage.school.config,
    destination,
  });
  copy = await createEmptyDatabase();
  await restoreBackup({ destination, manifest, database: copy.config, within: anonymize });
});
afterAll(async () => {
  await copy?.close();
  await stage?.close();
});

const tablesOf = async (db: Database): Promise<string[]> =>
  (
    await db.query<{ name: string }>(
      "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    )
  ).map(({ name }) => name);

/** Every row of every table as text, and what the planner remembers of them. Bytes are there in hexadecimal. */
async function everything(db: Database): Promise<string> {
  const parts: string[] = [];
  for (const name of [...(await tablesOf(db)), "pg_stats"])
    parts.push(
      ...(await db.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)).map((t) => t.row),
    );
  return parts.join("\n");
}

/** Whatever in the source says who somebody is, or was typed by somebody. */
async function personalWords(): Promise<string[]> {
  const rows = await source.query<{ word: string }>(
    `SELECT unnest(ARRAY[CASE WHEN name <> 'teacher' THEN name END, email, display_name, password_hash, password_fingerprint]) AS word FROM account
     UNION SELECT encode(token_hash, 'hex') FROM session UNION SELECT subject FROM sign_in_failure
     UNION SELECT unnest(ARRAY[applied, expected]) FROM document WHERE kind IN ('directory', 'binding')`,
  );
  return [...rows.map(({ word }) => word).filter((word) => word !== null), SECRET];
}

test("nothing that says who somebody is, and nothing that somebody wrote, is anywhere in it", async () => {
  const [text, original, words] = [
    await everything(copy.db),
    await everything(source),
    await personalWords(),
  ];
  expect(words.length).toBeGreaterThan(25);
  for (const word of words) {
    const hex = Buffer.from(word).toString("hex");
    // What is not found in the source this way would never be found in the copy either.
    expect(original.includes(word) || original.includes(JSON.stringify(word).slice(1, -1))).toBe(true);
    for (const form of [word, hex]) expect(text).not.toContain(form);
  }
});

test("everything else stays: keys, structure, scores, times; and columns.ts says what does not", async () => {
  for (const table of await tablesOf(source)) {
    if (["maintenance", "restore_log", "schema_migration"].includes(table)) continue;
    const fates = Object.entries(COLUMNS[table] ?? {});
    const replaced = fates.filter(([, fate]) => fate === "replaced").map(([column]) => column);
    const rows = (db: Database) =>
      db.query<{ row: string }>(
        `SELECT (to_jsonb(t) - ${replaced.length > 0 ? `'{${replaced.join(",")}}'::text[]` : "''::text"})::text AS row FROM ${table} t ORDER BY 1`,
      );
    if (fates.some(([, fate]) => fate === "emptied")) expect(await rows(copy.db), table).toEqual([]);
    else expect(await rows(copy.db), table).toEqual(await rows(source));
    for (const column of replaced) {
      const values = (db: Database) =>
        db.query<object>(`SELECT ${column} FROM ${table} ORDER BY ${column}::text`);
      expect(await values(copy.db), `${table}.${column}`).not.toEqual(await values(source));
    }
  }
});

test("choices stay, whatever was typed is gone", async () => {
  const answers = await copy.db.query<{ answers: object }>("SELECT answers FROM attempt ORDER BY id");
  expect(answers.at(0)?.answers).toEqual({ a: "right", b: ["x", "y"], c: "[removed]", gone: "[removed]" });
  expect(answers.at(-1)?.answers).toEqual({ a: "[removed]", b: "[removed]", c: "[removed]" });
});

test("only names that a manifest declares now stay, and nobody has a password", async () => {
  const people = await copy.db.query<{ name: string; password_hash: string | null }>(
    "SELECT name, password_hash FROM account ORDER BY id",
  );
  expect(people.filter(({ name }) => !/^person-[0-9a-f]{16}$/.test(name)).map(({ name }) => name)).toEqual([
    "teacher",
  ]);
  expect(new Set(people.map(({ name }) => name)).size).toBe(6);
  expect(people.filter(({ password_hash: hash }) => hash !== null)).toEqual([]);
});

test("another copy has other strangers", async () => {
  const names = () =>
    copy.db.query<{ name: string }>("SELECT name FROM account WHERE NOT managed ORDER BY id");
  const first = await names();
  // No backup holds these; if one ever does, they go.
  await copy.db.execute(
    "INSERT INTO session (token_hash, account_id, csrf_token, expires_at) SELECT '\\x01', min(id), 'c', now() FROM account",
  );
  await copy.db.execute("INSERT INTO sign_in_failure (subject, failures) VALUES ('address:192.0.2.7', 7)");
  await copy.db.transaction(anonymize);
  expect(await names()).not.toEqual(first);
  for (const table of ["session", "sign_in_failure"])
    expect(await copy.db.query<object>(`SELECT * FROM ${table}`)).toEqual([]);
});

test("it is a working site", async () => {
  const checks = await verifyRestored({ database: copy.config, log: pino({ level: "silent" }) });
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(checks.map(({ name }) => name)).toContain("Pages");
});

test("every column that can hold words is thought of", async () => {
  const columns = await copy.db.query<{ table: string; column: string }>(
    `SELECT table_name::text AS "table", column_name::text AS "column" FROM information_schema.columns
     JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
       AND data_type NOT IN ('integer', 'bigint', 'smallint', 'numeric', 'boolean', 'timestamp with time zone', 'date')`,
  );
  const known = Object.entries(COLUMNS).flatMap(([table, all]) =>
    Object.keys(all).map((column) => `${table}.${column}`),
  );
  expect(columns.map(({ table, column }) => `${table}.${column}`).sort()).toEqual(known.sort());
});
