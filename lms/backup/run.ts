// One backup run: from its environment to its report. `provost lms backup` is this as a process, see process.ts.
import type { Logger } from "pino";
import {
  BACKUP_FAILURES,
  type BackupFailure,
  type BackupReport,
  type BackupSummary,
} from "../../api/index.ts";
import { isUnavailable } from "../db/errors.ts";
import { writeBackup } from "./archive-write.ts";
import type { Destination } from "./destination.types.ts";
import type { Manifest } from "./manifest.types.ts";
import { openDestination } from "./open.ts";
import { prune } from "./prune.ts";
import { type BackupSettings, backupSettings } from "./settings.ts";
import { SettingsError } from "./variables.ts";

export interface RunOptions {
  readonly log: Logger;
  /** Version of the runtime, for the manifest. */
  readonly version: string;
  readonly signal?: AbortSignal;
  /** Learns of the backup when it is complete: whatever happens then, it is there. */
  readonly onComplete?: (backup: BackupSummary) => void;
}

/** Never rejects: a failure is a report, too. */
export async function runBackup(
  env: NodeJS.ProcessEnv,
  { log, version, signal, onComplete }: RunOptions,
): Promise<BackupReport> {
  let destination: Destination | undefined;
  try {
    const settings = backupSettings(env);
    const { location, site, id, origin, expiresAt, recipients, database } = settings;
    destination = await openDestination(location, env);
    log.info({ site, id, origin, destination: destination.text }, "backing up");
    const manifest = await writeBackup({
      database,
      destination,
      site,
      id,
      origin,
      ...(expiresAt !== undefined && { expiresAt }),
      ...(recipients.length > 0 && { recipients }),
      runtimeVersion: version,
      ...(signal && { signal }),
    });
    const backup = summaryOf(manifest);
    onComplete?.(backup);
    log.info({ backup }, "the backup is complete");
    return { ok: true, backup, ...(await removeOld(destination, settings, log, signal)) };
  } catch (error) {
    return failureOf(error, signal);
  } finally {
    await destination?.close().catch(() => {});
  }
}

/** Trouble here is told, and takes nothing from the backup that was made. */
async function removeOld(
  destination: Destination,
  { site, retention: policy }: BackupSettings,
  log: Logger,
  signal: AbortSignal | undefined,
): Promise<{ readonly removed: readonly string[]; readonly removalTrouble?: string }> {
  if (policy === undefined) return { removed: [] };
  try {
    const found = await prune({ destination, site, policy, now: new Date(), ...(signal && { signal }) });
    const { removed, remains, foreign, trouble } = found;
    if (removed.length + remains.length > 0) log.info({ removed, remains }, "old backups are removed");
    if (foreign.length > 0) log.warn({ foreign }, "what is not ours was left in the place of backups");
    if (trouble !== undefined) log.warn({ trouble }, "old backups are not removed");
    return { removed, ...(trouble !== undefined && { removalTrouble: trouble }) };
  } catch (error) {
    const trouble = signal?.aborted ? "the run was stopped before" : messageOf(error);
    log.warn({ trouble }, "old backups are not removed");
    return { removed: [], removalTrouble: trouble };
  }
}

/** What a manifest says, for a report. */
export function summaryOf(manifest: Manifest): BackupSummary {
  const { id, path, takenAt, completedAt, runtimeVersion, schemaVersion } = manifest;
  const { rows, files, fileBytes, storedBytes, encrypted, digest } = manifest;
  const when = { id, path, takenAt, completedAt, runtimeVersion, schemaVersion };
  return { ...when, rows, files, fileBytes, storedBytes, encrypted, digest };
}

/** The report of a run that an error ended. */
export function failureOf(error: unknown, signal?: AbortSignal): Extract<BackupReport, { ok: false }> {
  if (signal?.aborted)
    return {
      ok: false,
      reason: "Unexpected",
      message: `the run was stopped (${messageOf(signal.reason)}) before the backup was complete: start it again`,
    };
  return { ok: false, reason: reasonOf(error), message: messageOf(error) };
}

export function reasonOf(error: unknown): BackupFailure {
  if (error instanceof SettingsError) return "InvalidSettings";
  const told = (error as { reason?: unknown } | undefined)?.reason;
  const known = BACKUP_FAILURES.find((reason) => reason === told);
  return known ?? (isUnavailable(error) ? "DatabaseUnreachable" : "Unexpected");
}

/** An AggregateError (one host, several addresses) has an empty message of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return messageOf(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}
