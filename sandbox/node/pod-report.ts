// The status of a pod on this node, from its state and its containers' records. Pure; pod-worker.ts writes it.
import type { ContainerStatus, Pod, PodPhase, PodStatus } from "../workloads/objects.ts";
import type { ContainerRecord } from "./container-state.ts";
import { containerStatus } from "./container-state.ts";
import type { PodDecision } from "./pod-decision.ts";
import type { PodState } from "./pod-state.ts";
import { podStatus } from "./pod-status.ts";

export interface PodStanding {
  state: PodState;
  decision: PodDecision;
  inits: readonly ContainerRecord[];
  /** Names of the init containers that are sidecars. */
  sidecars: ReadonlySet<string>;
  mains: readonly ContainerRecord[];
  podIP: string;
  hostIP: string;
}

function phaseOf(live: Pod, { state, decision }: PodStanding): PodPhase {
  switch (state.at) {
    case "over":
      return state.word.phase;
    case "mounting":
      // Containers that ran under an earlier sandbox and will run again: it stays Running, as when a node restarts.
      return decision.phase === "Running" ? "Running" : "Pending";
    case "stopping":
      // How containers end when they are made to says nothing yet about the pod's outcome.
      return state.then === "remove" ? decision.phase : (live.status?.phase ?? decision.phase);
    case "running":
    case "gone":
    case "halted":
      return decision.phase;
    default:
      return state satisfies never;
  }
}

/** `live` is the pod as the cluster has it now. */
export function reportedStatus(live: Pod, standing: PodStanding, nowMs: number): PodStatus {
  const { state, decision, podIP, hostIP } = standing;
  const uid = live.metadata.uid ?? "";
  const mounting = state.at === "mounting";
  const missing = mounting ? state.missing : undefined;
  const word = state.at === "over" ? state.word : undefined;
  const waitingReason = mounting || decision.initialized ? "ContainerCreating" : "PodInitializing";
  const statuses = (records: readonly ContainerRecord[], kind: "init" | "main"): ContainerStatus[] =>
    records.map((record) => {
      const role = standing.sidecars.has(record.name) ? "sidecar" : kind;
      const status = containerStatus(uid, record, role, waitingReason);
      return missing === undefined || status.state.waiting === undefined
        ? status
        : { ...status, state: { waiting: { reason: "ContainerCreating", message: missing } } };
    });
  return podStatus(
    live,
    {
      phase: phaseOf(live, standing),
      initialized: decision.initialized && !mounting,
      inits: statuses(standing.inits, "init"),
      mains: statuses(standing.mains, "main"),
      podIP,
      hostIP,
      ...(word?.reason !== undefined && { reason: word.reason }),
      ...(word?.message !== undefined && { message: word.message }),
    },
    nowMs,
  );
}
