// Which backups stay: readable cases, and two simulated years in four time zones.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Retention } from "../../api/index.ts";
import { type Kept, keep } from "./retention.ts";

const NOW = new Date("2026-11-26T12:00:00Z");

function backup(takenAt: string, rest: Partial<Kept> = {}): Kept {
  return { id: takenAt, takenAt, origin: "schedule", verified: false, ...rest };
}

const kept = (backups: readonly Kept[], policy: Retention, now = NOW): string[] =>
  keep(backups, policy, now).keep.map(({ id, why }) => `${id} ${why.join(", ")}`);

describe("by hand", () => {
  test("no backups, no decision", () => {
    expect(keep([], { keepLast: 3 }, NOW)).toEqual({ keep: [], remove: [] });
  });

  test("the newest of each day, week and month, and the last few", () => {
    const backups = [
      "2026-09-30T23:00:00Z",
      "2026-10-31T22:00:00Z",
      "2026-10-31T23:00:00Z",
      "2026-11-22T23:00:00Z",
      "2026-11-23T23:00:00Z",
      "2026-11-25T22:00:00Z",
      "2026-11-25T23:00:00Z",
      "2026-11-26T10:00:00Z",
      "2026-11-26T11:00:00Z",
    ].map((time) => backup(time));
    expect(kept(backups, { keepLast: 2, daily: 3, weekly: 2, monthly: 2 })).toEqual([
      "2026-11-26T11:00:00Z newest, last 1, day 2026-11-26, week 2026-W48, month 2026-11",
      "2026-11-26T10:00:00Z last 2",
      "2026-11-25T23:00:00Z day 2026-11-25",
      "2026-11-23T23:00:00Z day 2026-11-23",
      "2026-11-22T23:00:00Z week 2026-W47",
      "2026-10-31T23:00:00Z month 2026-10",
    ]);
    expect(keep(backups, { keepLast: 2, daily: 3, weekly: 2, monthly: 2 }, NOW).remove).toEqual([
      "2026-09-30T23:00:00Z",
      "2026-10-31T22:00:00Z",
      "2026-11-25T22:00:00Z",
    ]);
  });

  test("a day is the one of the time zone, also when clocks change in it", () => {
    // 25 October 2026 has 25 hours in Berlin: 02:30 comes twice, and 23:30 is at 22:30 UTC.
    const backups = [
      "2026-10-24T21:30:00Z",
      "2026-10-24T22:30:00Z",
      "2026-10-25T22:30:00Z",
      "2026-10-25T23:30:00Z",
    ];
    const days = (timeZone: string): string[] =>
      kept(
        backups.map((time) => backup(time)),
        { keepLast: 1, daily: 9, timeZone },
      );
    expect(days("Europe/Berlin")).toEqual([
      "2026-10-25T23:30:00Z newest, last 1, day 2026-10-26",
      "2026-10-25T22:30:00Z day 2026-10-25",
      "2026-10-24T21:30:00Z day 2026-10-24",
    ]);
    expect(days("UTC")).toEqual([
      "2026-10-25T23:30:00Z newest, last 1, day 2026-10-25",
      "2026-10-24T22:30:00Z day 2026-10-24",
    ]);
  });

  test.each([
    ["2026-12-31T12:00:00Z", "2026-W53"],
    ["2027-01-03T12:00:00Z", "2026-W53"],
    ["2027-01-04T12:00:00Z", "2027-W01"],
    ["2025-12-29T12:00:00Z", "2026-W01"],
    ["2024-12-30T12:00:00Z", "2025-W01"],
    ["2028-02-29T12:00:00Z", "2028-W09"],
  ])("%s is in week %s", (time, week) => {
    expect(kept([backup(time)], { keepLast: 1, weekly: 1 })).toEqual([
      `${time} newest, last 1, week ${week}`,
    ]);
  });

  test("manual backups stay until they expire, and use up nothing of the policy", () => {
    const manual = (time: string, expiresAt?: string): Kept =>
      backup(time, { origin: "manual", ...(expiresAt !== undefined && { expiresAt }) });
    const backups = [
      manual("2026-01-01T00:00:00Z"),
      manual("2026-01-02T00:00:00Z", "2026-11-26T12:00:00Z"),
      manual("2026-01-03T00:00:00Z", "2026-11-26T12:00:01Z"),
      backup("2026-11-24T00:00:00Z"),
      manual("2026-11-25T00:00:00Z", "2026-12-25T00:00:00Z"),
      backup("2026-11-26T00:00:00Z"),
    ];
    expect(kept(backups, { keepLast: 2 })).toEqual([
      "2026-11-26T00:00:00Z newest, last 1",
      "2026-11-25T00:00:00Z manual until 2026-12-25T00:00:00Z",
      "2026-11-24T00:00:00Z last 2",
      "2026-01-03T00:00:00Z manual until 2026-11-26T12:00:01Z",
      "2026-01-01T00:00:00Z manual",
    ]);
  });

  test("the newest stays though it has expired, and so does the newest that was verified", () => {
    const expired = { origin: "manual", expiresAt: "2026-02-01T00:00:00Z" } as const;
    const backups = [
      backup("2026-01-01T00:00:00Z", { ...expired, verified: true }),
      backup("2026-01-02T00:00:00Z", { ...expired, verified: true }),
      backup("2026-01-03T00:00:00Z", expired),
      backup("2026-01-04T00:00:00Z", expired),
    ];
    expect(kept(backups, { keepLast: 1 })).toEqual([
      "2026-01-04T00:00:00Z newest",
      "2026-01-02T00:00:00Z newest verified",
    ]);
  });

  test("what cannot be read is not removed", () => {
    const backups = [
      backup("yesterday"),
      backup("2026-01-01T00:00:00Z", { origin: "manual", expiresAt: "soon" }),
      backup("2026-01-02T00:00:00Z"),
    ];
    expect(keep(backups, { keepLast: 1 }, NOW).remove).toEqual([]);
  });

  test("backups of the same moment are told apart by their names, whatever order they come in", () => {
    const twins = ["a", "b", "c"].map((id) => backup("2026-11-26T00:00:00Z", { id }));
    const decision = keep(twins, { keepLast: 1, daily: 1 }, NOW);
    expect(decision.keep.map(({ id }) => id)).toEqual(["c"]);
    expect(keep([...twins].reverse(), { keepLast: 1, daily: 1 }, NOW)).toEqual(decision);
  });
});

const ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"];
const HOUR_MS = 3_600_000;
/** Two years with the leap day of 2028, two changes of every clock, and the 53rd week of 2026 before them. */
const START = Date.parse("2026-12-20T00:00:00Z");
const END = START + 2 * 366 * 24 * HOUR_MS;

/** The day somebody there would write down; made otherwise than the code under test makes it. */
const dayOn = (timeZone: string): ((time: string) => string) => {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" });
  return (time) => format.format(new Date(time));
};

/** The newest of them first. */
const lastDays = (lastOfDay: ReadonlyMap<string, string>, count: number): [string, string][] =>
  count === 0 ? [] : [...lastOfDay].slice(-count).reverse();

interface Life {
  readonly policy: Required<Omit<Retention, "timeZone">>;
  /** Every so many-th backup was restored and found whole; none when 0. */
  readonly verifiedEvery: number;
  /** Every so many-th run fails. */
  readonly failsEvery: number;
  /** Backups are removed after every so many-th run: removing may fail as well. */
  readonly prunesEvery: number;
}

const lives: fc.Arbitrary<Life> = fc.record({
  policy: fc.record({
    keepLast: fc.integer({ min: 1, max: 30 }),
    daily: fc.integer({ min: 0, max: 14 }),
    weekly: fc.integer({ min: 0, max: 8 }),
    monthly: fc.integer({ min: 0, max: 12 }),
  }),
  verifiedEvery: fc.integer({ min: 0, max: 40 }),
  failsEvery: fc.integer({ min: 2, max: 50 }),
  prunesEvery: fc.integer({ min: 5, max: 30 }),
});

describe.each(ZONES)("two years in %s", (timeZone) => {
  const day = dayOn(timeZone);

  test.each([
    ["hourly", 1, 1],
    ["daily", 24, 12],
  ])(
    "%s: what must stay stays, no more than that, and nothing removed is ever wanted again",
    (_, hours, numRuns) => {
      fc.assert(
        fc.property(lives, ({ policy: rules, verifiedEvery, failsEvery, prunesEvery }) => {
          const policy = { ...rules, timeZone };
          const { keepLast, daily, weekly, monthly } = policy;
          let present: Kept[] = [];
          const all: Kept[] = [];
          const lastOfDay = new Map<string, string>();
          for (let [time, run] = [START, 1]; time < END; time += hours * HOUR_MS, run++) {
            if (run % failsEvery === 0) continue;
            const takenAt = new Date(time).toISOString();
            const taken = backup(takenAt, { verified: verifiedEvery > 0 && run % verifiedEvery === 0 });
            present.push(taken);
            all.push(taken);
            lastOfDay.delete(day(takenAt));
            lastOfDay.set(day(takenAt), taken.id);
            if (run % prunesEvery !== 0) continue;

            const now = new Date(time + 60_000);
            const decision = keep(present, policy, now);
            const stays = new Set(decision.keep.map(({ id }) => id));
            expect(stays.has(taken.id)).toBe(true);
            const verified = present.findLast((one) => one.verified);
            if (verified) expect(stays.has(verified.id)).toBe(true);
            expect(stays.size).toBeLessThanOrEqual(keepLast + daily + weekly + monthly + 1);
            expect(stays.size).toBeGreaterThanOrEqual(Math.min(present.length, keepLast));
            const forTheirDay = decision.keep.flatMap(({ id, why }) =>
              why.filter((word) => word.startsWith("day ")).map((word) => [word.slice(4), id]),
            );
            expect(forTheirDay).toEqual(lastDays(lastOfDay, daily));
            // The whole history is long: now and then is enough, for what would be missing stays so.
            if (run % (prunesEvery * 199) === 0) expect(keep(all, policy, now).keep).toEqual(decision.keep);
            const gone = new Set(decision.remove);
            present = present.filter(({ id }) => !gone.has(id));
          }
          const end = new Date(END);
          expect(keep(all, policy, end).keep).toEqual(keep(present, policy, end).keep);
        }),
        { numRuns },
      );
    },
  );
});
