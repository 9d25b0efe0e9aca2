// How far a run is: what its Job and its pods tell.
import {
  type Job as JobObject,
  type Live,
  type Pod as PodObject,
  Pod,
  type ReconcileContext,
} from "../engine/index.ts";
import { podTrouble } from "../tenant/progress.ts";
import { lastMessage } from "./last-message.ts";

export type Ending<Report> =
  | { readonly state: "running"; readonly report?: Report | undefined; readonly trouble?: string | undefined }
  | { readonly state: "complete"; readonly report?: Report | undefined }
  | {
      readonly state: "failed";
      readonly report?: Report | undefined;
      /** It took longer than it may. */
      readonly tooLong: boolean;
      /** For people, when there is no report. */
      readonly why: string;
    };

type Context = Pick<ReconcileContext, "key" | "cache" | "client">;

/** @param parse what a pod's last words mean; `undefined` when they are no report */
export async function endingOf<Report>(
  ctx: Context,
  job: Live<JobObject>,
  parse: (message: string) => Report | undefined,
): Promise<Ending<Report>> {
  const reportOf = (pods: readonly Live<PodObject>[]): Report | undefined => {
    const message = lastMessage(pods);
    return message === undefined ? undefined : parse(message);
  };
  const pods = ctx.cache(Pod).list(ctx.key.namespace).filter(isOf(job));
  if (has(job, "Complete"))
    return { state: "complete", report: reportOf(pods) ?? reportOf(await podsNow(ctx, job)) };
  const failed = has(job, "Failed");
  if (!failed) return { state: "running", report: reportOf(pods), trouble: podTrouble(pods) };
  const ended = await podsNow(ctx, job);
  const report = reportOf(ended);
  const tooLong = failed.reason === "DeadlineExceeded";
  if (report === undefined && !tooLong && !ended.some(hasEnded) && isRecent(failed.lastTransitionTime))
    return { state: "running", trouble: "it has failed, and its pod's last words are looked for" };
  return {
    state: "failed",
    report,
    tooLong,
    why: podTrouble(ended) ?? failed.message ?? "its pod ended without a word",
  };
}

/** An API server may be behind: it knows that the Job has failed, and not yet how its pod ended. */
const LAST_WORDS_WITHIN_MS = 30_000;

const hasEnded = ({ status }: Live<PodObject>): boolean =>
  status?.containerStatuses?.some(({ state }) => state?.terminated !== undefined) === true;

const isRecent = (time: string | Date | undefined): boolean =>
  time !== undefined && Date.now() - new Date(time).getTime() < LAST_WORDS_WITHIN_MS;

const has = (job: Live<JobObject>, type: string) =>
  job.status?.conditions?.find((condition) => condition.type === type && condition.status === "True");

/** The Job may be seen to end before the pods that ended it. */
async function podsNow(ctx: Context, job: Live<JobObject>): Promise<Live<PodObject>[]> {
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
