// What a backup's pod said at its end. Pure.
import { BACKUP_FAILURES, type BackupReport } from "../../api/index.ts";
import { jsonObject } from "../runs/last-message.ts";

/** The report in a termination message; `undefined` when it is none. */
export function backupReport(message: string): BackupReport | undefined {
  const report = jsonObject(message) as
    (Partial<BackupReport> & { backup?: { path?: unknown } | null }) | undefined;
  if (report?.ok === true && typeof report.backup?.path === "string") return report as BackupReport;
  if (report?.ok === false && report.reason !== undefined && BACKUP_FAILURES.includes(report.reason))
    return report as BackupReport;
  return undefined;
}
