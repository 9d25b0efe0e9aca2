// What a Deployment's status says: counts and the conditions Available and Progressing, worded as kubectl knows them.
import { conditionOf, timestamp, withCondition } from "./meta.ts";
import type { Condition, Deployment, DeploymentStatus, ReplicaSet } from "./objects.ts";
import { newReplicaSet, rollingLimits } from "./deployment-plan.ts";

const sum = (sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number | undefined): number =>
  sets.reduce((total, set) => total + (of(set) ?? 0), 0);

/** The status for what stands, and when to look again for the progress deadline. */
export function deploymentStatus(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  nowMs: number,
): { status: DeploymentStatus; againMs?: number } {
  const before = deployment.status ?? {};
  const current = newReplicaSet(deployment, sets);
  const available = sum(sets, (set) => set.status?.availableReplicas);
  const counts = {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum(sets, (set) => set.status?.replicas),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum(sets, (set) => set.status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum(sets, (set) => set.spec.replicas ?? 1) - available),
    ...(before.collisionCount !== undefined && { collisionCount: before.collisionCount }),
  };
  const now = timestamp(nowMs);
  const progress = progressing(deployment, current, counts, nowMs);
  let conditions = stamped(before.conditions ?? [], availability(deployment, available), now);
  if (progress.condition) conditions = stamped(conditions, progress.condition, now);
  return {
    status: { ...counts, conditions },
    ...(progress.againMs !== undefined && { againMs: progress.againMs }),
  };
}

/** `lastUpdateTime` moves with the reason, or when the condition brings one of its own. */
function stamped(conditions: readonly Condition[], next: Condition, now: string): Condition[] {
  const before = conditionOf(conditions, next.type);
  const unchanged = before?.status === next.status && before.reason === next.reason;
  const lastUpdateTime = next.lastUpdateTime ?? (unchanged ? (before.lastUpdateTime ?? now) : now);
  return withCondition(conditions, { ...next, lastUpdateTime }, now);
}

function availability(deployment: Deployment, available: number): Condition {
  const enough = available >= (deployment.spec.replicas ?? 1) - rollingLimits(deployment).maxUnavailable;
  return enough
    ? {
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
}

const isComplete = (deployment: Deployment, counts: DeploymentStatus): boolean => {
  const wanted = deployment.spec.replicas ?? 1;
  return (
    counts.updatedReplicas === wanted && counts.replicas === wanted && counts.availableReplicas === wanted
  );
};

function madeProgress(before: DeploymentStatus, now: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus): number => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (now.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(now) < old(before) ||
    (now.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (now.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function progressing(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  counts: DeploymentStatus,
  nowMs: number,
): { condition?: Condition; againMs?: number } {
  const before = conditionOf(deployment.status?.conditions, "Progressing");
  const deadlineMs = (deployment.spec.progressDeadlineSeconds ?? 600) * 1000;
  const named = `ReplicaSet "${current?.metadata.name ?? deployment.metadata.name}"`;
  const say = (status: "True" | "False" | "Unknown", reason: string, message: string): Condition => ({
    type: "Progressing",
    status,
    reason,
    message,
  });
  if (deployment.spec.paused === true) {
    return { condition: say("Unknown", "DeploymentPaused", "Deployment is paused") };
  }
  if (current === undefined) return {};
  if (isComplete(deployment, counts)) {
    return { condition: say("True", "NewReplicaSetAvailable", `${named} has successfully progressed.`) };
  }
  // A finished rollout that loses a pod later is unavailable, not unfinished.
  const settled = before?.reason === "NewReplicaSetAvailable" && counts.replicas === counts.updatedReplicas;
  if (settled) return {};
  if (
    before === undefined ||
    before.reason === "DeploymentPaused" ||
    madeProgress(deployment.status ?? {}, counts)
  ) {
    const reason = before === undefined ? "NewReplicaSetCreated" : "ReplicaSetUpdated";
    const message =
      before === undefined
        ? `Created new replica set "${current.metadata.name}"`
        : `${named} is progressing.`;
    return {
      condition: { ...say("True", reason, message), lastUpdateTime: timestamp(nowMs) },
      againMs: deadlineMs,
    };
  }
  if (before.reason === "NewReplicaSetAvailable") {
    // A new rollout begins: its clock starts now.
    return {
      condition: {
        ...say("True", "ReplicaSetUpdated", `${named} is progressing.`),
        lastUpdateTime: timestamp(nowMs),
      },
      againMs: deadlineMs,
    };
  }
  const left = Date.parse(before.lastUpdateTime ?? "") + deadlineMs - nowMs;
  if (left > 0) return { againMs: left };
  return { condition: say("False", "ProgressDeadlineExceeded", `${named} has timed out progressing.`) };
}
