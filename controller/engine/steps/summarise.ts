// The one place that writes status, and the story it tells as events.
import { isConflict, isNotFound } from "../client/errors.ts";
import type { KubeObject } from "../client/object.ts";
import type { Condition } from "../conditions/condition.types.ts";
import { findCondition } from "../conditions/conditions.ts";
import type { ObjectEvents, ReconcileContext, StepsReport } from "./context.types.ts";
import type { ObservedStatus } from "./draft.ts";
import { type Outcome, requeueAfter } from "./result.ts";
import { runOf } from "./run.ts";

/** Somebody changed the object meanwhile: its event is on the way, this is only for when it was missed. */
const STALE_RETRY_MS = 100;

/**
 * Turns the report and the draft into Ready / Reconciling / Stalled (kstatus), the kind's own conditions,
 * `observedGeneration` and the drafted fields; patches once, only on a difference, with the observed resourceVersion;
 * records events when Ready or Stalled change. Returns the outcome for the queue.
 */
export async function summarise<T extends KubeObject>(
  ctx: Pick<ReconcileContext<T>, "draft" | "log">,
  report: StepsReport,
): Promise<Outcome> {
  const run = runOf(ctx);
  if (run.gone) return report.outcome;
  const observed = (run.object as { status?: ObservedStatus }).status;
  const change = run.draft.patch(observed, report.outcome, { generation: run.generation, now: new Date() });
  if (change === undefined) return report.outcome;
  try {
    await run.client.patchStatus(run.type, run.object, change.patch);
  } catch (error) {
    if (isNotFound(error)) return report.outcome;
    if (!isConflict(error)) throw error;
    ctx.log.debug({ reason: error.reason }, "status not written: the object changed meanwhile");
    // A failure stays one: its backoff must not begin anew because somebody writes all the time.
    if (report.outcome.type === "failed") return report.outcome;
    return requeueAfter(STALE_RETRY_MS, "Changed", "the object changed while it was reconciled");
  }
  tell(run.events, observed?.conditions ?? [], change.conditions, report.outcome);
  return report.outcome;
}

/** An event when what people look at changed: Ready came true, or the reason why it is not. */
function tell(
  events: ObjectEvents,
  before: readonly Condition[],
  after: readonly Condition[],
  outcome: Outcome,
): void {
  const old = findCondition(before, "Ready");
  const now = findCondition(after, "Ready");
  if (now === undefined || (old?.status === now.status && old.reason === now.reason)) return;
  if (outcome.type === "stalled" || outcome.type === "failed") events.warning(now.reason, now.message);
  else events.normal(now.reason, now.message);
}
