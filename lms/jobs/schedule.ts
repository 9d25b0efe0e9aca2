// When housekeeping runs: the site document's cron, in the site's time zone, anew whenever that changes.
import { schedule, type ScheduledTask, setLogger } from "node-cron";
import type { LmsContext } from "../context.ts";
import { keepHouse } from "./housekeeping.ts";

export interface Jobs {
  /** When housekeeping runs next. */
  nextRun(): Date | null;
  /** Runs it now, as the schedule would. */
  run(): Promise<void>;
  /** Starts nothing more and waits for what is running. */
  stop(): Promise<void>;
}

/** Runs housekeeping on schedule until stopped. */
export function startJobs(context: LmsContext): Jobs {
  const log = context.log.child({ job: "housekeeping" });
  setLogger({
    info: () => {},
    debug: () => {},
    warn: (message) => log.warn(message),
    error: (message) => log.error(String(message)),
  });
  let task: ScheduledTask | undefined;
  let scheduled = "";
  let running: Promise<void> | undefined;
  let stopped = false;

  async function once(): Promise<void> {
    const end = context.metrics.jobDuration.startTimer({ job: "housekeeping" });
    try {
      // What is there now is about to go, or is to stay as it is.
      const rests = context.maintenance.underWay() || context.site.current().document.readOnly === true;
      const done = rests ? undefined : await keepHouse(context);
      if (!done) return;
      log.info(done, "housekeeping done");
      context.metrics.jobRuns.inc({ job: "housekeeping", result: "success" });
    } catch (error) {
      log.error({ err: error }, "housekeeping failed; it is tried again at its next time");
      context.metrics.jobRuns.inc({ job: "housekeeping", result: "failure" });
    } finally {
      end();
    }
  }

  function run(): Promise<void> {
    return (running ??= once().finally(() => {
      running = undefined;
    }));
  }

  function plan(): void {
    const { housekeeping, timeZone } = context.site.current().document;
    const wanted = `${housekeeping.schedule} ${timeZone}`;
    if (stopped || wanted === scheduled) return;
    scheduled = wanted;
    void task?.destroy();
    task = schedule(housekeeping.schedule, run, { timezone: timeZone, name: "housekeeping", unref: true });
    log.debug(
      { schedule: housekeeping.schedule, timeZone, next: task.getNextRun() },
      "housekeeping scheduled",
    );
  }

  plan();
  context.site.onChange(plan);
  return {
    nextRun: () => task?.getNextRun() ?? null,
    run,
    async stop() {
      stopped = true;
      await task?.destroy();
      task = undefined;
      await running;
    },
  };
}
