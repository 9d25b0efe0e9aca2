// An anonymous copy: nothing of anybody is left in it, and it still works.
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSchool } from "../backup/testing.ts";
import type { Database } from "../db/index.ts";
import { createTestDatabase, type TestDatabase } from "../db/testing.ts";
import { anonymize } from "./anonymize.ts";
import { COLUMNS } from "./columns.ts";

let school: TestDatabase;
let before: { name: string; email: string; display_name: string; password_hash: string | null }[];
let scores: object[];
const SECRET = "My diary: I fell in love with Zoë Quill";
beforeAll(async () => {
  school = await createTestDatabase();
  const { db } = school;
  await makeSchool(db);
  await db.execute("UPDATE account SET password_hash = 'argon-of-' || name, managed = name = 'teacher'");
  await db.execute(
    "UPDATE attempt SET answers = answers || jsonb_build_object('c', $1::text, 'gone', $1::text)",
    [SECRET],
  );
  before = await db.query(
    "SELECT name, email, display_name, password_hash FROM account WHERE name <> 'teacher'",
  );
  scores = await scoresOf(db);
  await db.transaction(anonymize);
});
afterAll(async () => school?.close());

const scoresOf = (db: Database) =>
  db.query<object>(
    "SELECT id, item_id, account_id, points, percent, submitted_at, answers -> 'a' AS a FROM attempt ORDER BY id",
  );

/** Every row of every table, as text. */
async function everything(db: Database): Promise<string> {
  const tables = await db.query<{ name: string }>(
    "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'",
  );
  const rows = await Promise.all(
    tables.map(({ name }) => db.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)),
  );
  return rows
    .flat()
    .map(({ row }) => row)
    .join("\n");
}

test("nothing that says who somebody is, and nothing that somebody wrote, is anywhere in it", async () => {
  const text = await everything(school.db);
  for (const { name, email, display_name: displayName, password_hash: hash } of before)
    for (const word of [name, email, displayName, hash ?? "?"]) expect(text).not.toContain(word);
  for (const word of [SECRET, "teacher@", "argon-of-"]) expect(text).not.toContain(word);
});

test("keys, choices, scores and times stay; so does the name that a manifest declares", async () => {
  expect(await scoresOf(school.db)).toEqual(scores);
  const names = await school.db.query<{ name: string; password_hash: string | null }>(
    "SELECT name, password_hash FROM account ORDER BY id",
  );
  expect(names.map(({ name }) => name)).toContain("teacher");
  expect(new Set(names.map(({ name }) => name)).size).toBe(before.length + 1);
  expect(names.filter(({ password_hash: hash }) => hash !== null)).toEqual([]);
});

test("another copy has other strangers", async () => {
  const names = () =>
    school.db.query<{ name: string }>("SELECT name FROM account WHERE NOT managed ORDER BY id");
  const first = await names();
  await school.db.transaction(anonymize);
  expect(await names()).not.toEqual(first);
});

test("every column that can hold words is thought of", async () => {
  const columns = await school.db.query<{ table: string; column: string }>(
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
