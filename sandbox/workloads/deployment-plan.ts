// What a Deployment needs now: which ReplicaSet is the new one, how far each is scaled, which old ones may go.
// The arithmetic is that of Kubernetes' deployment controller (pkg/controller/deployment/rolling.go). Decisions only.
import { canonical } from "./meta.ts";
import type { Deployment, IntOrString, PodTemplateSpec, ReplicaSet } from "./objects.ts";

export const hashLabel = "pod-template-hash";
export const revisionAnnotation = "deployment.kubernetes.io/revision";

export interface Scaling {
  set: ReplicaSet;
  to: number;
}

export interface DeploymentPlan {
  /** The ReplicaSet of the current template is missing: make it with this many replicas. */
  create?: number;
  scale: Scaling[];
  /** Old, empty and beyond the history limit. */
  prune: ReplicaSet[];
}

const bareTemplate = (template: PodTemplateSpec): string => {
  const { [hashLabel]: _hash, ...labels } = template.metadata?.labels ?? {};
  return canonical({ labels, annotations: template.metadata?.annotations ?? {}, spec: template.spec });
};

/** Whether both templates make the same pods. */
export const sameTemplate = (a: PodTemplateSpec, b: PodTemplateSpec): boolean =>
  bareTemplate(a) === bareTemplate(b);

const replicasOf = (set: ReplicaSet): number => set.spec.replicas ?? 1;
const availableOf = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0;
const sum = (sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number): number =>
  sets.reduce((total, set) => total + of(set), 0);

const byAge = (a: ReplicaSet, b: ReplicaSet): number =>
  revisionOf(a) - revisionOf(b) ||
  ((a.metadata.creationTimestamp ?? "") < (b.metadata.creationTimestamp ?? "") ? -1 : 1);

export const revisionOf = (object: { metadata: { annotations?: Record<string, string> } }): number =>
  Number(object.metadata.annotations?.[revisionAnnotation] ?? 0);

/** The ReplicaSet of the deployment's present template. */
export const newReplicaSet = (deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined =>
  sets.toSorted(byAge).find((set) => sameTemplate(set.spec.template, deployment.spec.template));

/** A number of pods, given as number or percentage of `replicas`. */
export function scaledValue(value: IntOrString, replicas: number, round: (n: number) => number): number {
  if (typeof value === "number") return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  return percent === undefined ? Number(value) || 0 : round((Number(percent) * replicas) / 100);
}

/** How many pods a rolling update may add and take away. */
export function rollingLimits(deployment: Deployment): { maxSurge: number; maxUnavailable: number } {
  const replicas = deployment.spec.replicas ?? 1;
  if (deployment.spec.strategy?.type === "Recreate") return { maxSurge: 0, maxUnavailable: 0 };
  const rolling = deployment.spec.strategy?.rollingUpdate;
  const maxSurge = scaledValue(rolling?.maxSurge ?? "25%", replicas, Math.ceil);
  const maxUnavailable = scaledValue(rolling?.maxUnavailable ?? "25%", replicas, Math.floor);
  // Both nothing (after rounding) would never make progress.
  return { maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable };
}

/**
 * The next step of the rollout; each step's effect shows in the ReplicaSets and leads to the next call.
 * `oldPods` counts pods (also terminating ones) of old ReplicaSets, for `Recreate`.
 */
export function planDeployment(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  oldPods: number,
): DeploymentPlan {
  const current = newReplicaSet(deployment, sets);
  const old = sets.filter((set) => set !== current).toSorted(byAge);
  const idle: DeploymentPlan = { scale: [], prune: [] };
  if (deployment.metadata.deletionTimestamp !== undefined) return idle;
  if (deployment.spec.paused === true) return { ...idle, scale: scalePaused(deployment, sets) };
  const plan =
    deployment.spec.strategy?.type === "Recreate"
      ? recreate(deployment, current, old, oldPods)
      : roll(deployment, current, old);
  return { ...idle, ...plan, prune: prunable(deployment, old) };
}

/** A paused deployment follows `replicas` with what runs, but rolls nothing out. */
function scalePaused(deployment: Deployment, sets: readonly ReplicaSet[]): Scaling[] {
  const running = sets.filter((set) => replicasOf(set) > 0);
  const only = running.length === 1 ? running[0] : undefined;
  const to = deployment.spec.replicas ?? 1;
  return only !== undefined && replicasOf(only) !== to ? [{ set: only, to }] : [];
}

function recreate(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
  oldPods: number,
): Partial<DeploymentPlan> {
  const wanted = deployment.spec.replicas ?? 1;
  const running = old.filter((set) => replicasOf(set) > 0);
  if (running.length > 0) return { scale: running.map((set) => ({ set, to: 0 })) };
  if (oldPods > 0) return {};
  if (current === undefined) return { create: wanted };
  return { scale: replicasOf(current) === wanted ? [] : [{ set: current, to: wanted }] };
}

function roll(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): Partial<DeploymentPlan> {
  const wanted = deployment.spec.replicas ?? 1;
  const { maxSurge } = rollingLimits(deployment);
  const total = sum(old, replicasOf) + (current === undefined ? 0 : replicasOf(current));
  const room = Math.max(0, wanted + maxSurge - total);
  if (current === undefined) return { create: Math.min(room, wanted) };
  const now = replicasOf(current);
  const to = now > wanted ? wanted : Math.min(wanted, now + room);
  if (to !== now) return { scale: [{ set: current, to }] };
  return { scale: scaleDownOld(deployment, current, old) };
}

/** Unhealthy old pods go first, then as many healthy ones as the minimum of available pods allows. */
function scaleDownOld(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): Scaling[] {
  const wanted = deployment.spec.replicas ?? 1;
  const minAvailable = wanted - rollingLimits(deployment).maxUnavailable;
  const newUnavailable = replicasOf(current) - availableOf(current);
  let mayGo = sum(old, replicasOf) + replicasOf(current) - minAvailable - newUnavailable;
  const left = new Map(old.map((set) => [set, replicasOf(set)]));
  for (const set of old) {
    const unhealthy = Math.min(Math.max(mayGo, 0), replicasOf(set) - availableOf(set));
    left.set(set, replicasOf(set) - Math.max(unhealthy, 0));
    mayGo -= Math.max(unhealthy, 0);
  }
  let spare = Math.min(sum(old, availableOf) + availableOf(current) - minAvailable, mayGo);
  for (const set of old) {
    const healthy = Math.min(Math.max(spare, 0), left.get(set) ?? 0);
    left.set(set, (left.get(set) ?? 0) - healthy);
    spare -= healthy;
  }
  return old.map((set) => ({ set, to: left.get(set) ?? 0 })).filter(({ set, to }) => to !== replicasOf(set));
}

function prunable(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet[] {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  const empty = old.filter(
    (set) =>
      replicasOf(set) === 0 &&
      (set.status?.replicas ?? 0) === 0 &&
      (set.status?.observedGeneration ?? 0) >= (set.metadata.generation ?? 0) &&
      set.metadata.deletionTimestamp === undefined,
  );
  return empty.slice(0, Math.max(0, old.length - limit));
}
