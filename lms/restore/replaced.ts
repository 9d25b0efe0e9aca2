// What a restore in place replaces: all that migrations have made, and nothing of others.
import { BackupError } from "../backup/backup-error.ts";
import { IN_SCHEMA, KEPT } from "../backup/tables.ts";
import type { DatabaseConfig, Queryable, Transaction } from "../db/database.ts";
import { madeByMigrations, newerCount } from "../db/migrate.ts";
import { newerMigrations } from "../db/newer-migrations.ts";

export interface Replaced {
  /** Names of the tables, whether they are in a backup or not. */
  readonly tables: readonly string[];
  /** Statements that drop everything. They fail when something of others depends on it. */
  readonly drop: readonly string[];
}

interface Found {
  readonly name: string;
  /** As SQL. */
  readonly written: string;
}

/**
 * What is to be replaced in the schema. What somebody else has put into it, such as a view for reports, is not among it.
 * After a newer runtime that has left no text of its migrations everything is: what that has made is not known here, and
 * would be in its way when it comes back.
 */
export async function replacedIn(db: Queryable): Promise<Replaced> {
  const count = await newerCount(db);
  const newer = count > 0 ? await newerMigrations(db) : [];
  const everything = newer.length < count;
  const known = madeByMigrations(newer.map(({ sql }) => sql));
  const ours = async (sql: string, params: readonly unknown[] = []): Promise<Found[]> =>
    (await db.query<Found>(sql, params)).filter(
      ({ name }) => !KEPT.includes(name) && (everything || known.has(name)),
    );
  const relations = (kinds: readonly string[]): Promise<Found[]> => ours(RELATIONS, [kinds]);
  const tables = await relations(["r", "p"]);
  const drop = [
    statement("VIEW", await relations(["v"])),
    statement("TABLE", tables),
    statement("SEQUENCE", await relations(["S"])),
    statement("ROUTINE", await ours(ROUTINES)),
    statement("TYPE", await ours(TYPES)),
  ];
  return { tables: tables.map(({ name }) => name), drop: drop.flat() };
}

const statement = (what: string, found: readonly Found[]): string[] =>
  found.length === 0 ? [] : [`DROP ${what} ${found.map(({ written }) => written).join(", ")}`];

/** Sequences of columns go with their tables. */
const RELATIONS = `SELECT c.relname::text AS name, c.oid::regclass::text AS written FROM pg_class c
  WHERE ${IN_SCHEMA} AND c.relkind = ANY ($1::"char"[]) AND NOT c.relispartition
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i'))
  ORDER BY c.oid`;

const ROUTINES = `SELECT p.proname::text AS name, p.oid::regprocedure::text AS written FROM pg_proc p
  WHERE p.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e')
  ORDER BY p.oid`;

/** Those of rows go with their tables, those of arrays with their elements. */
const TYPES = `SELECT t.typname::text AS name, t.oid::regtype::text AS written FROM pg_type t
  LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE t.typnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
    AND (t.typtype IN ('e', 'r', 'd') OR c.relkind = 'c')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.classid = 'pg_type'::regclass AND d.deptype = 'e')
  ORDER BY t.oid`;

/** @throws BackupError `DatabaseInUse` that names what others have built upon it */
export async function dropAll(
  tx: Transaction,
  { drop }: Replaced,
  { database }: DatabaseConfig,
): Promise<void> {
  for (const statement of drop)
    try {
      await tx.script(statement);
    } catch (error) {
      // PostgreSQL, appendix A: dependent_objects_still_exist.
      if ((error as { code?: unknown }).code !== "2BP01") throw error;
      const { detail = "", message } = error as Error & { detail?: string };
      throw new BackupError(
        "DatabaseInUse",
        `database ${database ?? ""}: ${detail.split("\n")[0] ?? message}, and it is not of the LMS: drop it, restore, and make it again`,
        { cause: error },
      );
    }
}
