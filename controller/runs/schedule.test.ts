// Two years of schedules by simulated clocks: both changes to and from daylight saving, a leap day, crashes, jumps.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkSchedule, due, runName } from "./schedule.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const zones = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland", "Australia/Lord_Howe"];

/** All times that are run between two moments by somebody who always looks. */
function runs(cron: string, timeZone: string, from: Date, to: Date): Date[] {
  const found: Date[] = [];
  let last: Date | undefined;
  for (let now = from; ;) {
    const { run, next } = due({ cron, timeZone }, last, from, now);
    if (run !== undefined) found.push((last = run));
    if (next === undefined || next > to) return found;
    now = next;
  }
}

const dayIn = (timeZone: string) => {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" });
  return (time: Date): string => format.format(time);
};

describe.each(zones)("in %s, from 2027 to the end of 2028", (timeZone) => {
  const from = new Date("2026-12-31T20:00:00Z");
  const to = new Date("2028-12-31T20:00:00Z");

  test.each(["30 2 * * *", "0 0 * * *", "15 2 * * *", "59 23 * * *"])("%s runs once on each day", (cron) => {
    const days = runs(cron, timeZone, from, to).map(dayIn(timeZone));
    expect(new Set(days).size).toBe(days.length);
    expect(days.length).toBeGreaterThanOrEqual(730);
    expect(days.length).toBeLessThanOrEqual(732);
    expect(days).toContain("2028-02-29");
  });

  test("every hour goes on evenly", () => {
    const minutes = timeZone === "Australia/Lord_Howe" ? [HOUR / 2, HOUR, 1.5 * HOUR] : [HOUR];
    const times = runs("0 * * * *", timeZone, from, to);
    const gaps = new Set(times.slice(1).map((time, n) => time.getTime() - (times[n]?.getTime() ?? 0)));
    expect([...gaps].filter((gap) => !minutes.includes(gap))).toEqual([]);
    expect(times.length).toBeGreaterThan(17_500);
  });
});

test.each([
  // Berlin, 29 March 2026: 02:00 becomes 03:00; 25 October 2026: 03:00 becomes 02:00.
  ["30 2 * * *", "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"]],
  ["30 2 * * *", "2026-10-24T12:00:00Z", ["2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"]],
  ["0 3 29 2 *", "2026-01-01T00:00:00Z", ["2028-02-29T02:00:00.000Z", "2032-02-29T02:00:00.000Z"]],
  ["0 4 1 * *", "2026-12-15T00:00:00Z", ["2027-01-01T03:00:00.000Z", "2027-02-01T03:00:00.000Z"]],
  ["0 4 * * SUN", "2026-11-26T00:00:00Z", ["2026-11-29T03:00:00.000Z", "2026-12-06T03:00:00.000Z"]],
])("%s after %s in Berlin", (cron, from, expected) => {
  let now = new Date(from);
  const next = expected.map(() => {
    now = due({ cron, timeZone: "Europe/Berlin" }, undefined, now, now).next ?? now;
    return now.toISOString();
  });
  expect(next).toEqual(expected);
});

describe("what was missed", () => {
  const schedule = { cron: "0 3 * * *", timeZone: "UTC" };
  const at = (text: string): Date => new Date(`${text}Z`);

  test("is caught up once: the last time, and no other", () => {
    const since = at("2026-11-01T00:00:00");
    const now = at("2026-11-10T12:00:00");
    const first = due(schedule, at("2026-11-05T03:00:00"), since, now);
    expect(first).toEqual({ run: at("2026-11-10T03:00:00"), missed: 4, next: at("2026-11-11T03:00:00") });
    expect(due(schedule, first.run, since, now)).toEqual({ missed: 0, next: at("2026-11-11T03:00:00") });
  });

  test("before the schedule was declared was not missed", () => {
    const now = at("2026-11-10T12:00:00");
    expect(due(schedule, undefined, at("2026-11-10T03:00:00"), now).run).toBeUndefined();
    expect(due(schedule, undefined, at("2026-11-10T02:59:59"), now).run).toEqual(at("2026-11-10T03:00:00"));
  });

  test("is due at its time, not a moment later", () => {
    const since = at("2026-11-10T00:00:00");
    expect(due(schedule, undefined, since, at("2026-11-10T03:00:00")).run).toEqual(at("2026-11-10T03:00:00"));
    expect(
      due(schedule, undefined, since, new Date(at("2026-11-10T03:00:00").getTime() - 1)).run,
    ).toBeUndefined();
  });

  test("ten years of every minute are looked at in no time", () => {
    const every = { cron: "* * * * *", timeZone: "Europe/Berlin" };
    const now = at("2026-11-10T12:00:30");
    const startedAt = performance.now();
    const { run, missed } = due(every, at("2016-11-10T12:00:00"), at("2016-01-01T00:00:00"), now);
    expect(run).toEqual(at("2026-11-10T12:00:00"));
    expect(missed).toBe(1_000);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

test("whoever looks when, crashes and sees the clock jump: no time runs twice, all in order", () => {
  const looks = fc.array(fc.integer({ min: -DAY, max: 3 * DAY }), { minLength: 1, maxLength: 60 });
  const crons = fc.constantFrom("0 * * * *", "30 2 * * *", "*/20 * * * *", "0 0 * * MON");
  fc.assert(
    fc.property(looks, crons, fc.constantFrom(...zones), (steps, cron, timeZone) => {
      const since = new Date("2026-03-20T00:00:00Z");
      let [now, last] = [since, undefined as Date | undefined];
      for (const step of steps) {
        now = new Date(now.getTime() + step);
        const { run } = due({ cron, timeZone }, last, since, now);
        if (run === undefined) continue;
        expect(run.getTime()).toBeGreaterThan(last?.getTime() ?? since.getTime());
        expect(run.getTime()).toBeLessThanOrEqual(now.getTime());
        last = run;
      }
    }),
    { numRuns: 300 },
  );
});

test.each([
  ["30 2 * * *", "Europe/Berlin", undefined],
  ["30 2 * * *", "Mars/Olympus", /"Mars\/Olympus" is not a time zone.*Europe\/Berlin/],
  ["61 * * * *", "UTC", /schedule "61 \* \* \* \*" is not a cron expression.*minute.*30 2/],
  ["0 0 30 2 *", "UTC", /never comes: correct its day and month/],
  ["0 0 3 * * *", "UTC", /is not a cron expression/],
])("%s in %s", (cron, timeZone, fault) => {
  const found = checkSchedule({ cron, timeZone });
  if (fault === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(fault);
});

describe("the name of a run", () => {
  const at = new Date("2026-11-26T03:00:00Z");
  test("is the tenant's and its time", () => expect(runName("main", at)).toBe("main-20261126-0300"));
  test("of a long tenant is short enough, and nobody else's", () => {
    const [a, b] = [`${"x".repeat(60)}-a`, `${"x".repeat(60)}-b`].map((tenant) => runName(tenant, at));
    expect(a).not.toBe(b);
    for (const name of [a, b]) expect(name).toMatch(/^[a-z0-9]([-a-z0-9]{0,50})[a-z0-9]$/);
  });
  test("is a name whatever the tenant's is", () => {
    const tenants = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/);
    fc.assert(
      fc.property(tenants, (tenant) => {
        expect(runName(tenant, at)).toMatch(/^[a-z0-9][-a-z0-9.]{0,50}[a-z0-9]$/);
      }),
    );
  });
});
