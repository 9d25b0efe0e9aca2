// Runs the table of contents of a reconcile. Nothing is written here: that is summarise.ts.
import { ApiError, NotLeaderError, TransportError } from "../client/errors.ts";
import { BeingDeletedError } from "../apply/errors.ts";
import type { ReconcileContext, Step, StepsReport } from "./context.types.ts";
import { done, type Failed, type Outcome, requeueAfter } from "./result.ts";

/** The watch tells when a deleted object is gone; this is for when it cannot. */
const DELETION_POLL_MS = 5_000;

/**
 * Runs steps in order, stops at the first that is not done, and catches what they throw (a failed outcome is retried
 * with backoff). When all are done, the soonest `againAfterMs` counts.
 * @throws the reason of `ctx.signal` when the reconcile was aborted: an aborted run has nothing to say about the object
 */
export async function runSteps<C extends Pick<ReconcileContext, "signal" | "log">>(
  ctx: C,
  steps: readonly Step<C>[],
): Promise<StepsReport> {
  const completed: string[] = [];
  let againAfterMs: number | undefined;
  let message: string | undefined;
  for (const step of steps) {
    ctx.signal.throwIfAborted();
    let result: Outcome;
    try {
      result = await step.run(ctx);
    } catch (error) {
      ctx.signal.throwIfAborted();
      if (error instanceof NotLeaderError) throw error;
      result =
        error instanceof BeingDeletedError
          ? requeueAfter(DELETION_POLL_MS, error.reason, error.message)
          : failed(error, step.name);
    }
    if (result.type !== "done") return { outcome: result, stoppedAt: step.name, completed };
    completed.push(step.name);
    if (result.againAfterMs !== undefined)
      againAfterMs = Math.min(againAfterMs ?? Infinity, result.againAfterMs);
    message = result.message ?? message;
  }
  return { outcome: done(againAfterMs, message), stoppedAt: undefined, completed };
}

/** An error as an outcome, with a reason and a message fit for a condition. */
export function failed(error: unknown, during: string): Failed {
  return { type: "failed", error, reason: reasonOf(error), message: `${during}: ${messageOf(error)}` };
}

function reasonOf(error: unknown): string {
  if (error instanceof ApiError) return `Api${error.reason}`;
  if (error instanceof TransportError) return "Unreachable";
  // StepError, ApplyConflictError and the errors of others that follow the same custom.
  if (error instanceof Error && "reason" in error && typeof error.reason === "string") return error.reason;
  return "ReconcileError";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
