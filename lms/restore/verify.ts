// Tries everything that should hold on a database that a backup was just restored into: what is in it, and the site on it.
import type { RestoreCheck } from "../../api/index.ts";
import { createDatabase } from "../db/database.ts";
import { administrator } from "./checks/administrator.ts";
import { type Check, tried, type VerifyOptions } from "./checks/check.ts";
import { files } from "./checks/files.ts";
import { foreignKeys } from "./checks/foreign-keys.ts";
import { enrolments, grades } from "./checks/invariants.ts";
import { trySite } from "./checks/site.ts";

const OF_DATA: readonly Check[] = [files, foreignKeys, grades, enrolments, administrator];

/** A terabyte is hashed within this. */
const STATEMENT_WITHIN_MS = 3_600_000;

/** Every check, whatever became of the one before. */
export async function verifyRestored(options: VerifyOptions): Promise<readonly RestoreCheck[]> {
  const { database, signal } = options;
  // All of a site's files are read: the limits of a page's queries are not for this. But nothing hangs for ever.
  const db = createDatabase({
    ...database,
    maxConnections: 2,
    statementTimeoutMs: STATEMENT_WITHIN_MS,
    applicationName: "provost-verify",
  });
  const checks: RestoreCheck[] = [];
  try {
    for (const check of OF_DATA) {
      // In a transaction, whose statement is cancelled when all of this is stopped.
      const run = (): Promise<string> => db.transaction((tx) => check.run(tx), { signal });
      checks.push(await tried(check.name, run, signal));
    }
    return [...checks, ...(await trySite(db, options))];
  } finally {
    await db.close(1_000);
  }
}
