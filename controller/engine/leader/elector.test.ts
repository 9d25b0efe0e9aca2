// Leader election in virtual time (15 s / 10 s / 2 s): never two leaders, whatever happens, and one soon again.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LeaseWorld, QUICK, type Trip } from "../testing/lease-world.ts";
import { Elector } from "./elector.ts";

const SECOND = 1_000;
/** A standby looks every 2 s, up to a fifth later. */
const LOOK = 2.4 * SECOND;

async function worldWithLeader(): Promise<{ world: LeaseWorld; one: ReturnType<LeaseWorld["start"]> }> {
  const world = new LeaseWorld();
  const one = world.start("one");
  await world.run(SECOND);
  expect(world.leaders).toEqual(["one-1"]);
  return { world, one };
}

/** Loses or delays the nth call of a method from now on. */
function disturb(world: LeaseWorld, method: string, nth: number, trip: Partial<Trip>): void {
  let seen = 0;
  world.trip = (called) => (called === method && seen++ === nth ? { ...QUICK, ...trip } : QUICK);
}

describe("whatever happens", () => {
  const trip: fc.Arbitrary<Trip> = fc.oneof(
    { weight: 5, arbitrary: fc.constant(QUICK) },
    {
      weight: 4,
      arbitrary: fc.record({
        requestMs: fc.integer({ min: 0, max: 20_000 }),
        answerMs: fc.integer({ min: 0, max: 12_000 }),
        lost: fc.constantFrom("nothing", "request", "answer"),
      }),
    },
  );
  const mishap = fc.record({
    at: fc.integer({ min: 0, max: 90_000 }),
    what: fc.oneof(
      fc.record({ freeze: fc.integer({ min: 500, max: 40_000 }) }),
      fc.constantFrom("stop" as const, "touch the Lease" as const),
    ),
    who: fc.nat(2),
  });

  test("two never lead at once; nobody leads again who stopped leading; somebody leads when it is over", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(trip, { minLength: 1, maxLength: 40 }),
        fc.array(mishap, { maxLength: 6 }),
        fc.array(fc.integer({ min: -1e7, max: 1e7 }), { minLength: 3, maxLength: 3 }),
        async (trips, mishaps, skews) => {
          const world = new LeaseWorld();
          world.trip = () => (world.now < 90_000 ? (trips[world.calls % trips.length] as Trip) : QUICK);
          skews.forEach((skew, n) => world.start(`p${n}`, skew));
          for (const { at, what, who } of mishaps) {
            world.at(at, () => {
              if (what === "stop") void world.processes[who]?.stop();
              else if (what === "touch the Lease") world.lease &&= world.put(world.lease.spec ?? {});
              else world.processes[who]?.freeze(what.freeze);
            });
          }
          const led = new Map<string, "leads" | "led">();
          await world.run(90_000, () => {
            const { leaders } = world;
            expect(leaders.length).toBeLessThanOrEqual(1);
            for (const [identity, what] of led)
              if (what === "leads" && !leaders.includes(identity)) led.set(identity, "led");
            for (const identity of leaders) {
              expect(led.get(identity)).not.toBe("led");
              led.set(identity, "leads");
            }
          });
          world.start("last");
          await world.run(200_000, () => expect(world.leaders.length).toBeLessThanOrEqual(1));
          expect(world.leaders).toHaveLength(1);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("the leader", () => {
  test("that was frozen past its deadline may write nothing when it thaws, and does not come back", async () => {
    const { world, one } = await worldWithLeader();
    world.start("two");
    await world.run(10 * SECOND);
    one.freeze(60 * SECOND);
    const identity = one.identity;
    await world.run(21 * SECOND);
    expect(world.leaders).toEqual([]);
    await world.run(45 * SECOND);
    expect(world.leaders).toEqual(["two-1"]);
    await world.run(100 * SECOND, () => expect(world.leaders).toEqual(["two-1"]));
    expect(one.identity).not.toBe(identity);
  });

  test("that thaws too late starts anew, although nobody took the Lease meanwhile", async () => {
    const { world, one } = await worldWithLeader();
    one.freeze(12 * SECOND);
    await world.run(
      30 * SECOND,
      () => world.now < 11 * SECOND || expect(world.leaders).not.toContain("one-1"),
    );
    expect(one.identity).toBe("one-2");
  });

  test.each(["request", "answer"] as const)("survives a lost %s of a renewal", async (lost) => {
    const { world } = await worldWithLeader();
    disturb(world, "replace", 1, { lost });
    await world.run(40 * SECOND, () => expect(world.leaders).toEqual(["one-1"]));
  });

  test("counts its time from when it asked, not from when it was answered", async () => {
    const { world } = await worldWithLeader();
    disturb(world, "replace", 0, { answerMs: 4 * SECOND });
    const version = world.lease?.metadata.resourceVersion;
    while (world.lease?.metadata.resourceVersion === version) await world.run(world.now + 50);
    const renewedAt = world.now;
    await world.run(renewedAt + 4.1 * SECOND);
    world.trip = () => ({ ...QUICK, lost: "request" });
    await world.run(renewedAt + 9.8 * SECOND);
    expect(world.leaders).toEqual(["one-1"]);
    await world.run(renewedAt + 10 * SECOND);
    expect(world.leaders).toEqual([]);
  });

  test("is deposed when nothing gets through until the deadline", async () => {
    const { world } = await worldWithLeader();
    world.trip = () => ({ ...QUICK, lost: "request" });
    await world.run(13 * SECOND);
    expect(world.leaders).toEqual([]);
  });

  test("steps down as soon as it sees the Lease taken or deleted", async () => {
    for (const change of ["taken", "deleted"]) {
      const { world } = await worldWithLeader();
      if (change === "deleted") world.lease = undefined;
      else world.put({ holderIdentity: "thief", leaseDurationSeconds: 15 });
      await world.run(world.now + 2.1 * SECOND);
      expect(world.leaders, change).not.toContain("one-1");
    }
  });

  test("that stops releases the Lease, and a standby leads at its next look", async () => {
    const { world, one } = await worldWithLeader();
    world.start("two");
    await world.run(5 * SECOND);
    void one.stop();
    await world.run(5 * SECOND + LOOK);
    expect(world.leaders).toEqual(["two-1"]);
    expect(world.lease?.spec).toMatchObject({ holderIdentity: "two-1", leaseTransitions: 1 });
  });

  test("releases it even when the stop cut off a renewal that the server has already taken", async () => {
    const { world, one } = await worldWithLeader();
    world.start("two");
    disturb(world, "replace", 0, { answerMs: 4 * SECOND });
    const version = world.lease?.metadata.resourceVersion;
    while (world.lease?.metadata.resourceVersion === version) await world.run(world.now + 100);
    void one.stop();
    await world.run(world.now + LOOK);
    expect(world.leaders).toEqual(["two-1"]);
  });
});

describe("a standby", () => {
  const held = (holderIdentity: string, leaseDurationSeconds?: number, hoursOff = 0) => ({
    holderIdentity,
    ...(leaseDurationSeconds !== undefined && { leaseDurationSeconds }),
    renewTime: new Date(Date.now() + hoursOff * 3_600_000).toISOString().replace("Z", "000Z"),
  });

  test.each([
    ["whose clock is right", 0],
    ["whose clock is hours ahead", 5],
    ["whose clock is hours behind", -5],
  ])("takes the Lease of a dead one %s after its duration, not before", async (_who, hoursOff) => {
    const world = new LeaseWorld();
    world.put(held("dead", 30, hoursOff));
    world.start("two");
    await world.run(30 * SECOND, () => expect(world.leaders).toEqual([]));
    await world.run(30 * SECOND + LOOK + 100);
    expect(world.leaders).toEqual(["two-1"]);
  });

  test("counts its own duration for a Lease that names none", async () => {
    const world = new LeaseWorld();
    world.put(held("dead"));
    world.start("two");
    await world.run(15 * SECOND, () => expect(world.leaders).toEqual([]));
    await world.run(15 * SECOND + LOOK + 100);
    expect(world.leaders).toEqual(["two-1"]);
  });

  test("counts from when it heard of a version, not from when it asked", async () => {
    const world = new LeaseWorld();
    world.put(held("busy", 15));
    disturb(world, "find", 0, { requestMs: 4 * SECOND });
    world.at(3.9 * SECOND, () => void world.put(held("busy", 15)));
    world.start("two");
    await world.run(18.9 * SECOND, () => expect(world.leaders).toEqual([]));
  });

  test("waits out the holder of a Lease that somebody deleted", async () => {
    const { world, one } = await worldWithLeader();
    world.start("two");
    await world.run(5 * SECOND);
    one.freeze(8 * SECOND);
    world.lease = undefined;
    await world.run(13 * SECOND, () => expect(world.leaders).not.toContain("two-1"));
  });

  test("whose answer to taking the Lease got lost finds it its own", async () => {
    const world = new LeaseWorld();
    disturb(world, "create", 0, { lost: "answer" });
    world.start("two");
    await world.run(5 * SECOND + LOOK + 100);
    expect(world.leaders).toEqual(["two-1"]);
    expect(world.lease?.spec?.leaseTransitions).toBe(0);
  });
});

test("times that cannot keep two leaders apart are refused", () => {
  const world = new LeaseWorld();
  const options = {
    namespace: "x",
    name: "leader",
    identity: "me",
    client: world.clientOf(world.start("p")),
    log: { info: () => undefined, warn: () => undefined, debug: () => undefined },
  };
  expect(() => new Elector({ ...options, renewDeadlineMs: 15_000 })).toThrow(
    /renewDeadlineMs < leaseDurationMs/,
  );
  expect(() => new Elector({ ...options, retryPeriodMs: 0 })).toThrow(RangeError);
});
