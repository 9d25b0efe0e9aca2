// What a Job needs now: pods to start or stop, its counts, and whether it is over. Decisions only.
import { conditionOf } from "./meta.ts";
import { isActive, isReady } from "./pods.ts";
import type { Job, Pod } from "./objects.ts";

export interface JobVerdict {
  type: "Complete" | "Failed";
  reason: string;
  message: string;
}

export interface JobPlan {
  create: number;
  remove: Pod[];
  active: number;
  ready: number;
  terminating: number;
  succeeded: number;
  failed: number;
  /** The job is over now, once no pod of it runs any more. */
  verdict?: JobVerdict;
  /** Its time to live after finishing is over. */
  expire: boolean;
  againMs?: number;
}

const firstBackoffMs = 10_000;
const longestBackoffMs = 600_000;

export const isOver = (job: Job): boolean =>
  (["Complete", "Failed"] as const).some(
    (type) => conditionOf(job.status?.conditions, type)?.status === "True",
  );

const phaseIs = (phase: string) => (pod: Pod) => pod.status?.phase === phase;

const finishedAt = (pod: Pod): number =>
  Math.max(
    0,
    ...(pod.status?.containerStatuses ?? []).map((status) =>
      Date.parse(status.state.terminated?.finishedAt ?? "1970-01-01T00:00:00Z"),
    ),
  );

const restartsOf = (pods: readonly Pod[]): number =>
  pods
    .flatMap((pod) => [
      ...(pod.status?.initContainerStatuses ?? []),
      ...(pod.status?.containerStatuses ?? []),
    ])
    .reduce((total, status) => total + status.restartCount, 0);

/** `pods` are those the job owns. */
export function planJob(job: Job, pods: readonly Pod[], nowMs: number): JobPlan {
  const active = pods.filter(isActive);
  const counts = {
    active: active.length,
    ready: active.filter(isReady).length,
    terminating: pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined).length,
    // A pod that somebody removed afterwards has still run.
    succeeded: Math.max(pods.filter(phaseIs("Succeeded")).length, job.status?.succeeded ?? 0),
    failed: Math.max(pods.filter(phaseIs("Failed")).length, job.status?.failed ?? 0),
  };
  const idle: JobPlan = { create: 0, remove: [], ...counts, expire: false };
  if (job.metadata.deletionTimestamp !== undefined) return idle;
  if (isOver(job)) return { ...idle, ...afterlife(job, nowMs) };

  const verdict = verdictOf(job, pods, counts, nowMs);
  if (verdict !== undefined) {
    return { ...idle, remove: active, verdict };
  }
  if (job.spec.suspend === true) return { ...idle, remove: active };

  const parallelism = job.spec.parallelism ?? 1;
  const missing = (job.spec.completions ?? 1) - counts.succeeded;
  // Without `completions` one success ends the job, so nobody new starts after it.
  const wanted =
    job.spec.completions === undefined && counts.succeeded > 0
      ? active.length
      : Math.min(parallelism, job.spec.completions === undefined ? parallelism : missing);
  const waitMs = backoffLeft(pods, counts.failed, nowMs);
  const deadline = deadlineLeft(job, nowMs);
  const short = wanted - active.length;
  const again = [short > 0 && waitMs > 0 ? waitMs : Infinity, deadline].filter((ms) => ms !== Infinity);
  return {
    ...idle,
    create: waitMs > 0 ? 0 : Math.max(0, short),
    remove: short < 0 ? active.slice(short) : [],
    ...(again.length > 0 && { againMs: Math.min(...again) }),
  };
}

function afterlife(job: Job, nowMs: number): Pick<JobPlan, "expire" | "againMs"> {
  const ttl = job.spec.ttlSecondsAfterFinished;
  if (ttl === undefined) return { expire: false };
  const end = (["Complete", "Failed"] as const)
    .map((type) => conditionOf(job.status?.conditions, type)?.lastTransitionTime)
    .find((time) => time !== undefined);
  const left = Date.parse(end ?? "") + ttl * 1000 - nowMs;
  return left > 0 ? { expire: false, againMs: left } : { expire: true };
}

function verdictOf(
  job: Job,
  pods: readonly Pod[],
  counts: { active: number; succeeded: number; failed: number },
  nowMs: number,
): JobVerdict | undefined {
  const { completions, backoffLimit = 6 } = job.spec;
  const failures =
    counts.failed +
    (job.spec.template.spec.restartPolicy === "OnFailure" ? restartsOf(pods.filter(isActive)) : 0);
  const enough =
    completions === undefined ? counts.succeeded > 0 && counts.active === 0 : counts.succeeded >= completions;
  if (enough) {
    return {
      type: "Complete",
      reason: "CompletionsReached",
      message: "Reached expected number of succeeded pods",
    };
  }
  if (failures > backoffLimit) {
    return {
      type: "Failed",
      reason: "BackoffLimitExceeded",
      message: "Job has reached the specified backoff limit",
    };
  }
  if (deadlineLeft(job, nowMs) <= 0) {
    return {
      type: "Failed",
      reason: "DeadlineExceeded",
      message: "Job was active longer than specified deadline",
    };
  }
  return undefined;
}

function deadlineLeft(job: Job, nowMs: number): number {
  if (job.spec.activeDeadlineSeconds === undefined || job.status?.startTime === undefined) return Infinity;
  return Date.parse(job.status.startTime) + job.spec.activeDeadlineSeconds * 1000 - nowMs;
}

/** After a failed pod the next waits 10 s, 20 s, 40 s ... since the last failure. */
function backoffLeft(pods: readonly Pod[], failed: number, nowMs: number): number {
  if (failed === 0) return 0;
  const wait = Math.min(firstBackoffMs * 2 ** (failed - 1), longestBackoffMs);
  const last = Math.max(0, ...pods.filter(phaseIs("Failed")).map(finishedAt));
  return Math.max(0, last + wait - nowMs);
}
