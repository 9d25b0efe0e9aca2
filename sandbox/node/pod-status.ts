// What a pod's status says, from where its containers stand. Pure.
import { conditionOf, timestamp, withCondition } from "../workloads/meta.ts";
import type { Condition, ContainerStatus, Pod, PodPhase, PodStatus } from "../workloads/objects.ts";

export interface PodFacts {
  phase: PodPhase;
  initialized: boolean;
  inits: ContainerStatus[];
  mains: ContainerStatus[];
  podIP: string | undefined;
  hostIP: string;
  reason?: string;
  message?: string;
}

const listed = (statuses: readonly ContainerStatus[]): string =>
  `[${statuses.map((status) => status.name).join(" ")}]`;

function conditionsFor(pod: Pod, facts: PodFacts, now: string): Condition[] {
  const over = facts.phase === "Succeeded" || facts.phase === "Failed";
  const unready = facts.mains.filter((status) => !status.ready);
  const uninitialized = facts.inits.filter((status) => status.state.terminated?.exitCode !== 0);
  const readiness = (type: string): Condition =>
    facts.phase === "Succeeded"
      ? { type, status: "False", reason: "PodCompleted" }
      : facts.phase === "Failed"
        ? { type, status: "False", reason: "PodFailed" }
        : unready.length > 0 || facts.mains.length === 0
          ? {
              type,
              status: "False",
              reason: "ContainersNotReady",
              message: `containers with unready status: ${listed(unready)}`,
            }
          : { type, status: "True" };
  const initialized: Condition =
    facts.initialized || over
      ? { type: "Initialized", status: "True", ...(over && { reason: "PodCompleted" }) }
      : {
          type: "Initialized",
          status: "False",
          reason: "ContainersNotInitialized",
          message: `containers with incomplete status: ${listed(uninitialized)}`,
        };
  const next: Condition[] = [
    initialized,
    readiness("Ready"),
    readiness("ContainersReady"),
    { type: "PodScheduled", status: "True" },
  ];
  return next.reduce<Condition[]>(
    (conditions, condition) => withCondition(conditions, { ...condition, lastProbeTime: null }, now),
    // A condition that changes loses reason and message of its former state.
    pod.status?.conditions ?? [],
  );
}

/** The status of a pod on this node. */
export function podStatus(pod: Pod, facts: PodFacts, nowMs: number): PodStatus {
  const now = timestamp(nowMs);
  const before = pod.status;
  const { podIP, hostIP } = facts;
  return {
    phase: facts.phase,
    conditions: conditionsFor(pod, facts, now),
    ...(facts.reason !== undefined && { reason: facts.reason }),
    ...(facts.message !== undefined && { message: facts.message }),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(podIP !== undefined && { podIP, podIPs: [{ ip: podIP }] }),
    startTime: before?.startTime ?? now,
    ...(facts.inits.length > 0 && { initContainerStatuses: facts.inits }),
    containerStatuses: facts.mains,
    ...(before?.qosClass !== undefined && { qosClass: before.qosClass }),
  };
}

/** The status of a pod that no node can take. */
export function unschedulable(pod: Pod, message: string, nowMs: number): PodStatus {
  const before = conditionOf(pod.status?.conditions, "PodScheduled");
  const condition: Condition = {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    message,
    lastProbeTime: null,
  };
  const now = timestamp(nowMs);
  const conditions = withCondition(before === undefined ? [] : [before], condition, now);
  return {
    phase: "Pending",
    conditions,
    ...(pod.status?.qosClass !== undefined && { qosClass: pod.status.qosClass }),
  };
}
