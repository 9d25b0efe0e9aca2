import { describe, expect, test } from "vitest";
import { aDeployment, aReplicaSet, aTemplate } from "./builders.ts";
import { planDeployment, rollingLimits, sameTemplate } from "./deployment-plan.ts";
import { deploymentStatus } from "./deployment-status.ts";
import type { Deployment, ReplicaSet } from "./objects.ts";

const scaled = (deployment: Deployment, sets: ReplicaSet[], oldPods = 0): unknown => {
  const plan = planDeployment(deployment, sets, oldPods);
  return {
    ...(plan.create !== undefined && { create: plan.create }),
    ...Object.fromEntries(plan.scale.map(({ set, to }) => [set.metadata.name, to])),
  };
};

const rolling = (
  maxSurge: number | string,
  maxUnavailable: number | string,
): NonNullable<Deployment["spec"]["strategy"]> => ({
  type: "RollingUpdate",
  rollingUpdate: { maxSurge, maxUnavailable },
});

describe("a rolling update", () => {
  const next = (replicas: number, maxSurge: number | string, maxUnavailable: number | string): Deployment =>
    aDeployment({ replicas, template: aTemplate("app:2"), strategy: rolling(maxSurge, maxUnavailable) });
  const old = (replicas: number, available = replicas): ReplicaSet =>
    aReplicaSet("old", { replicas, available });
  const fresh = (replicas: number, available: number): ReplicaSet =>
    aReplicaSet("new", { image: "app:2", replicas, available, revision: 2 });

  test.each([
    ["starts with the surge", next(3, 1, 0), [old(3)], { create: 1 }],
    ["waits while the new pod is not available", next(3, 1, 0), [old(3), fresh(1, 0)], {}],
    ["takes one old pod for each available new one", next(3, 1, 0), [old(3), fresh(1, 1)], { old: 2 }],
    ["then grows again", next(3, 1, 0), [old(2), fresh(1, 1)], { new: 2 }],
    ["ends with no old pod", next(3, 1, 0), [old(1), fresh(3, 3)], { old: 0 }],
    ["without surge makes room first", next(2, 0, 1), [old(2)], { create: 0 }],
    ["and takes away what may be unavailable", next(2, 0, 1), [old(2), fresh(0, 0)], { old: 1 }],
    ["lets broken old pods go first", next(2, 1, 0), [old(2, 1), fresh(1, 1)], { old: 1 }],
    ["replaces a single pod only by an available one", next(1, "25%", "25%"), [old(1), fresh(1, 0)], {}],
    ["does nothing when all is done", next(3, 1, 0), [old(0), fresh(3, 3)], {}],
  ])("%s", (_what, deployment, sets, expected) => {
    expect(scaled(deployment, sets)).toEqual(expected);
  });
});

test("scaling follows the declared replicas", () => {
  expect(scaled(aDeployment({ replicas: 4 }), [aReplicaSet("a", { replicas: 2 })])).toEqual({ a: 4 });
  expect(scaled(aDeployment({ replicas: 0 }), [aReplicaSet("a", { replicas: 2 })])).toEqual({ a: 0 });
});

test("a paused deployment scales but does not roll", () => {
  const paused = aDeployment({ paused: true, replicas: 3, template: aTemplate("app:2") });
  expect(scaled(paused, [aReplicaSet("a", { replicas: 1 })])).toEqual({ a: 3 });
});

test("Recreate waits until the last old pod has gone", () => {
  const deployment = aDeployment({ template: aTemplate("app:2"), strategy: { type: "Recreate" } });
  expect(scaled(deployment, [aReplicaSet("a")])).toEqual({ a: 0 });
  expect(scaled(deployment, [aReplicaSet("a", { replicas: 0 })], 1)).toEqual({});
  expect(scaled(deployment, [aReplicaSet("a", { replicas: 0 })], 0)).toEqual({ create: 1 });
});

test("a template that comes back finds its ReplicaSet again", () => {
  expect(
    sameTemplate(aTemplate(), {
      ...aTemplate(),
      metadata: { labels: { app: "web", "pod-template-hash": "x" } },
    }),
  ).toBe(true);
  const sets = [aReplicaSet("a", { replicas: 0 }), aReplicaSet("b", { image: "app:2", revision: 2 })];
  expect(scaled(aDeployment(), sets)).toEqual({ a: 1 });
});

test("history beyond the limit is pruned, oldest first", () => {
  const sets = [1, 2, 3].map((n) =>
    aReplicaSet(`old${n}`, { image: `app:0.${n}`, replicas: 0, revision: n }),
  );
  const plan = planDeployment(
    aDeployment({ revisionHistoryLimit: 1 }),
    [...sets, aReplicaSet("now", { revision: 4 })],
    0,
  );
  expect(plan.prune.map((set) => set.metadata.name)).toEqual(["old1", "old2"]);
});

test("percentages round so that a rollout can always move", () => {
  expect(rollingLimits(aDeployment({ replicas: 1 }))).toEqual({ maxSurge: 1, maxUnavailable: 0 });
  expect(rollingLimits(aDeployment({ replicas: 10 }))).toEqual({ maxSurge: 3, maxUnavailable: 2 });
  expect(rollingLimits(aDeployment({ strategy: rolling(0, "10%") }))).toEqual({
    maxSurge: 0,
    maxUnavailable: 1,
  });
});

describe("status", () => {
  const at = (iso: string): number => Date.parse(iso);
  const start = at("2026-01-01T00:00:00Z");

  test("a finished rollout is Available and Progressing with NewReplicaSetAvailable", () => {
    const { status } = deploymentStatus(aDeployment(), [aReplicaSet("web-a")], start);
    expect(status).toMatchObject({
      replicas: 1,
      updatedReplicas: 1,
      availableReplicas: 1,
      unavailableReplicas: 0,
    });
    expect(status.conditions).toMatchObject([
      { type: "Available", status: "True", reason: "MinimumReplicasAvailable" },
      { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
    ]);
  });

  test("a rollout that stands still past its deadline says so", () => {
    const deployment = aDeployment({ progressDeadlineSeconds: 60 });
    const stuck = [aReplicaSet("web-a", { available: 0 })];
    const first = deploymentStatus(deployment, stuck, start);
    expect(first.status.conditions).toMatchObject([{ status: "False" }, { reason: "NewReplicaSetCreated" }]);
    const later = deploymentStatus({ ...deployment, status: first.status }, stuck, start + 59_000);
    expect(later.againMs).toBe(1_000);
    const late = deploymentStatus({ ...deployment, status: later.status }, stuck, start + 61_000);
    expect(late.status.conditions).toMatchObject([
      {},
      { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" },
    ]);
  });

  test("unchanged facts give an unchanged status at any later time", () => {
    const deployment = aDeployment();
    const sets = [aReplicaSet("web-a")];
    const { status } = deploymentStatus(deployment, sets, start);
    expect(deploymentStatus({ ...deployment, status }, sets, start + 3_600_000).status).toEqual(status);
  });
});
