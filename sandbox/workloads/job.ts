// Job -> Pods: carries out what job-plan.ts decides.
import type { ControllerContext, Stop } from "./context.ts";
import { stopAll, watchOwn, watchOwned } from "./context.ts";
import { isOver, planJob } from "./job-plan.ts";
import type { JobPlan } from "./job-plan.ts";
import { startLoop } from "./loop.ts";
import { splitKey, timestamp, withCondition } from "./meta.ts";
import type { Condition, Job, JobStatus } from "./objects.ts";
import { resources } from "./objects.ts";
import { ownedPods, podFromTemplate } from "./pods.ts";

/** The labels Kubernetes gives a job's pods, with the old spelling beside the new. */
export const jobLabels = (job: { name: string; uid: string }): Record<string, string> => ({
  "batch.kubernetes.io/controller-uid": job.uid,
  "batch.kubernetes.io/job-name": job.name,
  "controller-uid": job.uid,
  "job-name": job.name,
});

function conditionsFor(job: Job, plan: JobPlan, now: string): Condition[] {
  let conditions = job.status?.conditions ?? [];
  if (plan.verdict !== undefined && plan.active === 0 && plan.terminating === 0) {
    const { type, reason, message } = plan.verdict;
    const first = type === "Complete" ? "SuccessCriteriaMet" : "FailureTarget";
    for (const each of [first, type]) {
      conditions = withCondition(
        conditions,
        { type: each, status: "True", reason, message, lastProbeTime: now },
        now,
      );
    }
  }
  const suspended = job.spec.suspend === true;
  if (suspended || conditions.some((condition) => condition.type === "Suspended")) {
    conditions = withCondition(
      conditions,
      {
        type: "Suspended",
        status: suspended ? "True" : "False",
        reason: suspended ? "JobSuspended" : "JobResumed",
        message: suspended ? "Job suspended" : "Job resumed",
      },
      now,
    );
  }
  return conditions;
}

function statusFor(job: Job, plan: JobPlan, nowMs: number): JobStatus {
  const now = timestamp(nowMs);
  const conditions = conditionsFor(job, plan, now);
  const startTime = job.spec.suspend === true ? undefined : (job.status?.startTime ?? now);
  const completed = conditions.some((condition) => condition.type === "Complete");
  return {
    ...(startTime !== undefined && { startTime }),
    ...(completed && { completionTime: job.status?.completionTime ?? now }),
    active: plan.active,
    ready: plan.ready,
    terminating: plan.terminating,
    succeeded: plan.succeeded,
    failed: plan.failed,
    uncountedTerminatedPods: {},
    ...(conditions.length > 0 && { conditions }),
  };
}

export function startJobs({ cluster, log, now, recorder }: ControllerContext): Stop {
  const event = recorder("job-controller");

  const reconcile = (job: Job): number | undefined => {
    const { name, namespace = "", uid = "" } = job.metadata;
    const pods = ownedPods(job, cluster.list(resources.pods, { namespace }));
    const plan = planJob(job, pods, now());
    for (let made = 0; made < plan.create; made += 1) {
      const pod = cluster.create(
        resources.pods,
        podFromTemplate(job, job.spec.template, {
          name: "",
          generateName: `${name}-`,
          labels: jobLabels({ name, uid }),
        }),
      );
      event(job, "Normal", "SuccessfulCreate", `Created pod: ${pod.metadata.name}`);
    }
    for (const pod of plan.remove) {
      cluster.delete(resources.pods, namespace, pod.metadata.name);
      event(job, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
    }
    if (plan.expire) {
      cluster.delete(resources.jobs, namespace, name, { propagationPolicy: "Background" });
      return undefined;
    }
    if (isOver(job)) return plan.againMs;
    const updated = cluster.updateStatus(resources.jobs, { ...job, status: statusFor(job, plan, now()) });
    if (plan.verdict !== undefined && isOver(updated as Job)) {
      const good = plan.verdict.type === "Complete";
      event(
        job,
        good ? "Normal" : "Warning",
        good ? "Completed" : plan.verdict.reason,
        good ? "Job completed" : plan.verdict.message,
      );
    }
    return plan.againMs;
  };

  const loop = startLoop(
    "job",
    (key) => {
      const job = cluster.get(resources.jobs, ...splitKey(key)) as Job | undefined;
      return job === undefined ? undefined : reconcile(job);
    },
    log,
  );

  return stopAll(
    watchOwn(cluster, resources.jobs, loop),
    watchOwned(cluster, resources.pods, "Job", loop),
    loop.stop,
  );
}
