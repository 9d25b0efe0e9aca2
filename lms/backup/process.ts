// `provost lms backup` as a process.
import { BACKUP_ENVIRONMENT, type BackupReport, type BackupSummary } from "../../api/index.ts";
import { reportText } from "./report.ts";
import { failureOf, runBackup } from "./run.ts";
import { runAsProcess } from "./run-process.ts";

/** Makes the backup its environment orders and ends the process: 0 when the backup is complete, 1 when it is not. */
export function runBackupProcess(env: NodeJS.ProcessEnv): Promise<never> {
  let complete: BackupSummary | undefined;
  return runAsProcess<BackupReport>(env, {
    reportVariable: BACKUP_ENVIRONMENT.report,
    failed: "no backup was made",
    run: (context) =>
      runBackup(env, {
        ...context,
        onComplete: (backup) => {
          complete = backup;
        },
      }),
    // A backup that was complete before stays one.
    broken(error, signal) {
      const failure = failureOf(error, signal);
      return complete
        ? { ok: true, backup: complete, removed: [], removalTrouble: failure.message }
        : failure;
    },
    text: reportText,
  });
}
