// When something is due: a cron expression and a time zone against the clock. Pure; `croner` knows the calendars.
//
// At daylight saving (croner, and what schedule.test.ts holds it to): a time of day that does not exist runs when the
// clock goes on, a time that exists twice runs the first time, and schedules with `*` as their hour go on evenly. With a
// day of the month and a day of the week, either suffices (POSIX crontab).
import { Cron } from "croner";
import { nameOfRun } from "./name.ts";

export interface Schedule {
  /** Five fields. */
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
}

/** More missed times than this are told as this many. */
const MOST_MISSED = 1_000;

export interface Due {
  /** The scheduled time that has to run now: of several that were missed, the last. */
  readonly run?: Date;
  /** How many before it are passed over; counted up to 1,000. */
  readonly missed: number;
  /** The first scheduled time after now; `undefined` when there is none (the 30th of February). */
  readonly next: Date | undefined;
}

/**
 * What a schedule wants at `now`.
 * @param lastRun scheduled time of the last run that was ordered
 * @param since when the schedule was declared: no time before it is caught up
 */
export function due(schedule: Schedule, lastRun: Date | undefined, since: Date, now: Date): Due {
  const cron = cronOf(schedule);
  const next = cron.nextRun(now) ?? undefined;
  const after = Math.max(since.getTime(), lastRun?.getTime() ?? -Infinity);
  const past: Date[] = [];
  for (const time of backwards(cron, now)) {
    if (time.getTime() <= after || past.length > MOST_MISSED) break;
    past.push(time);
  }
  const [run] = past;
  return { ...(run && { run }), missed: Math.max(0, past.length - 1), next };
}

/** The last scheduled time until now, if there was one. */
export function lastTime(schedule: Schedule, now: Date): Date | undefined {
  const [time] = backwards(cronOf(schedule), now);
  return time;
}

/** The first scheduled time after now; `undefined` when there is none. */
export function nextTime(schedule: Schedule, now: Date): Date | undefined {
  return cronOf(schedule).nextRun(now) ?? undefined;
}

/** The scheduled times until `now`, the newest first. */
function* backwards(cron: Cron, now: Date): Generator<Date> {
  // A moment later, for a run is due at its time and not after it.
  let before = new Date(now.getTime() + 1);
  for (;;) {
    const [time] = cron.previousRuns(1, before);
    if (time === undefined) return;
    // croner knows whole seconds: of the one that runs it may name the end.
    if (time <= now) yield time;
    before = time;
  }
}

/** What is wrong with a schedule, with a remedy; `undefined` when nothing is. */
export function checkSchedule(schedule: Schedule): string | undefined {
  const { cron, timeZone } = schedule;
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch {
    return `"${timeZone}" is not a time zone: use an IANA name such as Europe/Berlin`;
  }
  try {
    if (cronOf(schedule).nextRun() !== null) return undefined;
    return `schedule "${cron}" never comes: correct its day and month`;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^Cron\w+: /, "") : String(error);
    return `schedule "${cron}" is not a cron expression (${why}): use minute, hour, day, month, weekday, such as "30 2 * * *"`;
  }
}

/** The name of the run for a scheduled time, e.g. `main-20261126-0300` (UTC), `main-drill-20261126-0300`: one time, one name. */
export function runName(tenant: string, at: Date, what?: string): string {
  const minute = at
    .toISOString()
    .replace(/[-:]/g, "")
    .replace(/^(\d{8})T(\d{4}).*/, "$1-$2");
  const time = what === undefined ? minute : `${what}-${minute}`;
  return nameOfRun(tenant, time);
}

function cronOf({ cron, timeZone }: Schedule): Cron {
  return new Cron(cron, { timezone: timeZone, paused: true, mode: "5-part" });
}
