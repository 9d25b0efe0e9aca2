// Which containers of a pod are started next, and what phase the pod is in. Decisions only: no clock, no process.
import type { PodPhase, PodSpec } from "../workloads/objects.ts";

/** Where one container stands. */
export type ContainerPlace =
  | { at: "waiting" }
  /** Being prepared or started. */
  | { at: "starting" }
  | { at: "running"; started: boolean }
  | { at: "ended"; exitCode: number };

export interface ContainerView {
  name: string;
  place: ContainerPlace;
  /** It has run before: a pod of restarting containers is Running, one of never started ones Pending. */
  ranBefore: boolean;
  /** An init container that runs on beside the others (Kubernetes docs: "Sidecar Containers"). */
  sidecar?: boolean;
}

export interface PodDecision {
  /** Containers to (re)start now, as far as their backoff allows. */
  start: string[];
  initialized: boolean;
  phase: PodPhase;
}

type RestartPolicy = NonNullable<PodSpec["restartPolicy"]>;

const restarts = (policy: RestartPolicy, exitCode: number): boolean =>
  policy === "Always" || (policy === "OnFailure" && exitCode !== 0);

/** An init container has succeeded, or is a sidecar that has started. */
const passed = ({ place, sidecar }: ContainerView): boolean =>
  sidecar === true ? place.at === "running" && place.started : place.at === "ended" && place.exitCode === 0;

/** Sidecars are started again however they ended. */
const fallen = (inits: readonly ContainerView[]): string[] =>
  inits
    .filter(({ place, sidecar }) => sidecar === true && (place.at === "ended" || place.at === "waiting"))
    .map(({ name }) => name);

/**
 * Init containers run one after the other to success; then all others run side by side. The pod is over when they are:
 * sidecars do not count.
 */
export function decide(
  policy: RestartPolicy,
  inits: readonly ContainerView[],
  mains: readonly ContainerView[],
): PodDecision {
  // Once the others run, a sidecar that falls does not hold them up.
  const begun = mains.some(({ place, ranBefore }) => place.at !== "waiting" || ranBefore);
  const pending = begun ? undefined : inits.find((init) => !passed(init));
  if (pending !== undefined) {
    const { place, sidecar } = pending;
    if (place.at === "ended" && policy === "Never" && sidecar !== true)
      return { start: [], initialized: false, phase: "Failed" };
    const next = place.at === "waiting" || place.at === "ended" ? [pending.name] : [];
    const again = fallen(inits.slice(0, inits.indexOf(pending)));
    return { start: [...again, ...next], initialized: false, phase: "Pending" };
  }
  const over = mains.every(({ place }) => place.at === "ended" && !restarts(policy, place.exitCode));
  if (over) {
    const failed = mains.some(({ place }) => place.at === "ended" && place.exitCode !== 0);
    return { start: [], initialized: true, phase: failed ? "Failed" : "Succeeded" };
  }
  const start = mains
    .filter(
      ({ place }) => place.at === "waiting" || (place.at === "ended" && restarts(policy, place.exitCode)),
    )
    .map(({ name }) => name);
  const neverRan = mains.some(
    ({ place, ranBefore }) => (place.at === "waiting" || place.at === "starting") && !ranBefore,
  );
  return { start: [...fallen(inits), ...start], initialized: true, phase: neverRan ? "Pending" : "Running" };
}

export interface BackoffNumbers {
  firstMs: number;
  longestMs: number;
}

/** As the kubelet has it: 10 s, doubled for each restart, five minutes at most. */
export const kubeletBackoff: BackoffNumbers = { firstMs: 10_000, longestMs: 300_000 };

/**
 * How long a container waits after its n-th end in a row before it is started again: the first restart is immediate.
 * Whoever has run longer than twice the longest backoff begins anew.
 */
export const backoffMs = (endsInARow: number, { firstMs, longestMs }: BackoffNumbers): number =>
  endsInARow <= 1 ? 0 : Math.min(firstMs * 2 ** (endsInARow - 2), longestMs);
