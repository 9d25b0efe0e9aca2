// What a schema has to store, as PostgreSQL's catalog tells it: tables, their columns, what they refer to, sequences.
import type { Queryable } from "../db/database.ts";
import type { Sequence } from "./manifest.types.ts";

export interface Table {
  readonly name: string;
  /** In the order of the rows. Without generated ones: they are computed again. */
  readonly columns: readonly string[];
  /** Tables that have to be loaded before it: by foreign keys that are checked at once. */
  readonly refersTo: readonly string[];
}

/** What a restore says of itself: it stays while everything else is replaced. */
export const KEPT = ["maintenance", "restore_log"];

/**
 * Not in a backup. Nobody should be signed in, or locked out, by a restore: a session that was ended since would be valid
 * again, and its cookie may be in the wrong hands. Which migrations were applied is what a restore does itself, and so is
 * what it says of itself ({@link KEPT}).
 */
const LEFT_OUT = ["session", "sign_in_failure", "schema_migration", ...KEPT];

/** Relations of the schema migrations work in; what belongs to an extension comes with it. */
export const IN_SCHEMA = `c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')`;

/** Every table that belongs in a backup, by name. */
export async function readTables(db: Queryable): Promise<Table[]> {
  return db.query<Table>(
    `SELECT c.relname::text AS name,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
             ORDER BY a.attnum) AS columns,
       ARRAY(SELECT DISTINCT r.relname::text FROM pg_constraint k JOIN pg_class r ON r.oid = k.confrelid
             WHERE k.conrelid = c.oid AND k.contype = 'f' AND NOT k.condeferrable AND r.oid <> c.oid) AS "refersTo"
     FROM pg_class c
     WHERE ${IN_SCHEMA} AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> ALL ($1)
     ORDER BY c.relname COLLATE "C"`,
    [LEFT_OUT],
  );
}

/**
 * The tables with each after those it refers to; otherwise by name. Keys that are checked at the end of a transaction
 * (DEFERRABLE) may go round in circles.
 */
export function inLoadOrder(tables: readonly Table[]): Table[] {
  const ordered: Table[] = [];
  const seen = new Set<string>();
  const visit = (table: Table): void => {
    if (seen.has(table.name)) return;
    seen.add(table.name);
    for (const other of tables) if (table.refersTo.includes(other.name)) visit(other);
    ordered.push(table);
  };
  tables.forEach(visit);
  return ordered;
}

/** How far every sequence is. This is not of the transaction's moment but of now: as far as its rows are, or further. */
export async function readSequences(db: Queryable): Promise<Sequence[]> {
  const names = await db.query<{ name: string }>(
    `SELECT c.relname::text AS name FROM pg_class c WHERE ${IN_SCHEMA} AND c.relkind = 'S' ORDER BY c.relname COLLATE "C"`,
  );
  const sequences: Sequence[] = [];
  for (const { name } of names) {
    const state = await db.first<Omit<Sequence, "name">>(
      `SELECT last_value::text AS "lastValue", is_called AS "isCalled" FROM ${quoted(name)}`,
    );
    if (state) sequences.push({ name, ...state });
  }
  return sequences;
}

/** An identifier of SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The columns of a table, for COPY. */
export function columnList(columns: readonly string[]): string {
  return columns.map(quoted).join(", ");
}
