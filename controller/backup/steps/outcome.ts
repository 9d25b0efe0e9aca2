// Waits for the Job and records what came of it, for good.
import type { BackupReport } from "../../../api/index.ts";
import {
  done,
  type Job as JobObject,
  Job,
  type Live,
  type Pod as PodObject,
  Pod,
  requeueAfter,
  rfc3339,
  stalled,
  type StepResult,
} from "../../engine/index.ts";
import { podTrouble, waitingFor } from "../../tenant/progress.ts";
import type { BackupContext, BackupStep } from "../context.ts";
import { removeObjectsOf } from "../removed.ts";
import { reportOf } from "../report.ts";
import { sizeText } from "../size.ts";

/** The Job's and its pods' changes wake us; this is for when they are missed. */
const LOOK_AGAIN_MS = 30_000;

export const outcome: BackupStep = {
  name: "outcome",
  async run(ctx) {
    const { job } = ctx.found;
    if (!job) throw new Error("outcome: the step before it found no Job");
    const pods = ctx.cache(Pod).list(ctx.key.namespace).filter(isOf(job));
    if (has(job, "Complete")) return completed(ctx, job, reportOf(pods) ?? reportOf(await podsNow(ctx, job)));
    if (has(job, "Failed")) {
      const ended = await podsNow(ctx, job);
      return failed(ctx, job, reportOf(ended), podTrouble(ended));
    }
    return requeueAfter(
      LOOK_AGAIN_MS,
      "Running",
      waitingFor("The backup is being made", podTrouble(pods) ?? lastFailure(reportOf(pods))),
    );
  },
};

async function completed(
  ctx: BackupContext,
  job: Live<JobObject>,
  report: BackupReport | undefined,
): Promise<StepResult> {
  if (report?.ok !== true) {
    // The pod is gone, and what it said with it. Another run of the same id finds the backup and tells of it.
    await ctx.client.delete(Job, keyOfJob(job), { preconditions: { uid: job.metadata.uid } });
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
  job: Live<JobObject>,
  report: BackupReport | undefined,
  trouble: string | undefined,
): StepResult {
  const said = job.status?.conditions?.find(({ type }) => type === "Failed");
  const [reason, why] =
    said?.reason === "DeadlineExceeded"
      ? ["DeadlineExceeded", "it took longer than spec.backup.deadlineMinutes of the LmsTenant allows"]
      : report?.ok === false
        ? [report.reason, report.message]
        : ["BackupFailed", trouble ?? said?.message ?? "its pod ended without a word"];
  const message = waitingFor(`The backup failed: ${why}`).replace(/\s+/g, " ");
  ctx.draft.set({ failedAt: rfc3339(new Date()) });
  ctx.draft.condition({ type: "Complete", status: "False", reason, message });
  return stalled(reason, `${message} Create another Backup when it is mended.`);
}

const lastFailure = (report: BackupReport | undefined): string | undefined =>
  report?.ok === false ? `The last try failed: ${report.message}` : undefined;

const has = (job: Live<JobObject>, type: string): boolean =>
  job.status?.conditions?.some((condition) => condition.type === type && condition.status === "True") ??
  false;

const keyOfJob = ({ metadata }: Live<JobObject>) => ({
  namespace: metadata.namespace ?? "",
  name: metadata.name,
});

/** The Job may be seen to end before the pods that ended it. */
async function podsNow(ctx: BackupContext, job: Live<JobObject>): Promise<Live<PodObject>[]> {
  const labelSelector = Object.entries(job.spec?.template.metadata?.labels ?? {})
    .map((label) => label.join("="))
    .join(",");
  const { items } = await ctx.client.list(Pod, { namespace: ctx.key.namespace, labelSelector });
  return items.filter(isOf(job));
}

const isOf =
  (job: Live<JobObject>) =>
  ({ metadata }: Live<PodObject>): boolean =>
    metadata.ownerReferences?.some(
      ({ uid, controller }) => controller === true && uid === job.metadata.uid,
    ) ?? false;
