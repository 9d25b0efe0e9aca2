// Windows over two years of hours, both changes of the clocks and a leap day among them.
import { expect, test } from "vitest";
import { checkWindow, windowAt } from "./window.ts";

const nightly = { schedule: "0 2 * * *", durationMinutes: 90 };
const HOUR = 3_600_000;

/** Local time of day and date. */
const local = (zone: string, time: Date): string =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(time);

test.each(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])(
  "in %s it is open once a day, for as long as it says, at every date of two years",
  (zone) => {
    const from = Date.UTC(2027, 0, 1);
    const until = Date.UTC(2029, 0, 1);
    let [open, opened, day] = [0, 0, ""];
    let was = false;
    for (let at = from; at < until; at += HOUR / 4) {
      const now = new Date(at);
      const state = windowAt(nightly, zone, now);
      if (state.open && !was) {
        opened++;
        expect(local(zone, now).slice(0, 10)).not.toBe(day);
        day = local(zone, now).slice(0, 10);
        expect(local(zone, now)).toMatch(/ 0[23]:/);
      }
      if (state.open) open++;
      was = state.open;
      expect(state.until && state.until > now).toBe(true);
    }
    // 2028 is a leap year.
    expect(opened).toBeGreaterThanOrEqual(730);
    expect(opened).toBeLessThanOrEqual(732);
    expect(open).toBe(opened * 6);
  },
  // Some 140,000 looks into the calendar: seconds on a quiet machine, more beside other suites.
  120_000,
);

test("a window over midnight, one that is longer than its period, one that never opens", () => {
  const late = { schedule: "30 23 * * SAT", durationMinutes: 120 };
  expect(windowAt(late, "UTC", new Date("2027-05-16T00:30:00Z"))).toEqual({
    open: true,
    until: new Date("2027-05-16T01:30:00Z"),
  });
  expect(windowAt(late, "UTC", new Date("2027-05-16T01:30:00Z"))).toEqual({
    open: false,
    until: new Date("2027-05-22T23:30:00Z"),
  });
  const always = { schedule: "0 * * * *", durationMinutes: 90 };
  expect(windowAt(always, "UTC", new Date("2027-05-16T00:59:59Z")).open).toBe(true);
  const never = { schedule: "0 0 30 2 *", durationMinutes: 60 };
  expect(windowAt(never, "UTC", new Date("2027-05-16T00:00:00Z"))).toEqual({ open: false, until: undefined });
  expect(checkWindow(never, "UTC")).toMatch(/never comes/);
  expect(checkWindow({ ...nightly, timeZone: "Mars/Olympus" }, "UTC")).toMatch(/not a time zone/);
});

test("its own time zone counts before the site's", () => {
  const here = { ...nightly, timeZone: "Asia/Tokyo" };
  expect(windowAt(here, "UTC", new Date("2027-05-15T17:30:00Z")).open).toBe(true);
  expect(windowAt(nightly, "UTC", new Date("2027-05-15T17:30:00Z")).open).toBe(false);
});
