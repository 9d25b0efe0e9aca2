// The informer's state machine: what to do next after what happened. Pure; doing it is informer.ts.
//
//            start                     listed
//   empty ──────────▶ listing ───────────────────────▶ watching ◀──┐ closed (server ended the watch in time)
//                     ▲  ▲  │ absent (404 of an            │  └────┘ progress (event or bookmark: newer version)
//        gone (410)   │  │  └──────────▶ absent            │
//   ┌─────────────────┘  │  optional kind)  │ elapsed      │ failed / closed too soon
//   │                    └──────────────────┘              ▼
//   │   elapsed, nothing to resume from ◀──────────── backingOff ──▶ watching (elapsed, resumes from its version)
//   │
//   └── watching; a second 410 without progress in between goes through backingOff instead, so no state can spin.
//   Every state ends in `stopped` on stop, and only on stop: there is no dead end.

export type InformerState =
  | { readonly type: "empty" }
  /** Reading pages. `failures`: tries in a row that failed. */
  | { readonly type: "listing"; readonly failures: number }
  /** `failures` falls to 0 with the first progress. */
  | { readonly type: "watching"; readonly resourceVersion: string; readonly failures: number }
  /** Waiting before the next try. With `resourceVersion` it resumes the watch, without it lists again. */
  | {
      readonly type: "backingOff";
      readonly delayMs: number;
      readonly resourceVersion: string | undefined;
      readonly failures: number;
    }
  /** The kind does not exist (optional kinds only); looked for again after `delayMs`. */
  | { readonly type: "absent"; readonly delayMs: number }
  | { readonly type: "stopped" };

export type InformerEvent =
  | { readonly type: "start" }
  | { readonly type: "listed"; readonly resourceVersion: string }
  /** 410 of a list (its continue token expired) or of a watch (its resourceVersion is too old). */
  | { readonly type: "gone" }
  | { readonly type: "failed"; readonly retryAfterMs?: number | undefined }
  /** The kind is not served. `recheckMs`: when to look for it again; default a minute. */
  | { readonly type: "absent"; readonly recheckMs?: number | undefined }
  | { readonly type: "progress"; readonly resourceVersion: string }
  /** The server ended the watch without an error. `tooSoon`: at once and without any event. */
  | { readonly type: "closed"; readonly tooSoon: boolean }
  | { readonly type: "elapsed" }
  | { readonly type: "stop" };

const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 30_000;
const ABSENT_RECHECK_MS = 60_000;
/** A server (or a proxy in front of it) that asks for more is asked again all the same; timers overflow at 24 days. */
const LONGEST_ASKED_FOR_MS = 300_000;

/**
 * The next state. Events that make no sense in a state leave it as it is.
 * @param random in [0, 1), for jitter
 */
export function transition(state: InformerState, event: InformerEvent, random: number): InformerState {
  if (event.type === "stop" || state.type === "stopped") return { type: "stopped" };
  switch (state.type) {
    case "empty":
      return event.type === "start" ? { type: "listing", failures: 0 } : state;
    case "listing":
      if (event.type === "listed")
        return { type: "watching", resourceVersion: event.resourceVersion, failures: state.failures };
      if (event.type === "gone")
        return state.failures === 0
          ? { type: "listing", failures: 1 }
          : backOff(state.failures, undefined, random);
      if (event.type === "failed") return backOff(state.failures, undefined, random, event.retryAfterMs);
      if (event.type === "absent")
        return { type: "absent", delayMs: (event.recheckMs ?? ABSENT_RECHECK_MS) * (0.9 + 0.2 * random) };
      return state;
    case "watching":
      if (event.type === "progress")
        return { type: "watching", resourceVersion: event.resourceVersion, failures: 0 };
      if (event.type === "gone")
        return state.failures === 0
          ? { type: "listing", failures: 1 }
          : backOff(state.failures, undefined, random);
      if (event.type === "failed")
        return backOff(state.failures, state.resourceVersion, random, event.retryAfterMs);
      if (event.type === "closed")
        return event.tooSoon ? backOff(state.failures, state.resourceVersion, random) : { ...state };
      return state;
    case "backingOff":
      if (event.type !== "elapsed") return state;
      return state.resourceVersion === undefined
        ? { type: "listing", failures: state.failures }
        : { type: "watching", resourceVersion: state.resourceVersion, failures: state.failures };
    case "absent":
      return event.type === "elapsed" ? { type: "listing", failures: 0 } : state;
  }
}

function backOff(
  failures: number,
  resourceVersion: string | undefined,
  random: number,
  atLeastMs = 0,
): InformerState {
  const base = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures, 20));
  return {
    type: "backingOff",
    delayMs: Math.max(Math.min(atLeastMs, LONGEST_ASKED_FOR_MS), base * (0.5 + random)),
    resourceVersion,
    failures: failures + 1,
  };
}
