// Where a pod stands on this node, as one value and one transition function. What is done in each state is
// pod-worker.ts; which of its containers run is pod-decision.ts.
//
//   mounting --mounted--> running --finished--> over
//      |  ^missing            |                   |
//      |                      | overdue           | deleted
//      | deleted              v                   v
//      +----------------> stopping --stopped--> gone      (or over, when it was its deadline that stopped it)
//
// `vanished` (the object is gone: nothing to report to) and `halt` (the sandbox stops: the object stays as it is, so
// that the next start finds it) end every other state.
import type { Pod, PodPhase } from "../workloads/objects.ts";

export interface FinalWord {
  phase: Extract<PodPhase, "Succeeded" | "Failed">;
  reason?: string;
  message?: string;
}

export type PodState =
  /** Volumes are made ready; `missing` says what has to appear first. */
  | { at: "mounting"; missing?: string }
  | { at: "running" }
  /** Containers are being stopped; then the object is removed, is given a final word, or is gone already. */
  | { at: "stopping"; then: "remove" | "forget" | FinalWord }
  | { at: "over"; word: FinalWord }
  | { at: "gone" }
  | { at: "halted" };

export type PodEvent =
  | { type: "mounted" }
  | { type: "missing"; what: string }
  | { type: "finished"; word: FinalWord }
  | { type: "overdue"; word: FinalWord }
  | { type: "deleted" }
  | { type: "vanished" }
  | { type: "stopped" }
  | { type: "halt" };

/** The state after an event; an event that means nothing in a state leaves it as it is. */
export function nextState(state: PodState, event: PodEvent): PodState {
  if (state.at === "gone" || state.at === "halted") return state;
  switch (event.type) {
    case "halt":
      return { at: "halted" };
    case "mounted":
      return state.at === "mounting" ? { at: "running" } : state;
    case "missing":
      return state.at === "mounting" ? { at: "mounting", missing: event.what } : state;
    case "finished":
      return state.at === "running" ? { at: "over", word: event.word } : state;
    case "overdue":
      return state.at === "running" || state.at === "mounting" ? { at: "stopping", then: event.word } : state;
    case "deleted":
      return {
        at: "stopping",
        then: state.at === "stopping" && state.then === "forget" ? "forget" : "remove",
      };
    case "vanished":
      return { at: "stopping", then: "forget" };
    case "stopped":
      if (state.at !== "stopping") return state;
      return typeof state.then === "string" ? { at: "gone" } : { at: "over", word: state.then };
    default:
      return event satisfies never;
  }
}

/** Node's timers overflow beyond 2^31-1 ms and would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** When `activeDeadlineSeconds` ends the pod, and with what word; undefined when it has no deadline. */
export function deadlineOf(
  { spec, status }: Pod,
  nowMs: number,
): { inMs: number; word: FinalWord } | undefined {
  if (spec.activeDeadlineSeconds === undefined) return undefined;
  const startedMs = status?.startTime === undefined ? nowMs : Date.parse(status.startTime);
  const leftMs = startedMs + spec.activeDeadlineSeconds * 1000 - nowMs;
  const message = "Pod was active on the node longer than the specified deadline";
  return {
    inMs: Math.min(Math.max(0, leftMs), longestTimerMs),
    word: { phase: "Failed", reason: "DeadlineExceeded", message },
  };
}
