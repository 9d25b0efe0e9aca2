// `provost lms restore` as a process.
import { type BackupSummary, RESTORE_ENVIRONMENT, type RestoreReport } from "../../api/index.ts";
import { runAsProcess } from "../backup/run-process.ts";
import { restoreReportText } from "./report.ts";
import { restoreFailure, runRestore } from "./run.ts";

/** Carries out the restore its environment orders and ends the process: 0 when it is complete, 1 when it is not. */
export function runRestoreProcess(env: NodeJS.ProcessEnv): Promise<never> {
  let safety: BackupSummary | undefined;
  return runAsProcess<RestoreReport>(env, {
    reportVariable: RESTORE_ENVIRONMENT.report,
    failed: "nothing was restored",
    run: (context) =>
      runRestore(env, {
        ...context,
        onSafety: (backup) => {
          safety = backup;
        },
      }),
    broken: (error, signal) => restoreFailure(error, signal, safety),
    text: restoreReportText,
  });
}
