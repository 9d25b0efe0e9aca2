// Whose turn it is: waves, places, halts, as tables; and whole fleets that are played through.
import { describe, expect, test } from "vitest";
import type { LmsTenant, ReleaseCatalog } from "../../api/index.ts";
import { notYet, RESUME, WAITING_FOR_TURN, waveOf } from "./fleet.ts";
import { atStep, begun, ended, type UpdateState, type UpdateStepName } from "./state.ts";

const NOW = new Date("2027-01-01T12:00:00Z");
const HOUR_AGO = new Date("2027-01-01T11:00:00Z");
type Rollout = NonNullable<ReleaseCatalog["spec"]["rollout"]>;

const catalog = (rollout: Partial<Rollout>, annotations = {}): ReleaseCatalog =>
  ({
    metadata: { name: "provost", annotations },
    spec: {
      releases: [
        { version: "1.0.0", image: "lms:1.0.0", channel: "Stable" },
        { version: "1.1.0", image: "lms:1.1.0", channel: "Stable" },
      ],
      rollout: { paused: false, maxConcurrent: 10, maxFailures: 0, soakMinutes: 30, ...rollout },
    },
  }) as never;

const at = (name: string, step: UpdateStepName, reason?: string): UpdateState => ({
  ...atStep(
    begun(
      { name, generation: 1 },
      { image: "lms:1.0.0", version: "1.0.0" },
      { image: "lms:1.1.0", version: "1.1.0" },
      false,
      HOUR_AGO,
    ),
    step,
    HOUR_AGO,
  ),
  ...(reason !== undefined && { reason }),
});
const over = (name: string, result: "Succeeded" | "RolledBack" | "Abandoned", when = HOUR_AGO): UpdateState =>
  ended(at(name, "Soak"), { result, reason: "R", message: "m" }, when);

const site = (name: string, update?: UpdateState, labels: Record<string, string> = {}): LmsTenant =>
  ({
    metadata: { namespace: "n", name, labels },
    spec: { update: { policy: "Minor", channel: "Stable", catalogRef: { name: "provost" } } },
    status: { version: "1.0.0", image: "lms:1.0.0", siteDigest: "d", ...(update && { update }) },
  }) as never;
const waiting = (name: string, labels?: Record<string, string>) =>
  site(name, at(name, "Window", WAITING_FOR_TURN), labels);
const reasonFor = (tenant: LmsTenant, of: ReleaseCatalog, fleet: LmsTenant[]) =>
  notYet(tenant, "1.1.0", of, fleet, NOW)?.reason;

test("without a rollout, nobody waits for anybody", () => {
  const { rollout: _, ...spec } = catalog({}).spec;
  expect(notYet(waiting("a"), "1.1.0", { ...catalog({}), spec }, [waiting("b")], NOW)).toBeUndefined();
});

test("paused is paused", () => {
  expect(reasonFor(waiting("a"), catalog({ paused: true }), [])).toBe("RolloutPaused");
});

describe("places", () => {
  test("as many as there may be, in order of their names, whoever looks", () => {
    const fleet = ["a", "b", "c", "d"].map((name) => waiting(name));
    const turns = (of: ReleaseCatalog) => fleet.map((one) => reasonFor(one, of, fleet) === undefined);
    expect(turns(catalog({ maxConcurrent: 2 }))).toEqual([true, true, false, false]);
    const busy = [...fleet, site("x", at("x", "Migrate"))];
    expect(fleet.map((one) => reasonFor(one, catalog({ maxConcurrent: 2 }), busy) === undefined)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  test("who waits for people, the clock or a wave takes none", () => {
    const fleet = [
      site("a", at("a", "Approval")),
      site("b", at("b", "Window", "WaitingForWindow")),
      site("c", at("c", "Window", "WaitingForWave")),
    ];
    expect(reasonFor(waiting("d"), catalog({ maxConcurrent: 1 }), fleet)).toBeUndefined();
  });
});

describe("waves", () => {
  const waves = [{ name: "canary", matchLabels: { tier: "canary" } }];
  const canary = (update?: UpdateState) => site("canary", update, { tier: "canary" });

  test.each([
    ["has not begun", canary(), "WaitingForWave"],
    ["is being updated", canary(at("canary", "Soak")), "WaitingForWave"],
    ["is through, and not long enough", canary(over("canary", "Succeeded", NOW)), "WaitingForWave"],
    ["has been through for long enough", canary(over("canary", "Succeeded")), undefined],
    ["went back", canary(over("canary", "RolledBack")), "RolloutHalted"],
    ["gave up and tries again", canary(over("canary", "Abandoned")), "WaitingForWave"],
  ])("the rest, when the canary %s", (_, first, reason) => {
    expect(reasonFor(waiting("a"), catalog({ waves }), [first, waiting("a")])).toBe(reason);
  });

  test("the canary itself waits for nobody", () => {
    const mine = waiting("canary", { tier: "canary" });
    expect(reasonFor(mine, catalog({ waves }), [mine, waiting("a")])).toBeUndefined();
  });

  test("a share is what it says, and always the same sites", () => {
    const rollout = catalog({ waves: [{ name: "tenth", percent: 10 }] }).spec.rollout as Rollout;
    const names = Array.from({ length: 2_000 }, (_, index) => `site-${index}`);
    const first = names.filter((name) => waveOf(site(name), rollout) === 0);
    expect(first.length).toBeGreaterThan(140);
    expect(first.length).toBeLessThan(260);
    expect(names.filter((name) => waveOf(site(name), rollout) === 0)).toEqual(first);
  });
});

test("a release that went back on more sites than it may goes no further, unless somebody says so", () => {
  const fleet = [site("x", over("x", "RolledBack")), site("y", over("y", "RolledBack"))];
  expect(reasonFor(waiting("a"), catalog({ maxFailures: 1 }), fleet)).toBe("RolloutHalted");
  expect(reasonFor(waiting("a"), catalog({ maxFailures: 2 }), fleet)).toBeUndefined();
  expect(reasonFor(waiting("a"), catalog({ maxFailures: 1 }, { [RESUME]: "1.1.0" }), fleet)).toBeUndefined();
  expect(reasonFor(waiting("a"), catalog({ maxFailures: 1 }, { [RESUME]: "1.0.0" }), fleet)).toBe(
    "RolloutHalted",
  );
});

test("a fleet of 40 in three waves, 3 at once, is through in the end, and never more than 3 are at it", () => {
  const of = catalog({
    maxConcurrent: 3,
    soakMinutes: 0,
    waves: [
      { name: "canary", matchLabels: { tier: "canary" } },
      { name: "third", percent: 33 },
    ],
  });
  const rollout = of.spec.rollout as Rollout;
  let fleet = Array.from({ length: 40 }, (_, index) =>
    site(`s${index}`, undefined, index < 2 ? { tier: "canary" } : {}),
  );
  const done: number[] = [];
  for (let round = 0; round < 200 && done.length < 40; round++) {
    const before = fleet;
    fleet = before.map((one) => {
      const { name } = one.metadata;
      const { update } = one.status ?? {};
      const labels = one.metadata.labels ?? {};
      if (update?.result !== undefined) return one;
      if (update?.step === "Soak") {
        done.push(waveOf(one, rollout));
        return site(name, over(name, "Succeeded"), labels);
      }
      const why = notYet(one, "1.1.0", of, before, NOW);
      if (why) return site(name, at(name, "Window", why.reason), labels);
      if (update?.reason === WAITING_FOR_TURN) return site(name, at(name, "Soak"), labels);
      return site(name, at(name, "Window", WAITING_FOR_TURN), labels);
    });
    const busy = fleet.filter(({ status }) => status?.update?.step === "Soak" && !status.update.result);
    expect(busy.length).toBeLessThanOrEqual(3);
  }
  expect(done).toHaveLength(40);
  expect(done).toEqual(done.toSorted((a, b) => a - b));
});
