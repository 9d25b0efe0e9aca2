import { describe, expect, test } from "vitest";
import { heldSpec, mayTake, microTime, releasedSpec } from "./lease.ts";

const NOW = new Date("2026-07-01T10:00:00.123Z");

test.each([
  ["nobody holds it", {}, 0, true],
  ["it was released", { holderIdentity: "" }, 0, true],
  ["it is ours already", { holderIdentity: "me", leaseDurationSeconds: 15 }, 0, true],
  [
    "it looked the same for less than its duration",
    { holderIdentity: "x", leaseDurationSeconds: 30 },
    29_999,
    false,
  ],
  ["it looked the same for its duration", { holderIdentity: "x", leaseDurationSeconds: 30 }, 30_000, true],
  ["it names no duration: ours counts", { holderIdentity: "x" }, 14_999, false],
  ["it names no duration and ours is over", { holderIdentity: "x" }, 15_000, true],
])("when %s, after it was seen: may be taken %#", (_when, spec, unchangedMs, may) => {
  expect(mayTake({ version: "1", sinceMs: 1_000, spec }, "me", 1_000 + unchangedMs, 15_000)).toBe(may);
});

describe("the Lease we hold", () => {
  test("keeps since when, and counts no transition, while it is renewed", () => {
    const before = heldSpec("me", 15_000, new Date("2026-07-01T09:00:00Z"), undefined);
    expect(heldSpec("me", 15_000, NOW, before)).toEqual({
      holderIdentity: "me",
      leaseDurationSeconds: 15,
      acquireTime: "2026-07-01T09:00:00.000000Z",
      renewTime: "2026-07-01T10:00:00.123000Z",
      leaseTransitions: 0,
    });
  });

  test("counts a transition when it was somebody else's", () => {
    const theirs = releasedSpec(NOW, heldSpec("them", 15_000, NOW, undefined));
    expect(heldSpec("me", 15_000, NOW, theirs)).toMatchObject({
      acquireTime: microTime(NOW),
      leaseTransitions: 1,
    });
  });

  // The standby counts in the seconds written here: fewer than ours, and it would take over while we still lead.
  test.each([
    [15_000, 15],
    [1_400, 2],
    [300, 1],
  ])("of %i ms never says less than that", (durationMs, seconds) => {
    expect(heldSpec("me", durationMs, NOW, undefined).leaseDurationSeconds).toBe(seconds);
  });
});
