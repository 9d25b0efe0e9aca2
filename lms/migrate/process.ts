// `provost lms migrate` as a process.
import { MIGRATE_ENVIRONMENT, type MigrateReport } from "../../api/index.ts";
import { cut, REPORT_BYTES } from "../backup/report.ts";
import { runAsProcess } from "../backup/run-process.ts";
import { migrateFailure, runMigrate } from "./run.ts";

/** Migrates, or plans to, as the environment orders and ends the process: 0 when it went well, 1 when not. */
export function runMigrateProcess(env: NodeJS.ProcessEnv): Promise<never> {
  return runAsProcess<MigrateReport>(env, {
    reportVariable: MIGRATE_ENVIRONMENT.report,
    failed: "the database was not migrated",
    run: (context) => runMigrate(env, { ...context, plan: env[MIGRATE_ENVIRONMENT.plan] === "true" }),
    broken: migrateFailure,
    text: reportText,
  });
}

function reportText(report: MigrateReport): string {
  return JSON.stringify(report.ok ? report : { ...report, message: cut(report.message, REPORT_BYTES / 2) });
}
