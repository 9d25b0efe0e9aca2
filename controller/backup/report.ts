// What a backup's pod said at its end. Pure.
import { BACKUP_FAILURES, type BackupReport } from "../../api/index.ts";
import type { Live, Pod } from "../engine/index.ts";

/** A pod as its status tells of its end. */
export type EndedPod = Pick<Live<Pod>, "metadata" | "status">;

/** The report of the pod that ended last; `undefined` when none left one. */
export function reportOf(pods: readonly EndedPod[]): BackupReport | undefined {
  const ends = pods.flatMap(({ status }) =>
    (status?.containerStatuses ?? []).flatMap(({ state }) => (state?.terminated ? [state.terminated] : [])),
  );
  const last = ends.toSorted((a, b) => timeOf(a.finishedAt) - timeOf(b.finishedAt)).at(-1);
  return last?.message === undefined ? undefined : parsed(last.message);
}

const timeOf = (time: string | Date | undefined): number =>
  time === undefined ? 0 : new Date(time).getTime();

/** A program that was killed leaves the end of its log instead. */
function parsed(message: string): BackupReport | undefined {
  let report: (Partial<BackupReport> & { backup?: { path?: unknown } }) | null;
  try {
    report = JSON.parse(message) as typeof report;
  } catch {
    return undefined;
  }
  if (report?.ok === true && typeof report.backup?.path === "string") return report as BackupReport;
  if (report?.ok === false && report.reason !== undefined && BACKUP_FAILURES.includes(report.reason))
    return report as BackupReport;
  return undefined;
}
