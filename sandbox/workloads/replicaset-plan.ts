// What a ReplicaSet needs now: how many pods to make, which to lose, what its status says. Decisions only.
import { isActive, isAvailable, isReady, nextAvailability, pickVictims } from "./pods.ts";
import { selects } from "./meta.ts";
import type { Pod, ReplicaSet } from "./objects.ts";

export interface ReplicaSetPlan {
  create: number;
  remove: Pod[];
  status: NonNullable<ReplicaSet["status"]>;
  /** When minReadySeconds of some pod will be over. */
  againMs?: number;
}

/** `pods` are those the ReplicaSet owns. */
export function planReplicaSet(set: ReplicaSet, pods: readonly Pod[], nowMs: number): ReplicaSetPlan {
  const active = pods.filter(isActive);
  const wanted = set.spec.replicas ?? 1;
  const leaving = set.metadata.deletionTimestamp !== undefined;
  const ready = active.filter(isReady);
  const againMs = nextAvailability(ready, set.spec.minReadySeconds, nowMs);
  return {
    create: leaving ? 0 : Math.max(0, wanted - active.length),
    remove: leaving ? [] : pickVictims(active, active.length - wanted),
    status: {
      replicas: active.length,
      fullyLabeledReplicas: active.filter((pod) =>
        selects({ matchLabels: set.spec.template.metadata?.labels ?? {} }, pod.metadata.labels),
      ).length,
      readyReplicas: ready.length,
      availableReplicas: ready.filter((pod) => isAvailable(pod, set.spec.minReadySeconds, nowMs)).length,
      observedGeneration: set.metadata.generation ?? 0,
    },
    ...(againMs !== undefined && { againMs }),
  };
}
