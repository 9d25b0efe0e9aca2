// Waits for the Job and records what came of it, for good.
import type { BackupReport } from "../../../api/index.ts";
import {
  done,
  Job,
  keyOf,
  type Live,
  type Job as JobObject,
  requeueAfter,
  rfc3339,
  stalled,
  type StepResult,
} from "../../engine/index.ts";
import { type Ending, endingOf } from "../../runs/ending.ts";
import { waitingFor } from "../../tenant/progress.ts";
import type { BackupContext, BackupStep } from "../context.ts";
import { removeObjectsOf } from "../removed.ts";
import { backupReport } from "../report.ts";
import { sizeText } from "../size.ts";

/** The Job's and its pods' changes wake us; this is for when they are missed. */
const LOOK_AGAIN_MS = 30_000;

export const outcome: BackupStep = {
  name: "outcome",
  async run(ctx) {
    const { job } = ctx.found;
    if (!job) throw new Error("outcome: the step before it found no Job");
    const ending = await endingOf(ctx, job, backupReport);
    if (ending.state === "complete") return completed(ctx, job, ending.report);
    if (ending.state === "failed") return failed(ctx, ending);
    const { report, trouble } = ending;
    const last = report?.ok === false ? `The last try failed: ${report.message}` : undefined;
    return requeueAfter(LOOK_AGAIN_MS, "Running", waitingFor("The backup is being made", trouble ?? last));
  },
};

async function completed(
  ctx: BackupContext,
  job: Live<JobObject>,
  report: BackupReport | undefined,
): Promise<StepResult> {
  if (report?.ok !== true) {
    // The pod is gone, and what it said with it. Another run of the same id finds the backup and tells of it.
    await ctx.client.delete(Job, keyOf(job), { preconditions: { uid: job.metadata.uid } });
    return requeueAfter(
      1_000,
      "ReportLost",
      "The backup was made, but its report is lost; asking for it again.",
    );
  }
  const { backup, removed, removalTrouble } = report;
  await removeObjectsOf(ctx, removed);
  const { takenAt, runtimeVersion, schemaVersion, rows, files, storedBytes, encrypted, digest, path } =
    backup;
  const size = sizeText(storedBytes);
  ctx.draft.set({
    completedAt: rfc3339(new Date(backup.completedAt)),
    takenAt: rfc3339(new Date(takenAt)),
    ...{ path, digest, encrypted, runtimeVersion, schemaVersion, rows, files, storedBytes, size },
  });
  if (removalTrouble !== undefined)
    ctx.events.warning("RetentionFailed", `Older backups were not removed: ${removalTrouble}`);
  const message = `Complete: ${rows} rows and ${files} files as of ${takenAt}, ${size}${encrypted ? ", encrypted" : ""}.`;
  ctx.draft.condition({ type: "Complete", status: "True", reason: "Complete", message });
  return done(undefined, message);
}

function failed(
  ctx: BackupContext,
  { report, tooLong, why }: Extract<Ending<BackupReport>, { state: "failed" }>,
): StepResult {
  const [reason, words] = tooLong
    ? ["DeadlineExceeded", "it took longer than spec.backup.deadlineMinutes of the LmsTenant allows"]
    : report?.ok === false
      ? [report.reason, report.message]
      : ["BackupFailed", why];
  const message = waitingFor(`The backup failed: ${words}`).replace(/\s+/g, " ");
  ctx.draft.set({ failedAt: rfc3339(new Date()) });
  ctx.draft.condition({ type: "Complete", status: "False", reason, message });
  return stalled(reason, `${message} Create another Backup when it is mended.`);
}
