// A pod's row: what state it is in, told in one word as kubectl tells it.
import type { KubeObject } from "../cluster.ts";
import { ago, humanDuration } from "./duration.ts";
import type { Loose } from "./table-builtins.ts";

interface Tally {
  reason: string;
  ready: number;
  restarts: number;
  lastRestart: number;
}

const finishedReason = (terminated: Loose): string =>
  terminated.reason ||
  (terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`);

const noteRestart = (tally: Tally, status: Loose): void => {
  tally.restarts += status.restartCount ?? 0;
  const finished = Date.parse(status.lastState?.terminated?.finishedAt ?? "");
  if (!Number.isNaN(finished)) tally.lastRestart = Math.max(tally.lastRestart, finished);
};

/** Looks at init containers; true when the pod is still at them. */
const initialising = (pod: Loose, tally: Tally): boolean => {
  const statuses = (pod.status?.initContainerStatuses ?? []) as Loose[];
  const all = (pod.spec?.initContainers ?? []) as Loose[];
  const sidecar = (status: Loose): boolean =>
    all.find((c) => c.name === status.name)?.restartPolicy === "Always";
  for (const [index, status] of statuses.entries()) {
    noteRestart(tally, status);
    const { terminated, waiting } = status.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecar(status) && status.started === true) {
      if (status.ready === true) tally.ready++;
      continue;
    }
    if (terminated) tally.reason = `Init:${finishedReason(terminated)}`;
    else if (waiting?.reason && waiting.reason !== "PodInitializing") tally.reason = `Init:${waiting.reason}`;
    else tally.reason = `Init:${index}/${all.length}`;
    return true;
  }
  return false;
};

const running = (pod: Loose, tally: Tally): void => {
  let hasRunning = false;
  const statuses = [...((pod.status?.containerStatuses ?? []) as Loose[])].reverse();
  for (const status of statuses) {
    noteRestart(tally, status);
    const { waiting, terminated, running: runs } = status.state ?? {};
    if (waiting?.reason) tally.reason = waiting.reason;
    else if (terminated) tally.reason = finishedReason(terminated);
    else if (status.ready === true && runs) {
      hasRunning = true;
      tally.ready++;
    }
  }
  if (tally.reason === "Completed" && hasRunning) {
    const ready = (pod.status?.conditions ?? []).some(
      (c: Loose) => c.type === "Ready" && c.status === "True",
    );
    tally.reason = ready ? "Running" : "NotReady";
  }
};

/** Cells of a pod's row. */
export const podCells = (pod: KubeObject, at: number): unknown[] => {
  const { spec = {}, status = {} } = pod as Loose;
  const tally: Tally = {
    reason: status.reason || status.phase || "Unknown",
    ready: 0,
    restarts: 0,
    lastRestart: 0,
  };
  const gated = (status.conditions ?? []).some(
    (c: Loose) => c.type === "PodScheduled" && c.reason === "SchedulingGated",
  );
  if (gated) tally.reason = "SchedulingGated";
  if (!initialising(pod, tally)) running(pod, tally);
  if (pod.metadata.deletionTimestamp !== undefined) tally.reason = "Terminating";
  const sidecars = (spec.initContainers ?? []).filter((c: Loose) => c.restartPolicy === "Always").length;
  const restarts =
    tally.restarts > 0 && tally.lastRestart > 0
      ? `${tally.restarts} (${humanDuration(at - tally.lastRestart)} ago)`
      : String(tally.restarts);
  const gates = (spec.readinessGates ?? []) as Loose[];
  const open = gates.filter((gate) =>
    (status.conditions ?? []).some((c: Loose) => c.type === gate.conditionType && c.status === "True"),
  ).length;
  return [
    pod.metadata.name,
    `${tally.ready}/${(spec.containers ?? []).length + sidecars}`,
    tally.reason,
    restarts,
    ago(pod.metadata.creationTimestamp, at),
    status.podIP || "<none>",
    spec.nodeName || "<none>",
    status.nominatedNodeName || "<none>",
    gates.length === 0 ? "<none>" : `${open}/${gates.length}`,
  ];
};
