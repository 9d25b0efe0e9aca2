// Where one container of a pod stands, and how that reads as a `ContainerStatus`. Pure; what starts and stops the
// process is container.ts.
import { timestamp } from "../workloads/meta.ts";
import type { ContainerState, ContainerStateTerminated, ContainerStatus } from "../workloads/objects.ts";
import type { BackoffNumbers, ContainerView } from "./pod-decision.ts";
import { backoffMs } from "./pod-decision.ts";
import type { ProcessExit } from "./processes.ts";
import { signalNumber } from "./processes.ts";

export type ContainerStanding =
  /** Not its turn yet, or about to be started. */
  | { at: "waiting" }
  /** Something it needs is missing; tried again when the world changes. */
  | { at: "blocked"; reason: string; message: string }
  /** It ended and has to wait before its next run. */
  | { at: "backoff"; untilMs: number; message: string }
  | { at: "starting" }
  | { at: "running"; startedAtMs: number; started: boolean; ready: boolean }
  | { at: "ended"; end: ContainerStateTerminated };

/** What is known of a container over all its runs. */
export interface ContainerRecord {
  name: string;
  image: string;
  standing: ContainerStanding;
  /** Starts after the first; also the number of the present run's log. */
  restarts: number;
  /** How the run before the present one ended. */
  last?: ContainerStateTerminated;
  /** Ends that followed each other closely: the measure of the backoff. */
  endsInARow: number;
}

export const freshRecord = (name: string, image: string): ContainerRecord => ({
  name,
  image,
  standing: { at: "waiting" },
  restarts: 0,
  endsInARow: 0,
});

const lostWithSandbox = "The sandbox stopped while the container was running";

/**
 * The record of a container that an earlier sandbox ran. What was running then has ended with that sandbox; what had
 * ended stays ended, so that a finished init container is not run twice.
 */
export function recordFromStatus(
  name: string,
  image: string,
  status: ContainerStatus | undefined,
  nowMs: number,
): ContainerRecord {
  const record = freshRecord(name, image);
  if (status === undefined) return record;
  const last = status.lastState.terminated;
  const kept = { ...record, restarts: status.restartCount, ...(last && { last }) };
  const { running, terminated } = status.state;
  if (terminated) return { ...kept, standing: { at: "ended", end: terminated } };
  if (running === undefined) return kept;
  const end: ContainerStateTerminated = {
    exitCode: 137,
    reason: "ContainerStatusUnknown",
    message: lostWithSandbox,
    startedAt: running.startedAt,
    finishedAt: timestamp(nowMs),
    ...(status.containerID !== undefined && { containerID: status.containerID }),
  };
  return { ...kept, standing: { at: "ended", end } };
}

/** The view of a container on which the pod's next steps are decided. */
export function viewOf({ name, standing, last, restarts }: ContainerRecord): ContainerView {
  const ranBefore = last !== undefined || restarts > 0 || standing.at === "ended";
  switch (standing.at) {
    case "waiting":
    case "blocked":
    case "backoff":
      return { name, place: { at: "waiting" }, ranBefore };
    case "starting":
      return { name, place: { at: "starting" }, ranBefore };
    case "running":
      return { name, place: { at: "running", started: standing.started }, ranBefore };
    case "ended":
      return { name, place: { at: "ended", exitCode: standing.end.exitCode }, ranBefore };
    default:
      return standing satisfies never;
  }
}

/** How a run ended, as the API tells it. */
export const terminated = (
  exit: ProcessExit,
  startedAtMs: number,
  nowMs: number,
  containerID: string,
  message?: string,
): ContainerStateTerminated => ({
  exitCode: exit.exitCode,
  ...(exit.signal !== undefined && { signal: signalNumber(exit.signal) }),
  reason: exit.exitCode === 0 ? "Completed" : "Error",
  ...(message !== undefined && { message }),
  startedAt: timestamp(startedAtMs),
  finishedAt: timestamp(nowMs),
  containerID,
});

/** The record after a run has ended; one that ran long enough begins the count anew. */
export function afterEnd(
  record: ContainerRecord,
  end: ContainerStateTerminated,
  ranMs: number,
  backoff: BackoffNumbers,
): ContainerRecord {
  const endsInARow = ranMs > 2 * backoff.longestMs ? 1 : record.endsInARow + 1;
  return { ...record, standing: { at: "ended", end }, endsInARow };
}

/** The record of a container that is to run again: waiting for its turn, or for its backoff first. */
export function beforeRestart(
  record: ContainerRecord,
  podName: string,
  nowMs: number,
  backoff: BackoffNumbers,
): ContainerRecord {
  const { standing } = record;
  if (standing.at !== "ended") return record;
  const next = { ...record, last: standing.end, restarts: record.restarts + 1 };
  const wait = backoffMs(record.endsInARow, backoff);
  if (wait === 0) return { ...next, standing: { at: "waiting" } };
  const message = `back-off ${wait / 1000}s restarting failed container=${record.name} pod=${podName}`;
  // The restart is counted when it happens: until then this is still the old run.
  return { ...record, standing: { at: "backoff", untilMs: nowMs + wait, message }, last: standing.end };
}

/** The record of a container whose backoff is over. */
export const afterBackoff = (record: ContainerRecord): ContainerRecord => ({
  ...record,
  standing: { at: "waiting" },
  restarts: record.restarts + 1,
});

/** `uid` is the pod's. */
export const containerId = (uid: string, { name, restarts }: ContainerRecord): string =>
  `sandbox://${uid}/${name}/${restarts}`;

function stateOf(standing: ContainerStanding, waitingReason: string): ContainerState {
  switch (standing.at) {
    case "waiting":
    case "starting":
      return { waiting: { reason: waitingReason } };
    case "blocked":
      return { waiting: { reason: standing.reason, message: standing.message } };
    case "backoff":
      return { waiting: { reason: "CrashLoopBackOff", message: standing.message } };
    case "running":
      return { running: { startedAt: timestamp(standing.startedAtMs) } };
    case "ended":
      return { terminated: standing.end };
    default:
      return standing satisfies never;
  }
}

/** `waitingReason` is shown for a container that has simply not been started. */
export function containerStatus(
  uid: string,
  record: ContainerRecord,
  kind: "init" | "sidecar" | "main",
  waitingReason: string,
): ContainerStatus {
  const { standing, last, restarts } = record;
  const running = standing.at === "running";
  const ready =
    kind !== "init" ? running && standing.ready : standing.at === "ended" && standing.end.exitCode === 0;
  const ran = running || standing.at === "ended";
  return {
    name: record.name,
    image: record.image,
    imageID: ran ? record.image : "",
    ...(ran && { containerID: containerId(uid, record) }),
    ready,
    started: running && standing.started,
    restartCount: restarts,
    state: stateOf(standing, waitingReason),
    lastState: last === undefined ? {} : { terminated: last },
  };
}
