// Restore: from an order to a backup that was tried, a site that is as it was, or a new site. The lists of steps are the story.
import {
  done,
  extend,
  isDeleting,
  isOwnedBy,
  Job,
  keyOf,
  type Outcome,
  type ReconcileContext,
  runSteps,
  summarise,
} from "../engine/index.ts";
import { type Environment, namespaceIsGoing } from "../environment.ts";
import type { Restore } from "../kinds.ts";
import { isOver } from "../runs/id.ts";
import { restoreOf, type RestoreContext } from "./context.ts";
import { jobName } from "./job.ts";
import { newTenant } from "./steps/new-tenant.ts";
import { order } from "./steps/order.ts";
import { outcome } from "./steps/outcome.ts";

const byJob = [order, outcome];
const STEPS = { Verify: byJob, InPlace: byJob, NewTenant: [newTenant] } as const;

/** Reconciles a Restore. There is no finalizer: its Job goes with it, and a restore that is cut short leaves the old. */
export async function reconcileRestore(ctx: ReconcileContext<Restore>, env: Environment): Promise<Outcome> {
  const restore: RestoreContext = extend(ctx, { env, found: {} });
  if (isDeleting(ctx.object) || namespaceIsGoing(restore)) return done();
  if (isOver(restoreOf(restore))) return clearAway(restore);
  return summarise(restore, await runSteps(restore, STEPS[restoreOf(restore).spec.mode]));
}

/** What a drill has restored goes with its pod as soon as it is written that all is well: it is a whole site's data. */
async function clearAway(ctx: RestoreContext): Promise<Outcome> {
  const { spec, status } = restoreOf(ctx);
  if (spec.mode !== "Verify" || status?.completedAt === undefined) return done();
  const job = ctx.cache(Job).get({ namespace: ctx.key.namespace, name: jobName(restoreOf(ctx)) });
  if (job !== undefined && isOwnedBy(job, ctx.object.metadata.uid))
    await ctx.client.delete(Job, keyOf(job), { preconditions: { uid: job.metadata.uid } });
  return done();
}
