// Windows of time, for maintenance or for sleep: whether one is open, and when the next one is. Pure; schedule.ts knows the
// calendars.
import { checkSchedule, lastTime, nextTime, type Schedule } from "./schedule.ts";

export interface Window {
  readonly schedule: string;
  readonly durationMinutes: number;
  /** The site's when absent. */
  readonly timeZone?: string;
}

export interface WindowState {
  readonly open: boolean;
  /** When it closes, or when the next one opens; `undefined` when none ever does. */
  readonly until: Date | undefined;
}

/** A window is open from a time of its schedule for so many minutes of 60 seconds each, whatever the clocks do meanwhile. */
export function windowAt(window: Window, siteZone: string, now: Date): WindowState {
  const schedule = scheduleOf(window, siteZone);
  const opened = lastTime(schedule, now);
  const closes = opened && new Date(opened.getTime() + window.durationMinutes * 60_000);
  if (closes && now < closes) return { open: true, until: closes };
  return { open: false, until: nextTime(schedule, now) };
}

/** What is wrong with a window, with a remedy; `undefined` when nothing is. */
export const checkWindow = (window: Window, siteZone: string): string | undefined =>
  checkSchedule(scheduleOf(window, siteZone));

const scheduleOf = ({ schedule, timeZone }: Window, siteZone: string): Schedule => ({
  cron: schedule,
  timeZone: timeZone ?? siteZone,
});
