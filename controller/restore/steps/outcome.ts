// Waits for the Job and records what came of it, for good.
import type { RestoreReport } from "../../../api/index.ts";
import {
  done,
  type Job as JobObject,
  Job,
  keyOf,
  type Live,
  requeueAfter,
  rfc3339,
  stalled,
  type StepResult,
} from "../../engine/index.ts";
import { type Ending, endingOf } from "../../runs/ending.ts";
import { waitingFor } from "../../tenant/progress.ts";
import { restoreOf, type RestoreContext, type RestoreStep } from "../context.ts";
import { safetyLocationOf } from "../job.ts";
import { failureWords, restoreReport } from "../report.ts";

/** The Job's and its pods' changes wake us; this is for when they are missed. */
const LOOK_AGAIN_MS = 30_000;

export const outcome: RestoreStep = {
  name: "outcome",
  async run(ctx) {
    const { job } = ctx.found;
    if (!job) throw new Error("outcome: the step before it found no Job");
    const ending = await endingOf(ctx, job, restoreReport);
    if (ending.report) tell(ctx, ending.report, safetyLocationOf(job));
    if (ending.state === "complete") return completed(ctx, job, ending.report);
    if (ending.state === "failed") return failed(ctx, ending);
    const { report, trouble } = ending;
    const last = report?.ok === false ? `The last try failed: ${report.message}` : undefined;
    const what =
      restoreOf(ctx).spec.mode === "InPlace" ? "The site is being restored" : "The backup is being tried";
    return requeueAfter(LOOK_AGAIN_MS, "Running", waitingFor(what, trouble ?? last));
  },
};

/** What holds whether it went well or not. */
function tell(ctx: RestoreContext, { safety, checks }: Reported, location: string | undefined): void {
  ctx.draft.set({
    ...(safety && location !== undefined && { safetyBackup: { location, path: safety.path } }),
    ...(checks && { checks: [...checks] }),
  });
}

type Reported = Pick<RestoreReport, "safety"> & Pick<Extract<RestoreReport, { ok: true }>, "checks">;

async function completed(
  ctx: RestoreContext,
  job: Live<JobObject>,
  report: RestoreReport | undefined,
): Promise<StepResult> {
  if (report?.ok !== true) {
    // The pod is gone, and what it said with it. Another run of the same id finds what this one did, and tells of it.
    await ctx.client.delete(Job, keyOf(job), { preconditions: { uid: job.metadata.uid } });
    return requeueAfter(
      1_000,
      "ReportLost",
      "The restore is complete, but its report is lost; asking for it again.",
    );
  }
  const { path, digest, takenAt, rows, files, fromSchema, schemaVersion, seconds } = report.restore;
  ctx.draft.set({
    completedAt: rfc3339(new Date()),
    takenAt: rfc3339(new Date(takenAt)),
    ...{ path, digest, rows, files, fromSchema, schemaVersion, seconds: Math.ceil(seconds) },
  });
  if (report.markTrouble !== undefined)
    ctx.events.warning("NotMarked", `The backup is whole and could not be marked so: ${report.markTrouble}`);
  const message = completionMessage(report);
  ctx.draft.condition({ type: "Complete", status: "True", reason: "Complete", message });
  ctx.events.normal("RestoreComplete", message);
  // Once more when that is written: to clear away.
  return done(0, message);
}

function completionMessage({ restore, checks }: Extract<RestoreReport, { ok: true }>): string {
  const what = `${restore.rows} rows and ${restore.files} files as of ${restore.takenAt} in ${Math.ceil(restore.seconds)} s`;
  return checks === undefined
    ? `Restored: ${what}.`
    : `The backup is whole: ${what}, all ${checks.length} checks hold.`;
}

function failed(
  ctx: RestoreContext,
  ending: Extract<Ending<RestoreReport>, { state: "failed" }>,
): StepResult {
  const { mode, tenantRef } = restoreOf(ctx).spec;
  const [reason, words] = failureWords(ending, "spec.deadlineMinutes");
  const stays = mode === "InPlace" ? ` LmsTenant ${tenantRef.name} is as it was before.` : "";
  const message = waitingFor(`The restore failed: ${words}`).replace(/\s+/g, " ");
  ctx.draft.set({ failedAt: rfc3339(new Date()) });
  ctx.draft.condition({ type: "Complete", status: "False", reason, message });
  ctx.events.warning("RestoreFailed", `${message}${stays}`);
  return stalled(reason, `${message}${stays} Create another Restore when it is mended.`);
}
