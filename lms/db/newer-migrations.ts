// Migrations of a newer runtime. A release that was rolled back leaves its schema behind, for the release before works with
// it: backups made then have that schema, and the release before must be able to restore them. So every migration leaves
// its text in the database, backups take along those that their runtime does not know, and a restore runs them again.
import { createHash } from "node:crypto";
import type { Queryable, Transaction } from "./database.ts";
import { SCHEMA_VERSION } from "./migrate.ts";

export interface NewerMigration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** Of `sql`, in hexadecimal. */
  readonly sha256: string;
  readonly compatibleFrom: number;
}

/** Those that are applied and not known here, without those that have left no text. */
export async function newerMigrations(db: Queryable): Promise<NewerMigration[]> {
  // Over jsonb: a database that was migrated before texts were kept has no such column.
  return db.query<NewerMigration>(
    `SELECT version, name, sha256, compatible_from AS "compatibleFrom", to_jsonb(m) ->> 'sql' AS sql
     FROM schema_migration m WHERE version > $1 AND to_jsonb(m) ->> 'sql' IS NOT NULL ORDER BY version`,
    [SCHEMA_VERSION],
  );
}

/** Whether they lead from what is known here to a schema, without a gap, and this runtime can work with it then. */
export function leadTo(schemaVersion: number, migrations: readonly NewerMigration[]): boolean {
  return (
    migrations.length === schemaVersion - SCHEMA_VERSION &&
    migrations.every(
      ({ version, sql, sha256, compatibleFrom }, index) =>
        version === SCHEMA_VERSION + index + 1 &&
        compatibleFrom <= SCHEMA_VERSION &&
        createHash("sha256").update(sql).digest("hex") === sha256,
    )
  );
}

/** Applies them after all that is known here. */
export async function applyNewer(tx: Transaction, migrations: readonly NewerMigration[]): Promise<void> {
  for (const { version, name, sql, sha256, compatibleFrom } of migrations) {
    await tx.script(sql);
    await tx.execute(
      "INSERT INTO schema_migration (version, name, sha256, compatible_from, sql) VALUES ($1, $2, $3, $4, $5)",
      [version, name, sha256, compatibleFrom, sql],
    );
  }
}
