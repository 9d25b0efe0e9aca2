// What was restored into a database, kept in it: written in the transaction that did it, so that whoever comes after a
// crash, or after an answer that was lost, knows.
import type { RestoreSummary, BackupSummary } from "../../api/index.ts";
import type { Queryable, Transaction } from "../db/database.ts";

export interface Done {
  readonly restore: RestoreSummary;
  readonly safety?: BackupSummary;
}

/** What a restore of this id has done; `undefined` when there was none. */
export async function restoredBefore(db: Queryable, id: string): Promise<Done | undefined> {
  const table = await db.first<{ there: boolean }>("SELECT to_regclass('restore_log') IS NOT NULL AS there");
  if (!table?.there) return undefined;
  const row = await db.first<{ report: Done }>("SELECT report FROM restore_log WHERE id = $1", [id]);
  return row?.report;
}

/** To be the last but one thing that a restore's transaction does. */
export async function rememberRestore(tx: Transaction, done: Done): Promise<void> {
  await tx.execute("INSERT INTO restore_log (id, report) VALUES ($1, $2)", [
    done.restore.id,
    JSON.stringify(done),
  ]);
}
