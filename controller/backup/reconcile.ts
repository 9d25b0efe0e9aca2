// Backup: from an order to a backup that lies where it should. The list of steps is the story.
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
import type { Backup } from "../kinds.ts";
import { isOver } from "../runs/id.ts";
import { backupOf, type BackupContext } from "./context.ts";
import { order } from "./steps/order.ts";
import { outcome } from "./steps/outcome.ts";

const steps = [order, outcome];

/** Reconciles a Backup. There is no finalizer: what a backup has made stays where it is, whatever becomes of its object. */
export async function reconcileBackup(ctx: ReconcileContext<Backup>, env: Environment): Promise<Outcome> {
  const backup: BackupContext = extend(ctx, { env, found: {} });
  if (isDeleting(ctx.object) || isOver(backupOf(backup)) || namespaceIsGoing(backup)) return done();
  return summarise(backup, await runSteps(backup, steps));
}
