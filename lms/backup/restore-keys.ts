// Foreign keys while tables are loaded: taken off before, put back, and so checked, after.
import type { Transaction } from "../db/database.ts";
import { BackupError } from "./backup-error.ts";
import type { Manifest } from "./manifest.types.ts";
import { quoted } from "./tables.ts";

interface ForeignKey {
  readonly name: string;
  /** Quoted as it has to be. */
  readonly table: string;
  /** As SQL. */
  readonly definition: string;
}

/**
 * Removes every foreign key of the schema, except those of the tables of others; what it returns adds them again, as they were. With them, the server would
 * remember every row until its COPY ends and then look each one up; without, it compares whole tables once.
 */
export async function detachForeignKeys(
  tx: Transaction,
  others: readonly string[],
): Promise<(manifest: Manifest) => Promise<void>> {
  const keys = await tx.query<ForeignKey>(
    `SELECT conname::text AS name, conrelid::regclass::text AS "table", pg_get_constraintdef(oid) AS definition
     FROM pg_constraint
     WHERE contype = 'f' AND conparentid = 0
       AND connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
       AND (SELECT relname FROM pg_class WHERE oid = conrelid) <> ALL ($1)
     ORDER BY oid`,
    [others],
  );
  for (const { name, table } of keys) await tx.script(`ALTER TABLE ${table} DROP CONSTRAINT ${quoted(name)}`);
  return async ({ path }) => {
    for (const { name, table, definition } of keys)
      try {
        await tx.script(`ALTER TABLE ${table} ADD CONSTRAINT ${quoted(name)} ${definition}`);
      } catch (error) {
        if ((error as { code?: unknown }).code !== "23503") throw error;
        const { message, detail } = error as Error & { detail?: string };
        throw new BackupError(
          "Corrupted",
          `${path} contradicts itself: ${message} (${detail ?? name}); use another backup`,
          { cause: error },
        );
      }
  };
}
