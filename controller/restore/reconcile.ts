// Restore: from an order to a backup that was tried, a site that is as it was, or a new site. The lists of steps are the story.
import {
  done,
  extend,
  isDeleting,
  type Outcome,
  type ReconcileContext,
  runSteps,
  summarise,
} from "../engine/index.ts";
import { type Environment, namespaceIsGoing } from "../environment.ts";
import type { Restore } from "../kinds.ts";
import { isOver } from "../runs/id.ts";
import { restoreOf, type RestoreContext } from "./context.ts";
import { newTenant } from "./steps/new-tenant.ts";
import { order } from "./steps/order.ts";
import { outcome } from "./steps/outcome.ts";

const byJob = [order, outcome];
const STEPS = { Verify: byJob, InPlace: byJob, NewTenant: [newTenant] } as const;

/** Reconciles a Restore. There is no finalizer: its Job goes with it, and a restore that is cut short leaves the old. */
export async function reconcileRestore(ctx: ReconcileContext<Restore>, env: Environment): Promise<Outcome> {
  const restore: RestoreContext = extend(ctx, { env, found: {} });
  if (isDeleting(ctx.object) || isOver(restoreOf(restore)) || namespaceIsGoing(restore)) return done();
  return summarise(restore, await runSteps(restore, STEPS[restoreOf(restore).spec.mode]));
}
