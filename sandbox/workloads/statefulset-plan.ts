// What a StatefulSet needs now: the next pods to create or delete, in order, and its counts. Decisions only.
import { isAvailable, isFinished, isReady, nextAvailability } from "./pods.ts";
import type { Pod, StatefulSet, StatefulSetStatus } from "./objects.ts";

export const revisionLabel = "controller-revision-hash";
export const podNameLabel = "statefulset.kubernetes.io/pod-name";
export const podIndexLabel = "apps.kubernetes.io/pod-index";

export interface StatefulSetPlan {
  create: { ordinal: number; revision: string }[];
  remove: Pod[];
  counts: StatefulSetStatus;
  /** Every pod of the set runs the update revision: it becomes the current one. */
  completed: boolean;
  againMs?: number;
}

/** The ordinal in `name-3`, or undefined for another name. */
export function ordinalOf(setName: string, podName: string): number | undefined {
  const digits = podName.startsWith(`${setName}-`) ? podName.slice(setName.length + 1) : "";
  return /^(0|[1-9]\d*)$/.test(digits) ? Number(digits) : undefined;
}

const revisionOf = (pod: Pod): string | undefined => pod.metadata.labels?.[revisionLabel];
const isLeaving = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

/** `pods` are those the set owns; `current` and `update` are revision names, equal when no rollout is on. */
export function planStatefulSet(
  set: StatefulSet,
  pods: readonly Pod[],
  current: string,
  update: string,
  nowMs: number,
): StatefulSetPlan {
  const replicas = set.spec.replicas ?? 1;
  const start = set.spec.ordinals?.start ?? 0;
  const byOrdinal = new Map<number, Pod>();
  for (const pod of pods) {
    const ordinal = ordinalOf(set.metadata.name, pod.metadata.name);
    if (ordinal !== undefined) byOrdinal.set(ordinal, pod);
  }
  const wanted = Array.from({ length: replicas }, (_, index) => start + index);
  const surplus = [...byOrdinal.keys()]
    .filter((ordinal) => !wanted.includes(ordinal))
    .sort((a, b) => b - a)
    .map((ordinal) => byOrdinal.get(ordinal) as Pod);
  const healthy = (pod: Pod): boolean => !isLeaving(pod) && isAvailable(pod, set.spec.minReadySeconds, nowMs);
  const counts = countsOf(set, pods, current, update, nowMs);
  const completed =
    counts.updatedReplicas === counts.replicas &&
    counts.replicas === replicas &&
    counts.readyReplicas === replicas;
  const againMs = nextAvailability(pods, set.spec.minReadySeconds, nowMs);
  const plan: StatefulSetPlan = {
    create: [],
    remove: [],
    counts,
    completed,
    ...(againMs !== undefined && { againMs }),
  };
  if (set.metadata.deletionTimestamp !== undefined) return plan;

  const oneByOne = set.spec.podManagementPolicy !== "Parallel";
  const partition = start + (set.spec.updateStrategy?.rollingUpdate?.partition ?? 0);
  for (const ordinal of wanted) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) {
      // Below the partition, and during a rollout not yet there, a lost pod returns in its old shape.
      plan.create.push({ ordinal, revision: ordinal < partition ? current : update });
    } else if (isFinished(pod) && !isLeaving(pod)) {
      plan.remove.push(pod);
    }
    if (oneByOne && (pod === undefined || !healthy(pod))) return plan;
  }
  const next = surplus.filter((pod) => !isLeaving(pod));
  if (oneByOne && surplus.length > 0) {
    // From the highest down, and only when the one before is really gone.
    if (next.length === surplus.length) plan.remove.push(...next.slice(0, 1));
    return plan;
  }
  plan.remove.push(...next);
  if (set.spec.updateStrategy?.type !== "OnDelete") plan.remove.push(...nextToUpdate(wanted));
  return plan;

  /** The highest pod of an old revision, once all above it are healthy. */
  function nextToUpdate(ordinals: readonly number[]): Pod[] {
    for (const ordinal of ordinals.toReversed()) {
      if (ordinal < partition) return [];
      const pod = byOrdinal.get(ordinal);
      if (pod === undefined || isLeaving(pod)) return [];
      if (revisionOf(pod) !== update) return [pod];
      if (!healthy(pod)) return [];
    }
    return [];
  }
}

function countsOf(
  set: StatefulSet,
  pods: readonly Pod[],
  current: string,
  update: string,
  nowMs: number,
): StatefulSetStatus {
  const standing = pods.filter((pod) => !isFinished(pod));
  const ofRevision = (revision: string): number =>
    standing.filter((pod) => !isLeaving(pod) && revisionOf(pod) === revision).length;
  const ready = standing.filter(isReady);
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: standing.length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter((pod) => isAvailable(pod, set.spec.minReadySeconds, nowMs)).length,
    currentReplicas: ofRevision(current),
    updatedReplicas: ofRevision(update),
    currentRevision: current,
    updateRevision: update,
    collisionCount: 0,
  };
}
