// RoleBinding: from a manifest to a grant on the site. The list of steps is the story.
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
import type { RoleBinding } from "../kinds.ts";
import type { BindingContext } from "./context.ts";
import { farewell } from "./steps/farewell.ts";
import { grant } from "./steps/grant.ts";
import { site } from "./steps/site.ts";

const steps = [site, grant];

/** Reconciles a RoleBinding. */
export async function reconcileRoleBinding(
  ctx: ReconcileContext<RoleBinding>,
  env: Environment,
): Promise<Outcome> {
  const binding: BindingContext = extend(ctx, { env, found: {} });
  if (!isDeleting(ctx.object) && namespaceIsGoing(binding)) return done();
  return summarise(binding, await runSteps(binding, isDeleting(ctx.object) ? [farewell] : steps));
}
