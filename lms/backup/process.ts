// `provost lms backup` as a process: signals, the log, and a report whatever happens.
import { readFileSync } from "node:fs";
import path from "node:path";
import { destination, pino } from "pino";
import { BACKUP_ENVIRONMENT, type BackupReport, type BackupSummary } from "../../api/index.ts";
import { writeReport } from "./report.ts";
import { failureOf, runBackup } from "./run.ts";

/** A pod has 30 s to stop; what does not heed the abort by then is left behind. */
const STOP_WITHIN_MS = 5_000;

/** package.json's; the one of main.ts would come with the whole runtime. */
const version = (): string =>
  (
    JSON.parse(readFileSync(path.join(import.meta.dirname, "../../package.json"), "utf8")) as {
      version: string;
    }
  ).version;

/** Makes the backup its environment orders and ends the process: 0 when the backup is complete, 1 when it is not. */
export async function runBackupProcess(env: NodeJS.ProcessEnv): Promise<never> {
  const log = pino(
    {
      base: { version: version() },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination({ dest: 1, sync: true }),
  );
  const stop = new AbortController();
  let complete: BackupSummary | undefined;
  let told = false;

  /** Everything in here is synchronous: it is the last thing the process does. */
  const tell = (report: BackupReport): void => {
    if (told) return;
    told = true;
    process.exitCode = report.ok ? 0 : 1;
    if (report.ok) log.info({ report }, "done");
    else log.error({ report }, "no backup was made");
    const file = env[BACKUP_ENVIRONMENT.report];
    if (!file) return;
    try {
      writeReport(file, report);
    } catch (error) {
      // Whoever waits for the report must not take its absence for success.
      process.exitCode = 1;
      log.fatal({ err: error }, `${BACKUP_ENVIRONMENT.report} is "${file}", which cannot be written`);
    }
  };
  /** What came between; a backup that was complete before stays one. */
  const broken = (error: unknown): BackupReport => {
    const failure = failureOf(error, stop.signal);
    return complete ? { ok: true, backup: complete, removed: [], removalTrouble: failure.message } : failure;
  };
  const end = (report: BackupReport): never => {
    tell(report);
    process.exit();
  };

  for (const event of ["uncaughtException", "unhandledRejection"] as const)
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, "an error nobody handled");
      end(broken(error));
    });
  // Nothing left to wait for, and no answer: Node would end without a word.
  process.on("exit", () =>
    tell(broken(new Error("the run ended without a result: this is a fault of ours"))),
  );
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      if (stop.signal.aborted) return;
      log.info({ signal }, "stopping");
      stop.abort(new Error(signal));
      setTimeout(() => end(broken(stop.signal.reason)), STOP_WITHIN_MS).unref();
    });

  const report = await runBackup(env, {
    log,
    version: version(),
    signal: stop.signal,
    onComplete: (backup) => {
      complete = backup;
    },
  });
  return end(report);
}
