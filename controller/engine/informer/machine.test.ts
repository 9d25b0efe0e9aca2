// The informer's state machine: no dead end, no spinning, bounded waits, from any state and in any order of events.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type InformerEvent, type InformerState, transition } from "./machine.ts";

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const version = fc.nat(99).map(String);
const failures = fc.nat(60);
const state: fc.Arbitrary<InformerState> = fc.oneof(
  fc.constant<InformerState>({ type: "empty" }),
  fc.record({ type: fc.constant("listing" as const), failures }),
  fc.record({ type: fc.constant("watching" as const), resourceVersion: version, failures }),
  fc.record({
    type: fc.constant("backingOff" as const),
    delayMs: fc.nat(30_000),
    resourceVersion: fc.option(version, { nil: undefined }),
    failures,
  }),
  fc.record({ type: fc.constant("absent" as const), delayMs: fc.nat(60_000) }),
);
const event: fc.Arbitrary<InformerEvent> = fc.oneof(
  fc.constantFrom<InformerEvent>(
    { type: "start" },
    { type: "gone" },
    { type: "absent" },
    { type: "elapsed" },
  ),
  fc.record({ type: fc.constant("listed" as const), resourceVersion: version }),
  fc.record({ type: fc.constant("progress" as const), resourceVersion: version }),
  fc.record({
    type: fc.constant("failed" as const),
    retryAfterMs: fc.option(fc.oneof(fc.nat(120_000), fc.constant(1e12)), { nil: undefined }),
  }),
  fc.record({ type: fc.constant("closed" as const), tooSoon: fc.boolean() }),
);

/** What happens in a state when the API server works. */
function whenAllIsWell(state: InformerState): InformerEvent {
  switch (state.type) {
    case "empty":
      return { type: "start" };
    case "listing":
      return { type: "listed", resourceVersion: "1" };
    case "watching":
      return { type: "progress", resourceVersion: "2" };
    case "backingOff":
    case "absent":
      return { type: "elapsed" };
    case "stopped":
      return { type: "stop" };
  }
}

test("from any state, after anything that happened, a working server brings it back to watching", () => {
  fc.assert(
    fc.property(state, fc.array(event), random, (first, events, chance) => {
      let now = events.reduce((before, happened) => transition(before, happened, chance), first);
      for (let steps = 0; steps < 4; steps++) now = transition(now, whenAllIsWell(now), chance);
      expect(now).toMatchObject({ type: "watching", failures: 0 });
    }),
    { numRuns: 1_000 },
  );
});

test("a stop ends every state, nothing else does, and nothing follows it", () => {
  fc.assert(
    fc.property(state, fc.array(event), random, (first, events, chance) => {
      const before = events.reduce((now, happened) => transition(now, happened, chance), first);
      expect(before.type).not.toBe("stopped");
      const stopped = transition(before, { type: "stop" }, chance);
      expect(stopped).toEqual({ type: "stopped" });
      for (const happened of events)
        expect(transition(stopped, happened, chance)).toEqual({ type: "stopped" });
    }),
  );
});

test("never spins: between two signs of progress it lists again at once at most one time, whatever goes wrong", () => {
  fc.assert(
    fc.property(state, fc.array(event, { maxLength: 60 }), random, (first, events, chance) => {
      let now = first;
      let atOnce = 0;
      for (const happened of events) {
        const before = now;
        now = transition(before, happened, chance);
        const waited = before.type === "backingOff" || before.type === "absent" || before.type === "empty";
        if (now.type === "listing" && now !== before && !waited) atOnce++;
        // So is a minute in which the kind was absent.
        if ((happened.type === "progress" && before.type === "watching") || before.type === "absent")
          atOnce = 0;
        expect(atOnce).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("waits are bounded: long enough to be no storm, short enough to come back, whatever the server asks for", () => {
  fc.assert(
    fc.property(state, fc.array(event, { maxLength: 60 }), random, (first, events, chance) => {
      let now = first;
      for (const happened of events) {
        const before = now;
        now = transition(before, happened, chance);
        if (now === before || (now.type !== "backingOff" && now.type !== "absent")) continue;
        expect(now.delayMs).toBeGreaterThanOrEqual(100);
        expect(now.delayMs).toBeLessThanOrEqual(300_000);
        if (happened.type === "failed" && happened.retryAfterMs !== undefined)
          expect(now.delayMs).toBeGreaterThanOrEqual(Math.min(300_000, happened.retryAfterMs));
      }
    }),
    { numRuns: 1_000 },
  );
});

describe("backoff", () => {
  const delays = (chance: number): number[] => {
    const seen: number[] = [];
    let now: InformerState = { type: "listing", failures: 0 };
    for (let n = 0; n < 12; n++) {
      now = transition(now, { type: "failed" }, chance);
      if (now.type === "backingOff") seen.push(now.delayMs);
      now = transition(now, { type: "elapsed" }, chance);
    }
    return seen;
  };

  test("doubles from 200 ms to 30 s, give or take a half", () => {
    expect(delays(0.5)).toEqual([
      200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000, 30_000,
    ]);
    expect(delays(0)[0]).toBe(100);
    expect(delays(0).at(-1)).toBe(15_000);
  });

  test("of a watch resumes from its version; the first progress ends it", () => {
    const failed = transition(
      { type: "watching", resourceVersion: "7", failures: 3 },
      { type: "failed" },
      0.5,
    );
    expect(failed).toEqual({ type: "backingOff", delayMs: 1_600, resourceVersion: "7", failures: 4 });
    const again = transition(failed, { type: "elapsed" }, 0.5);
    expect(again).toEqual({ type: "watching", resourceVersion: "7", failures: 4 });
    expect(transition(again, { type: "progress", resourceVersion: "8" }, 0.5)).toMatchObject({ failures: 0 });
  });
});

describe("a version that is too old", () => {
  test("lists again at once; when that does not help, not at once any more", () => {
    const relist = transition({ type: "watching", resourceVersion: "7", failures: 0 }, { type: "gone" }, 0.5);
    expect(relist).toEqual({ type: "listing", failures: 1 });
    const watching = transition(relist, { type: "listed", resourceVersion: "9" }, 0.5);
    expect(transition(watching, { type: "gone" }, 0.5)).toMatchObject({
      type: "backingOff",
      resourceVersion: undefined,
    });
  });
});

test("a watch that ends in its time goes on from its version; one that ends at once waits", () => {
  const watching: InformerState = { type: "watching", resourceVersion: "7", failures: 0 };
  expect(transition(watching, { type: "closed", tooSoon: false }, 0.5)).toEqual(watching);
  expect(transition(watching, { type: "closed", tooSoon: true }, 0.5)).toMatchObject({
    type: "backingOff",
    resourceVersion: "7",
  });
});

test("a kind that is absent is looked for every minute or so", () => {
  const absent = transition({ type: "listing", failures: 4 }, { type: "absent" }, 0);
  expect(absent).toEqual({ type: "absent", delayMs: 54_000 });
  expect(transition(absent, { type: "elapsed" }, 0)).toEqual({ type: "listing", failures: 0 });
});
