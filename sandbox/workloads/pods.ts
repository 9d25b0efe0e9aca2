// Questions about pods that several controllers ask, and how a pod is made from a template.
import type { KubeObject, ObjectMeta } from "../cluster.ts";
import { conditionOf, isOwnedBy, ownedBy } from "./meta.ts";
import type { Pod, PodTemplateSpec } from "./objects.ts";

/** Neither finished nor being deleted. */
export const isActive = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined && !isFinished(pod);

export const isFinished = (pod: Pod): boolean =>
  pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

export const isReady = (pod: Pod): boolean => conditionOf(pod.status?.conditions, "Ready")?.status === "True";

/** When the pod counts as available: milliseconds since the epoch, or undefined while it is not ready. */
export function availableAt(pod: Pod, minReadySeconds = 0): number | undefined {
  const ready = conditionOf(pod.status?.conditions, "Ready");
  if (ready?.status !== "True") return undefined;
  if (minReadySeconds === 0) return 0;
  return Date.parse(ready.lastTransitionTime ?? "") + minReadySeconds * 1000;
}

export const isAvailable = (pod: Pod, minReadySeconds: number | undefined, nowMs: number): boolean =>
  (availableAt(pod, minReadySeconds) ?? Infinity) <= nowMs;

/** The soonest moment a ready pod becomes available, as milliseconds from now. */
export function nextAvailability(
  pods: readonly Pod[],
  minReadySeconds: number | undefined,
  nowMs: number,
): number | undefined {
  const waits = pods
    .map((pod) => (availableAt(pod, minReadySeconds) ?? Infinity) - nowMs)
    .filter((wait) => wait > 0 && wait !== Infinity);
  return waits.length === 0 ? undefined : Math.min(...waits);
}

export const ownedPods = (owner: KubeObject, pods: readonly KubeObject[]): Pod[] =>
  pods.filter((pod) => isOwnedBy(pod, owner)) as Pod[];

/** A pod as `owner` creates it from its template; `meta` names it. */
export function podFromTemplate(
  owner: KubeObject,
  template: PodTemplateSpec,
  meta: Pick<ObjectMeta, "name" | "generateName" | "labels" | "annotations">,
): Pod {
  const annotations = { ...template.metadata?.annotations, ...meta.annotations };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...meta,
      ...(owner.metadata.namespace !== undefined && { namespace: owner.metadata.namespace }),
      labels: { ...template.metadata?.labels, ...meta.labels },
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ...(template.metadata?.finalizers && { finalizers: template.metadata.finalizers }),
      ownerReferences: [ownedBy(owner)],
    },
    spec: structuredClone(template.spec),
  };
}

/**
 * Which `count` pods to lose first, as Kubernetes' ReplicaSet controller chooses: unassigned, pending, not ready,
 * most restarts, then the youngest.
 */
export function pickVictims(pods: readonly Pod[], count: number): Pod[] {
  const rank = (pod: Pod): number[] => [
    pod.spec.nodeName === undefined ? 0 : 1,
    ["Pending", "Unknown"].includes(pod.status?.phase ?? "Pending") ? 0 : 1,
    isReady(pod) ? 1 : 0,
    -Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount)),
  ];
  return pods
    .toSorted((a, b) => {
      const [left, right] = [rank(a), rank(b)];
      const differing = left.findIndex((value, index) => value !== right[index]);
      if (differing >= 0) return (left[differing] ?? 0) - (right[differing] ?? 0);
      return (b.metadata.creationTimestamp ?? "") < (a.metadata.creationTimestamp ?? "") ? -1 : 1;
    })
    .slice(0, Math.max(0, count));
}
