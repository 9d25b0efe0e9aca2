// CronJob -> Jobs. Kept simple on purpose: runs missed while the sandbox was down are not caught up.
import cron from "node-cron";
import type { KubeObject } from "../cluster.ts";
import type { ControllerContext, Stop } from "./context.ts";
import { stopAll, watchOwn, watchOwned } from "./context.ts";
import { isOver } from "./job-plan.ts";
import { startLoop } from "./loop.ts";
import { conditionOf, isOwnedBy, ownedBy, splitKey, timestamp } from "./meta.ts";
import type { CronJob, Job } from "./objects.ts";
import { resources } from "./objects.ts";

interface Ticker {
  spec: string;
  stop(): void;
}

/** The job of the run scheduled at `scheduledMs`; its name makes a second job of the same minute impossible. */
export function scheduledJob(cronJob: CronJob, scheduledMs: number): Job {
  const { jobTemplate } = cronJob.spec;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: `${cronJob.metadata.name}-${Math.floor(scheduledMs / 60_000)}`,
      namespace: cronJob.metadata.namespace ?? "",
      labels: { ...jobTemplate.metadata?.labels },
      annotations: {
        ...jobTemplate.metadata?.annotations,
        "batch.kubernetes.io/cronjob-scheduled-timestamp": timestamp(scheduledMs),
      },
      ownerReferences: [ownedBy(cronJob)],
    },
    spec: structuredClone(jobTemplate.spec),
  };
}

/** Finished jobs beyond the history limits, oldest first. */
export function surplusJobs(cronJob: CronJob, jobs: readonly Job[]): Job[] {
  const ended = (type: string): Job[] =>
    jobs
      .filter((job) => conditionOf(job.status?.conditions, type)?.status === "True")
      .sort((a, b) => ((a.status?.startTime ?? "") < (b.status?.startTime ?? "") ? -1 : 1));
  const [good, bad] = [ended("Complete"), ended("Failed")];
  return [
    ...good.slice(0, Math.max(0, good.length - (cronJob.spec.successfulJobsHistoryLimit ?? 3))),
    ...bad.slice(0, Math.max(0, bad.length - (cronJob.spec.failedJobsHistoryLimit ?? 1))),
  ];
}

export function startCronJobs({ cluster, log, now, recorder }: ControllerContext): Stop {
  const event = recorder("cronjob-controller");
  const tickers = new Map<string, Ticker>();

  const jobsOf = (cronJob: CronJob): Job[] =>
    cluster
      .list(resources.jobs, { namespace: cronJob.metadata.namespace ?? "" })
      .filter((job) => isOwnedBy(job, cronJob)) as Job[];

  const run = (key: string): void => {
    const cronJob = cluster.get(resources.cronJobs, ...splitKey(key)) as CronJob | undefined;
    if (cronJob === undefined || cronJob.metadata.deletionTimestamp !== undefined) return;
    const running = jobsOf(cronJob).filter((job) => !isOver(job));
    const policy = cronJob.spec.concurrencyPolicy ?? "Allow";
    if (policy === "Forbid" && running.length > 0) {
      event(cronJob, "Normal", "JobAlreadyActive", "Not starting job because prior execution is running");
      return;
    }
    if (policy === "Replace") for (const job of running) remove(job);
    const scheduledMs = Math.floor(now() / 60_000) * 60_000;
    const job = cluster.create(resources.jobs, scheduledJob(cronJob, scheduledMs));
    event(cronJob, "Normal", "SuccessfulCreate", `Created job ${job.metadata.name}`);
    const status = { ...cronJob.status, lastScheduleTime: timestamp(scheduledMs) };
    cluster.updateStatus(resources.cronJobs, { ...cronJob, status });
  };

  const remove = (job: KubeObject): void =>
    cluster.delete(resources.jobs, job.metadata.namespace, job.metadata.name, {
      propagationPolicy: "Background",
    });

  const keepTicker = (key: string, cronJob: CronJob | undefined): void => {
    const live = cronJob !== undefined && cronJob.metadata.deletionTimestamp === undefined;
    const spec = live && cronJob.spec.suspend !== true ? JSON.stringify(cronJob.spec) : "";
    if (tickers.get(key)?.spec === spec) return;
    tickers.get(key)?.stop();
    tickers.delete(key);
    if (spec === "" || cronJob === undefined) return;
    if (!cron.validate(cronJob.spec.schedule)) {
      const message = `unparseable schedule "${cronJob.spec.schedule}": five fields are needed, such as "0 3 * * *"`;
      event(cronJob, "Warning", "UnparseableSchedule", message);
      return;
    }
    const task = cron.schedule(
      cronJob.spec.schedule,
      () => {
        try {
          run(key);
        } catch (error) {
          log(`cronjob ${key}: ${error instanceof Error ? error.message : String(error)}`);
        }
      },
      { ...(cronJob.spec.timeZone !== undefined && { timezone: cronJob.spec.timeZone }) },
    );
    tickers.set(key, { spec, stop: () => void task.destroy() });
  };

  const loop = startLoop(
    "cronjob",
    (key) => {
      const cronJob = cluster.get(resources.cronJobs, ...splitKey(key)) as CronJob | undefined;
      keepTicker(key, cronJob);
      if (cronJob === undefined || cronJob.metadata.deletionTimestamp !== undefined) return undefined;
      const jobs = jobsOf(cronJob);
      const active = jobs
        .filter((job) => !isOver(job))
        .map(({ apiVersion, kind, metadata }) => ({
          apiVersion,
          kind,
          namespace: metadata.namespace ?? "",
          name: metadata.name,
          uid: metadata.uid ?? "",
        }));
      const successes = jobs.flatMap((job) => job.status?.completionTime ?? []).sort();
      const lastSuccessfulTime = successes.at(-1) ?? cronJob.status?.lastSuccessfulTime;
      cluster.updateStatus(resources.cronJobs, {
        ...cronJob,
        status: {
          ...(cronJob.status?.lastScheduleTime !== undefined && {
            lastScheduleTime: cronJob.status.lastScheduleTime,
          }),
          ...(lastSuccessfulTime !== undefined && { lastSuccessfulTime }),
          ...(active.length > 0 && { active }),
        },
      });
      for (const job of surplusJobs(cronJob, jobs)) remove(job);
      return undefined;
    },
    log,
  );

  return stopAll(
    watchOwn(cluster, resources.cronJobs, loop),
    watchOwned(cluster, resources.jobs, "CronJob", loop),
    loop.stop,
    () => {
      for (const ticker of tickers.values()) ticker.stop();
    },
  );
}
