// What a restore's pod said at its end. Pure.
import { RESTORE_FAILURES, type RestoreReport } from "../../api/index.ts";
import { jsonObject } from "../runs/last-message.ts";

/** The report in a termination message; `undefined` when it is none. */
export function restoreReport(message: string): RestoreReport | undefined {
  const report = jsonObject(message) as
    (Partial<RestoreReport> & { restore?: { path?: unknown } | null }) | undefined;
  if (report?.ok === true && typeof report.restore?.path === "string") return report as RestoreReport;
  if (report?.ok === false && report.reason !== undefined && RESTORE_FAILURES.includes(report.reason))
    return report as RestoreReport;
  return undefined;
}

/** Reason and words for the condition of a run that failed. `deadline`: the field that was exceeded. */
export function failureWords(
  ending: { readonly report?: RestoreReport | undefined; readonly tooLong: boolean; readonly why: string },
  deadline: string,
): readonly [reason: string, words: string] {
  const { report, tooLong, why } = ending;
  if (tooLong) return ["DeadlineExceeded", `it took longer than ${deadline} allows`];
  return report?.ok === false ? [report.reason, report.message] : ["RestoreFailed", why];
}
