// What is told of backups, by what became of them and by the clock.
import { expect, test } from "vitest";
import { standingOf } from "./metrics.ts";

const good = (at: string, seconds?: number) => ({
  status: { completedAt: at, takenAt: at, ...(seconds !== undefined && { seconds }) },
});
const failed = (at: string) => ({ status: { failedAt: at } });
const running = { status: {} };
const DUE = "2026-11-26T03:00:00Z";
const at = (time: string) => new Date(`2026-11-26T${time}Z`);

test.each([
  ["nothing yet, nothing due", [], undefined, "12:00:00", { failed: false, overdue: false }],
  ["running within its time", [running], DUE, "04:59:00", { failed: false, overdue: false }],
  ["running for too long", [running], DUE, "06:01:00", { failed: false, overdue: true }],
  ["made in time", [good("2026-11-26T03:05:00Z")], DUE, "23:00:00", { failed: false, overdue: false }],
  [
    "made before, and not when due",
    [good("2026-11-25T03:05:00Z")],
    DUE,
    "06:01:00",
    { failed: false, overdue: true },
  ],
  [
    "failed after a good one",
    [good("2026-11-25T03:05:00Z"), failed("2026-11-26T03:05:00Z")],
    DUE,
    "04:00:00",
    { failed: true, overdue: false },
  ],
  [
    "good after one that failed",
    [failed("2026-11-26T03:05:00Z"), good("2026-11-26T04:05:00Z")],
    DUE,
    "06:01:00",
    { failed: false, overdue: false },
  ],
])("%s", (_, runs, due, now, expected) => {
  expect(standingOf(runs, due, 120, at(now))).toMatchObject(expected);
});

test("the newest good run says what would be lost, and how long it takes to come back", () => {
  const runs = [
    good("2026-11-25T03:00:00Z", 9),
    good("2026-11-26T03:00:00Z", 12),
    failed("2026-11-26T05:00:00Z"),
  ];
  expect(standingOf(runs, DUE, 120, at("05:30:00"))).toEqual({
    provenAt: Date.parse("2026-11-26T03:00:00Z") / 1_000,
    failed: true,
    overdue: false,
    seconds: 12,
  });
});
