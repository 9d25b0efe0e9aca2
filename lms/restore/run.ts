// One restore: from its environment to its report. `provost lms restore` is this as a process, see process.ts.
import type { Logger } from "pino";
import {
  type BackupSummary,
  RESTORE_FAILURES,
  type RestoreCheck,
  type RestoreFailure,
  type RestoreReport,
  type RestoreSummary,
} from "../../api/index.ts";
import { readManifest } from "../backup/archive-read.ts";
import { BackupError, explained } from "../backup/backup-error.ts";
import { type Destination, DestinationError } from "../backup/destination.types.ts";
import type { Manifest } from "../backup/manifest.types.ts";
import { markVerified } from "../backup/mark-verified.ts";
import { openDestination } from "../backup/open.ts";
import { restoreBackup } from "../backup/restore.ts";
import { messageOf, reasonOf } from "../backup/run.ts";
import { createDatabase, type DatabaseConfig } from "../db/database.ts";
import { SCHEMA_VERSION } from "../db/migrate.ts";
import { reach } from "../db/reach.ts";
import { anonymize } from "./anonymize.ts";
import { restoreInPlace, type Step } from "./in-place.ts";
import { type Done, rememberRestore, restoredBefore } from "./log.ts";
import type { Patience } from "./neighbours.ts";
import { type RestoreSettings, restoreSettings } from "./settings.ts";
import { verifyRestored } from "./verify.ts";

export interface RunOptions {
  readonly log: Logger;
  /** Version of the runtime. */
  readonly version: string;
  readonly signal?: AbortSignal;
  /** Learns of the safety backup when it is complete. */
  readonly onSafety?: (backup: BackupSummary) => void;
  /** How long a restore in place waits for others. */
  readonly patience?: Patience;
  /** For tests: called before each step of a restore in place. */
  readonly onStep?: (step: Step) => Promise<void> | void;
}

/** The backup was restored, and something does not hold. */
class NotWhole extends BackupError {
  readonly checks: readonly RestoreCheck[];

  constructor(message: string, checks: readonly RestoreCheck[]) {
    super("NotWhole", message);
    this.checks = checks;
  }
}

/** A database beside it may be starting. */
const DATABASE_WITHIN_MS = 120_000;

/** Never rejects: a failure is a report, too. */
export async function runRestore(env: NodeJS.ProcessEnv, options: RunOptions): Promise<RestoreReport> {
  const { log, signal } = options;
  let destination: Destination | undefined;
  let safety: BackupSummary | undefined;
  try {
    const settings = restoreSettings(env);
    const { mode, location, path, id } = settings;
    log.info({ mode, path, id }, "restoring");
    await databaseUp(settings.database, log, signal);
    const before = await doneBefore(settings.database, id);
    // A trial that was cut off after it had restored has tried nothing yet: it goes on from there.
    if (before && mode !== "verify") return { ok: true, ...before };
    destination = await openDestination(location, settings.sourceEnv);
    const manifest = await manifestOf(destination, settings, signal);
    const run = { settings, destination, manifest, env, ...options };
    if (mode === "verify") return await verify(run, before?.restore);
    if (mode === "empty") return { ok: true, ...(await fillOnce(run)) };
    const onSafety = (backup: BackupSummary): void => {
      safety = backup;
      options.onSafety?.(backup);
    };
    return { ok: true, ...(await inPlace({ ...run, onSafety })) };
  } catch (error) {
    return restoreFailure(error, signal, safety);
  } finally {
    await destination?.close().catch(() => {});
  }
}

interface Run extends RunOptions {
  readonly settings: RestoreSettings;
  readonly destination: Destination;
  readonly manifest: Manifest;
  readonly env: NodeJS.ProcessEnv;
}

async function databaseUp(
  config: DatabaseConfig,
  log: Logger,
  signal: AbortSignal | undefined,
): Promise<void> {
  const db = createDatabase({ ...config, maxConnections: 1, applicationName: "provost-restore" });
  try {
    await reach(db, DATABASE_WITHIN_MS, {
      signal,
      onWait: (error) => log.info({ reason: messageOf(error) }, "waiting for the database"),
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw explained(error, config);
  } finally {
    await db.close(1_000);
  }
}

async function doneBefore(config: DatabaseConfig, id: string): Promise<Done | undefined> {
  const db = createDatabase({ ...config, maxConnections: 1, applicationName: "provost-restore" });
  try {
    return await restoredBefore(db, id);
  } finally {
    await db.close(1_000);
  }
}

/** The manifest, if it is the one that is meant and this runtime can do with it. */
async function manifestOf(
  destination: Destination,
  { path, digest }: RestoreSettings,
  signal: AbortSignal | undefined,
): Promise<Manifest> {
  const manifest = await readManifest(destination, path, signal).catch((error: unknown) => {
    if (!(error instanceof DestinationError && error.reason === "NotFound")) throw error;
    throw new BackupError(
      "BackupNotFound",
      `${destination.text} has no complete backup ${path}: see provost backup list --location`,
      { cause: error },
    );
  });
  if (digest !== undefined && manifest.digest !== digest)
    throw new BackupError(
      "Corrupted",
      `${path} is not the backup that is meant: its manifest is ${manifest.digest}, not ${digest}; use another backup`,
    );
  return manifest;
}

const summary = (
  { settings, manifest }: Pick<Run, "settings" | "manifest">,
  rows: number,
  from: number,
): RestoreSummary => ({
  id: settings.id,
  path: settings.path,
  digest: manifest.digest,
  takenAt: manifest.takenAt,
  restoredAt: new Date().toISOString(),
  rows,
  files: manifest.files,
  fromSchema: manifest.schemaVersion,
  schemaVersion: Math.max(SCHEMA_VERSION, manifest.schemaVersion),
  seconds: Math.round(performance.now() - from) / 1_000,
  anonymized: settings.anonymize,
});

async function fillEmpty(run: Run, compare = false): Promise<RestoreSummary> {
  const { settings, destination, manifest, signal } = run;
  const from = performance.now();
  if (settings.anonymize && manifest.migrations)
    throw new BackupError(
      "BackupTooNew",
      `${settings.path} is of schema ${manifest.schemaVersion}, and this runtime knows ${SCHEMA_VERSION}: what else may say there who somebody is, it does not know; make the anonymous copy with a newer release`,
    );
  let restore: RestoreSummary | undefined;
  await restoreBackup({
    destination,
    manifest,
    database: settings.database,
    identities: settings.identities,
    digestIsKnown: settings.digest !== undefined,
    compare,
    ...(signal && { signal }),
    within: async (tx) => {
      if (settings.anonymize) await anonymize(tx);
      restore = summary(run, manifest.rows, from);
      await rememberRestore(tx, { restore });
    },
  });
  if (!restore) throw new Error("nothing was restored");
  return restore;
}

/** As `fillEmpty`; when another run of the same restore was quicker, what that did. */
async function fillOnce(run: Run): Promise<Done> {
  const { database, id } = run.settings;
  try {
    return { restore: await fillEmpty(run) };
  } catch (error) {
    const filled = error instanceof BackupError && error.reason === "DatabaseNotEmpty";
    const other = filled ? await doneBefore(database, id) : undefined;
    if (other) return other;
    throw error;
  }
}

function inPlace(run: Run & Required<Pick<RunOptions, "onSafety">>): Promise<Done> {
  const { settings, destination, manifest, env, log, version, signal, onSafety, onStep, patience } = run;
  if (!settings.safety) throw new Error("a restore in place has no safety backup");
  const from = performance.now();
  return restoreInPlace({
    destination,
    manifest,
    database: settings.database,
    identities: settings.identities,
    digestIsKnown: settings.digest !== undefined,
    id: settings.id,
    safety: settings.safety,
    env,
    runtimeVersion: version,
    log,
    summary: (rows) => summary(run, rows, from),
    onSafety,
    ...(onStep && { onStep }),
    ...(patience && { patience }),
    ...(signal && { signal }),
  });
}

/** `before`: what an earlier run of this trial has restored, and compared, already. */
async function verify(run: Run, before: RestoreSummary | undefined): Promise<RestoreReport> {
  const { settings, destination, manifest, log, signal } = run;
  const from = performance.now() - (before?.seconds ?? 0) * 1_000;
  const restore = before ?? (await fillEmpty(run, true));
  let seconds = restore.seconds;
  const rows: RestoreCheck = {
    name: "Rows",
    ok: true,
    detail: `${manifest.parts.length} tables with ${manifest.rows} rows were read back as they were stored, byte for byte`,
  };
  const found = await verifyRestored({
    database: settings.database,
    log,
    ...(signal && { signal }),
    onFirstPage: () => {
      seconds = Math.round(performance.now() - from) / 1_000;
    },
  });
  const checks = [rows, ...found];
  const broken = checks.filter(({ ok }) => !ok);
  if (broken.length > 0)
    throw new NotWhole(
      `${settings.path} was restored and is not whole: ${broken.map(({ name, detail }) => `${name}: ${detail}`).join("; ")}`,
      checks,
    );
  const report = { ok: true, restore: { ...restore, seconds }, checks } as const;
  try {
    await markVerified(destination, manifest, { verifiedAt: new Date(), seconds }, signal);
    return report;
  } catch (error) {
    signal?.throwIfAborted();
    return { ...report, markTrouble: messageOf(error) };
  }
}

/** The report of a restore that an error ended. */
export function restoreFailure(
  error: unknown,
  signal: AbortSignal | undefined,
  safety?: BackupSummary,
): Extract<RestoreReport, { ok: false }> {
  const saved = safety && { safety };
  if (signal?.aborted)
    return {
      ok: false,
      reason: "Unexpected",
      message: `the restore was stopped (${messageOf(signal.reason)}) before it was complete, and left everything as it was: start it again`,
      ...saved,
    };
  const message = messageOf(error);
  const told = (error as { reason?: unknown } | undefined)?.reason;
  const reason: RestoreFailure = RESTORE_FAILURES.find((known) => known === told) ?? reasonOf(error);
  const checks = error instanceof NotWhole && { checks: error.checks };
  return { ok: false, reason, message, ...checks, ...saved };
}
