// Puts a site back to a backup, in one transaction: all of the backup is there afterwards, or all that was there before.
// What was there is saved first, in the same moment: while the safety backup is made nothing can be written, so that no
// answer that a learner was given is missing from it.
import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import type { BackupSummary, RestoreSummary } from "../../api/index.ts";
import { writeBackup } from "../backup/archive-write.ts";
import { checkStored } from "../backup/archive-read.ts";
import { BackupError, explained } from "../backup/backup-error.ts";
import { openDestination } from "../backup/open.ts";
import { loader, type LoadOptions, UNHURRIED } from "../backup/restore.ts";
import { messageOf, summaryOf } from "../backup/run.ts";
import { dropStatements, quoted, replacedTables } from "../backup/tables.ts";
import { createDatabase, type DatabaseConfig, type Transaction } from "../db/database.ts";
import { lockSchema, shareSchema } from "../db/migrate.ts";
import { announce } from "./announcement.ts";
import { rememberRestore } from "./log.ts";
import type { SafetySettings } from "./settings.ts";

export interface InPlaceOptions extends LoadOptions {
  readonly database: DatabaseConfig;
  /** Of the restore. */
  readonly id: string;
  readonly safety: SafetySettings;
  /** For the destination of the safety backup. */
  readonly env: NodeJS.ProcessEnv;
  readonly runtimeVersion: string;
  readonly log: Logger;
  /** What is to be remembered of it, when it is done. */
  summary(rows: number): RestoreSummary;
  /** Learns of the safety backup when it is complete: whatever happens then, it is there. */
  onSafety(backup: BackupSummary): void;
  /** For tests: called before each step. */
  onStep?(step: Step): Promise<void> | void;
}

/** What is done, in this order. */
export const STEPS = ["check", "announce", "lock", "save", "drop", "load", "finish", "commit"] as const;
export type Step = (typeof STEPS)[number];

/** @throws RestoreError, BackupError, DestinationError, or the reason of the signal; the site is as it was then */
export async function restoreInPlace(options: InPlaceOptions): Promise<RestoreSummary> {
  const { signal, manifest, destination, id, log, onStep } = options;
  const step = async (name: Step): Promise<void> => {
    log.info({ step: name }, "restoring");
    await onStep?.(name);
    signal?.throwIfAborted();
  };
  const config = { ...options.database, maxConnections: 1, applicationName: "provost-restore" };
  await step("check");
  // While the site serves: a backup that is not whole costs it nothing.
  await checkStored(destination, manifest, signal);
  const load = await loader(options);
  await step("announce");
  const db = createDatabase(config);
  let announcement: Awaited<ReturnType<typeof announce>> | undefined;
  try {
    const notice = (announcement = await announce(options.database, id, log));
    return await db.transaction(
      async (tx) => {
        await step("lock");
        await stopWriters(tx);
        await step("save");
        const safety = await saveWhatIsThere(options);
        options.onSafety(safety);
        await step("drop");
        // Backups and migrations under way end first.
        await lockSchema(tx);
        await dropAll(tx, config);
        await step("load");
        const { rows } = await load(tx);
        await step("finish");
        const restore = options.summary(rows);
        await rememberRestore(tx, { restore, safety });
        await notice.endWith(tx);
        await step("commit");
        return restore;
      },
      { ...(signal && { signal }) },
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw explained(error, config);
  } finally {
    await announcement?.end();
    await db.close(1_000);
  }
}

/** Who is writing ends, who is about to waits; readers go on. No migration begins. */
async function stopWriters(tx: Transaction): Promise<void> {
  await tx.script(UNHURRIED);
  await shareSchema(tx);
  const tables = await replacedTables(tx);
  if (tables.length > 0) await tx.script(`LOCK TABLE ${tables.map(quoted).join(", ")} IN SHARE MODE`);
}

/** Each try makes its own: between two of them learners may have worked. */
async function saveWhatIsThere({
  database,
  safety,
  env,
  runtimeVersion,
  signal,
}: InPlaceOptions): Promise<BackupSummary> {
  const { location, site, id, expiresAt, recipients } = safety;
  const destination = await openDestination(location, env);
  try {
    const manifest = await writeBackup({
      database,
      destination,
      site,
      id: `${id}-${randomBytes(3).toString("hex")}`,
      origin: "manual",
      ...(expiresAt !== undefined && { expiresAt }),
      ...(recipients.length > 0 && { recipients }),
      runtimeVersion,
      ...(signal && { signal }),
    });
    return summaryOf(manifest);
  } catch (error) {
    signal?.throwIfAborted();
    throw new BackupError(
      "SafetyBackupFailed",
      `what is there was not saved, so nothing was touched: ${messageOf(error)}`,
      { cause: error },
    );
  } finally {
    await destination.close().catch(() => {});
  }
}

async function dropAll(tx: Transaction, { database }: DatabaseConfig): Promise<void> {
  for (const statement of await dropStatements(tx))
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
