// The report of a restore, in as many bytes as whoever reads it takes.
import type { RestoreReport } from "../../api/index.ts";
import { cut, REPORT_BYTES } from "../backup/report.ts";

/** A report as JSON of at most {@link REPORT_BYTES}: of long words the ends. */
export function restoreReportText(report: RestoreReport): string {
  let text = JSON.stringify(report);
  for (let words = 1_000; Buffer.byteLength(text) > REPORT_BYTES; words = Math.floor(words / 2))
    text = JSON.stringify(shortened(report, words));
  return text;
}

function shortened(report: RestoreReport, words: number): RestoreReport {
  const checks = report.checks && {
    checks: report.checks.map((check) => ({ ...check, detail: cut(check.detail, Math.ceil(words / 4)) })),
  };
  if (!report.ok) return { ...report, message: cut(report.message, words), ...checks };
  const { markTrouble } = report;
  return { ...report, ...checks, ...(markTrouble !== undefined && { markTrouble: cut(markTrouble, words) }) };
}
