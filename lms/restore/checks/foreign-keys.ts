// Whatever refers to something finds it, and no sequence gives out a number that is taken.
import { columnList, quoted } from "../../backup/tables.ts";
import type { Queryable } from "../../db/database.ts";
import type { Check } from "./check.ts";

interface ForeignKey {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly columns: readonly string[];
  readonly others: readonly string[];
}

export const foreignKeys: Check = {
  name: "ForeignKeys",
  async run(db) {
    await constraintsAreValidated(db);
    const keys = await db.query<ForeignKey>(
      `SELECT conname::text AS name, conrelid::regclass::text AS "from", confrelid::regclass::text AS "to",
         ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY k(num, at)
               JOIN pg_attribute ON attrelid = conrelid AND attnum = num ORDER BY at) AS columns,
         ARRAY(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY k(num, at)
               JOIN pg_attribute ON attrelid = confrelid AND attnum = num ORDER BY at) AS others
       FROM pg_constraint
       WHERE contype = 'f' AND connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
       ORDER BY conname`,
    );
    for (const key of keys) await refersToSomething(db, key);
    return `${keys.length} foreign keys hold, ${await sequencesAreAhead(db)} sequences are ahead of their rows`;
  },
};

async function constraintsAreValidated(db: Queryable): Promise<void> {
  const open = await db.query<{ name: string }>(
    `SELECT conname::text AS name FROM pg_constraint
     WHERE NOT convalidated AND connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())`,
  );
  if (open.length > 0)
    throw new Error(`constraints were never checked: ${open.map(({ name }) => name).join(", ")}`);
}

/** Not believed because the constraint says so: it was perhaps switched off while the rows came. */
async function refersToSomething(
  db: Queryable,
  { name, from, to, columns, others }: ForeignKey,
): Promise<void> {
  const given = columns.map((column) => `f.${quoted(column)} IS NOT NULL`).join(" AND ");
  const same = columns
    .map((column, at) => `t.${quoted(others[at] ?? "")} = f.${quoted(column)}`)
    .join(" AND ");
  const lost = await db.first<{ row: string }>(
    `SELECT (SELECT row(${columnList(columns)})::text) AS row FROM ${from} f
     WHERE ${given} AND NOT EXISTS (SELECT FROM ${to} t WHERE ${same}) LIMIT 1`,
  );
  if (lost) throw new Error(`${from} refers to a row of ${to} that is not there (${name}: ${lost.row})`);
}

async function sequencesAreAhead(db: Queryable): Promise<number> {
  const sequences = await db.query<{ sequence: string; table: string; column: string }>(
    `SELECT d.objid::regclass::text AS sequence, d.refobjid::regclass::text AS "table", a.attname::text AS "column"
     FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
       JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
     WHERE d.deptype IN ('a', 'i') AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())`,
  );
  for (const { sequence, table, column } of sequences) {
    const behind = await db.first<{ behind: boolean }>(
      `SELECT coalesce(max(${quoted(column)}), 0) > (SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM ${sequence}) AS behind FROM ${table}`,
    );
    if (behind?.behind)
      throw new Error(`${sequence} is behind the rows of ${table}: the next one would fail`);
  }
  return sequences.length;
}
