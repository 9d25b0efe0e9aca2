// How a reconcile step ends. Values only; running them is steps.ts.

/** Nothing left to do for this step; with `againAfterMs`, look again then although all is well (an expiry, a poll). */
export interface Done {
  readonly type: "done";
  readonly againAfterMs?: number;
  /** Message of the Ready condition; default "All is as declared." */
  readonly message?: string;
}
/** Waiting on the world: not an error, look again after `afterMs` (or sooner when something we watch changes). */
export interface RequeueAfter {
  readonly type: "requeue";
  readonly afterMs: number;
  readonly reason: string;
  readonly message: string;
}
/** Terminal: no retry until the spec (or something we watch) changes. */
export interface Stalled {
  readonly type: "stalled";
  readonly reason: string;
  readonly message: string;
}
/** What a step may answer. Anything thrown is retried with backoff. */
export type StepResult = Done | RequeueAfter | Stalled;

/** A thrown error, caught by the runner. `reason` and `message` are fit for a condition. */
export interface Failed {
  readonly type: "failed";
  readonly error: unknown;
  readonly reason: string;
  readonly message: string;
}
/** How a whole reconcile ended: the queue and the summariser act on it. */
export type Outcome = StepResult | Failed;

const DONE: Done = Object.freeze({ type: "done" });

/**
 * The step is finished.
 * @param againAfterMs look again after this long although nothing is being waited for (an expiry date, a poll)
 * @param message what to say in the Ready condition; the last step that says something wins
 */
export function done(againAfterMs?: number, message?: string): Done {
  if (againAfterMs !== undefined && !(againAfterMs >= 0)) {
    throw new RangeError(`done: againAfterMs must be zero or more, got ${againAfterMs}`);
  }
  if (againAfterMs === undefined && message === undefined) return DONE;
  return {
    type: "done",
    ...(againAfterMs !== undefined && { againAfterMs }),
    ...(message !== undefined && { message }),
  };
}

/**
 * Waiting on the world; not an error.
 * @param afterMs when to look again at the latest, in milliseconds
 * @param reason CamelCase, stable, becomes the condition's reason
 * @param message what is being waited for, in plain words
 */
export function requeueAfter(afterMs: number, reason: string, message: string): RequeueAfter {
  if (!(afterMs >= 0)) throw new RangeError(`requeueAfter: afterMs must be zero or more, got ${afterMs}`);
  return { type: "requeue", afterMs, reason, message };
}

/** Terminal: what the user declared cannot be satisfied. `message` says what is wrong, where, and what to do. */
export function stalled(reason: string, message: string): Stalled {
  return { type: "stalled", reason, message };
}

/**
 * An error whose reason is fit for a condition. Throw it for failures that a retry may cure
 * (`new StepError("LmsUnreachable", "the LMS does not answer on ...")`).
 */
export class StepError extends Error {
  override readonly name = "StepError";
  readonly reason: string;
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
