import { describe, expect, test } from "vitest";
import { aJob, aPod, aReplicaSet, aService, aStatefulSet } from "./builders.ts";
import { backendsOf, groupByPorts } from "./endpoints-plan.ts";
import { endpointSlices, endpointsObject } from "./endpoints.ts";
import { planJob } from "./job-plan.ts";
import type { Pod } from "./objects.ts";
import { planReplicaSet } from "./replicaset-plan.ts";
import { planStatefulSet } from "./statefulset-plan.ts";

const now = Date.parse("2026-01-01T01:00:00Z");
const names = (pods: readonly Pod[]): string[] => pods.map((pod) => pod.metadata.name);

describe("a ReplicaSet", () => {
  test("replaces pods that are finished or being deleted", () => {
    const pods = [aPod("a"), aPod("b", { phase: "Failed" }), aPod("c", { deleting: true })];
    expect(planReplicaSet(aReplicaSet("s", { replicas: 3 }), pods, now)).toMatchObject({
      create: 2,
      remove: [],
    });
  });

  test("loses pods that serve nobody before those that do, the young before the old", () => {
    const pods = [
      aPod("old", { created: "2026-01-01T00:00:00Z" }),
      aPod("young", { created: "2026-01-01T00:30:00Z" }),
      aPod("sick", { ready: false }),
      aPod("pending", { phase: "Pending" }),
    ];
    const removed = (replicas: number): string[] =>
      names(planReplicaSet(aReplicaSet("s", { replicas }), pods, now).remove);
    expect(removed(3)).toEqual(["pending"]);
    expect(removed(2)).toEqual(["pending", "sick"]);
    expect(removed(1)).toEqual(["pending", "sick", "young"]);
  });

  test("a ready pod is available once minReadySeconds are over", () => {
    const set = aReplicaSet("s");
    set.spec.minReadySeconds = 10;
    const plan = planReplicaSet(set, [aPod("a", { readyAt: "2026-01-01T00:59:55Z" })], now);
    expect(plan.status).toMatchObject({ readyReplicas: 1, availableReplicas: 0 });
    expect(plan.againMs).toBe(5_000);
  });
});

describe("a StatefulSet", () => {
  const pod = (ordinal: number, revision = "new", shape: Parameters<typeof aPod>[1] = {}): Pod =>
    aPod(`db-${ordinal}`, { ...shape, labels: { "controller-revision-hash": revision } });
  const plan = (pods: Pod[], spec = {}, current = "new"): { create: number[]; remove: string[] } => {
    const result = planStatefulSet(aStatefulSet(spec), pods, current, "new", now);
    return { create: result.create.map(({ ordinal }) => ordinal), remove: names(result.remove) };
  };

  test.each([
    ["starts with ordinal 0 alone", [], {}, [0], []],
    ["waits for it to be ready", [pod(0, "new", { ready: false })], {}, [], []],
    ["then starts the next", [pod(0)], {}, [1], []],
    ["starts all at once when Parallel", [], { podManagementPolicy: "Parallel" }, [0, 1, 2], []],
    ["scales down from the highest, one by one", [0, 1, 2].map((n) => pod(n)), { replicas: 1 }, [], ["db-2"]],
    [
      "waits until a leaving pod has gone",
      [pod(0), pod(1), pod(2, "new", { deleting: true })],
      { replicas: 1 },
      [],
      [],
    ],
    ["updates the highest ordinal first", [0, 1, 2].map((n) => pod(n, "old")), {}, [], ["db-2"]],
    ["goes on when the updated one is ready", [pod(0, "old"), pod(1, "old"), pod(2)], {}, [], ["db-1"]],
    [
      "stops when the updated one is not",
      [pod(0, "old"), pod(1, "old"), pod(2, "new", { ready: false })],
      {},
      [],
      [],
    ],
    [
      "leaves ordinals below the partition",
      [pod(0, "old"), pod(1, "old"), pod(2)],
      { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } },
      [],
      [],
    ],
    [
      "leaves updates to the user with OnDelete",
      [0, 1, 2].map((n) => pod(n, "old")),
      { updateStrategy: { type: "OnDelete" } },
      [],
      [],
    ],
    ["removes a failed pod to make it anew", [pod(0, "new", { phase: "Failed" })], {}, [], ["db-0"]],
  ])("%s", (_what, pods, spec, create, remove) => {
    expect(plan(pods, spec)).toEqual({ create, remove });
  });

  test("a lost pod below the partition returns in its old shape", () => {
    const spec = { updateStrategy: { type: "RollingUpdate" as const, rollingUpdate: { partition: 2 } } };
    const result = planStatefulSet(aStatefulSet(spec), [pod(1, "old"), pod(2)], "old", "new", now);
    expect(result.create).toEqual([{ ordinal: 0, revision: "old" }]);
  });

  test("counts and completion", () => {
    const pods = [0, 1, 2].map((n) => pod(n));
    expect(planStatefulSet(aStatefulSet(), pods, "old", "new", now)).toMatchObject({
      completed: true,
      counts: {
        replicas: 3,
        readyReplicas: 3,
        updatedReplicas: 3,
        currentReplicas: 0,
        updateRevision: "new",
      },
    });
  });
});

describe("a Job", () => {
  const done = aPod("done", { phase: "Succeeded" });
  const failed = (name: string, finishedAt = "2026-01-01T00:00:00Z"): Pod =>
    aPod(name, { phase: "Failed", finishedAt });

  test("starts as many pods as it still needs, at most `parallelism`", () => {
    expect(planJob(aJob({ completions: 5, parallelism: 2 }), [], now).create).toBe(2);
    expect(planJob(aJob({ completions: 2, parallelism: 2 }), [done, aPod("b")], now).create).toBe(0);
  });

  test("is complete when enough pods have succeeded", () => {
    expect(planJob(aJob(), [done], now).verdict).toMatchObject({ type: "Complete" });
  });

  test("tries again after a backoff that doubles, and gives up beyond backoffLimit", () => {
    const recent = failed("a", "2026-01-01T00:59:55Z");
    expect(planJob(aJob(), [recent], now)).toMatchObject({ create: 0, againMs: 5_000 });
    expect(planJob(aJob(), [failed("b"), recent], now)).toMatchObject({ create: 0, againMs: 15_000 });
    expect(planJob(aJob(), [failed("a")], now).create).toBe(1);
    expect(planJob(aJob({ backoffLimit: 0 }), [failed("a")], now).verdict).toMatchObject({
      type: "Failed",
      reason: "BackoffLimitExceeded",
    });
  });

  test("fails when it runs past its deadline and stops its pods", () => {
    const job = aJob({ activeDeadlineSeconds: 60 }, { startTime: "2026-01-01T00:58:00Z" });
    const plan = planJob(job, [aPod("a")], now);
    expect(plan.verdict).toMatchObject({ type: "Failed", reason: "DeadlineExceeded" });
    expect(names(plan.remove)).toEqual(["a"]);
  });

  test("a suspended job has no pods", () => {
    expect(names(planJob(aJob({ suspend: true }), [aPod("a")], now).remove)).toEqual(["a"]);
  });

  test("is removed when its time to live is over, and does nothing else once finished", () => {
    const conditions = [
      { type: "Complete", status: "True" as const, lastTransitionTime: "2026-01-01T00:59:00Z" },
    ];
    const finished = (ttl: number): ReturnType<typeof aJob> =>
      aJob({ ttlSecondsAfterFinished: ttl }, { conditions, succeeded: 1 });
    expect(planJob(finished(60), [], now)).toMatchObject({ expire: true, create: 0 });
    expect(planJob(finished(90), [], now)).toMatchObject({ expire: false, againMs: 30_000 });
  });
});

describe("endpoints", () => {
  const pods = [
    aPod("a", { ip: "127.1.0.1" }),
    aPod("b", { ip: "127.1.0.2", ready: false }),
    aPod("c", { ip: "127.1.0.3", deleting: true }),
    aPod("other", { ip: "127.1.0.4", labels: { app: "db" } }),
    aPod("gone", { ip: "127.1.0.5", phase: "Succeeded" }),
  ];

  test("only ready pods that stay are ready addresses", () => {
    expect(endpointsObject(aService(), backendsOf(aService(), pods)).subsets).toMatchObject([
      {
        addresses: [{ ip: "127.1.0.1", nodeName: "sandbox", targetRef: { kind: "Pod", name: "a" } }],
        notReadyAddresses: [{ ip: "127.1.0.2" }, { ip: "127.1.0.3" }],
        ports: [{ name: "http", port: 8080, protocol: "TCP" }],
      },
    ]);
  });

  test("a slice tells ready, serving and terminating apart", () => {
    const [slice] = endpointSlices(aService(), backendsOf(aService(), pods));
    expect((slice?.endpoints as { conditions: unknown }[]).map((endpoint) => endpoint.conditions)).toEqual([
      { ready: true, serving: true, terminating: false },
      { ready: false, serving: false, terminating: false },
      { ready: false, serving: true, terminating: true },
    ]);
  });

  test("a target port by name is looked up in each pod", () => {
    const named = (name: string, ip: string, containerPort: number): Pod => {
      const pod = aPod(name, { ip });
      pod.spec.containers = [{ name: "main", ports: [{ name: "web", containerPort }] }];
      return pod;
    };
    const service = aService({ ports: [{ port: 80, targetPort: "web" }] });
    const backends = backendsOf(service, [named("a", "127.1.0.1", 8080), named("b", "127.1.0.2", 9090)]);
    expect(groupByPorts(backends)).toHaveLength(2);
    expect(backends.map((backend) => backend.ports.get(""))).toEqual([8080, 9090]);
  });
});
