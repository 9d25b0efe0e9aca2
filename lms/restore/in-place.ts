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
import { createDatabase, type DatabaseConfig } from "../db/database.ts";
import { announce, type Announcement } from "./announcement.ts";
import { type Done, rememberRestore, restoredBefore } from "./log.ts";
import { claimSchema, PATIENCE, type Patience, stopWriters, takeTables } from "./neighbours.ts";
import { dropAll, replacedIn } from "./replaced.ts";
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
  /** How long others are waited for. */
  readonly patience?: Patience;
  /** For tests: called before each step. */
  onStep?(step: Step): Promise<void> | void;
}

/** What is done, in this order. */
export const STEPS = [
  "check",
  "claim",
  "announce",
  "lock",
  "save",
  "drop",
  "load",
  "finish",
  "commit",
] as const;
export type Step = (typeof STEPS)[number];

/**
 * What it did, or what another run of the same restore had done just before.
 * @throws BackupError, DestinationError, or the reason of the signal; the site is as it was then
 */
export async function restoreInPlace(options: InPlaceOptions): Promise<Done> {
  const { signal, manifest, destination, id, log, onStep, patience = PATIENCE } = options;
  const step = async (name: Step): Promise<void> => {
    log.info({ step: name }, "restoring");
    await onStep?.(name);
    signal?.throwIfAborted();
  };
  const config = { ...options.database, maxConnections: 1, applicationName: "provost-restore" };
  const waiting = { database: config, patience, signal };
  await step("check");
  // While the site serves: a backup that is not whole, or cannot be read, costs it nothing.
  const load = await loader(options);
  await checkStored(destination, manifest, signal);
  const db = createDatabase(config);
  let announcement: Announcement | undefined;
  try {
    return await db.transaction(
      async (tx) => {
        await step("claim");
        await tx.script(UNHURRIED);
        // While the site serves, too: a backup under way may take its time.
        await claimSchema(tx, waiting);
        const before = await restoredBefore(tx, id);
        if (before) return before;
        const replaced = await replacedIn(tx);
        await step("announce");
        announcement = await announce(options.database, id, log);
        await step("lock");
        await stopWriters(tx, replaced.tables, waiting);
        await step("save");
        const safety = await saveWhatIsThere(options);
        options.onSafety(safety);
        await step("drop");
        await takeTables(tx, replaced.tables, waiting);
        await dropAll(tx, replaced, config);
        await step("load");
        const { rows } = await load(tx);
        await step("finish");
        const done = { restore: options.summary(rows), safety };
        await rememberRestore(tx, done);
        await announcement.endWith(tx);
        await step("commit");
        return done;
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
      schemaIsHeld: true,
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
