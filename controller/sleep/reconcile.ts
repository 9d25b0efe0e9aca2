// Sites that sleep by the clock: status.sleep says whether one does now, and everything else follows from that as it does
// from spec.lifecycle.
import { isDeepStrictEqual } from "node:util";
import type { LmsTenant as LmsTenantObject } from "../../api/index.ts";
import {
  done,
  extend,
  isDeleting,
  type Outcome,
  type ReconcileContext,
  rfc3339,
  stalled,
} from "../engine/index.ts";
import { type Environment, namespaceIsGoing } from "../environment.ts";
import { LmsTenant } from "../kinds.ts";
import { restoreUnderWay } from "../restore/under-way.ts";
import { checkWindow, windowAt } from "../runs/window.ts";
import { isPaused } from "../tenant/lifecycle.ts";
import { isUnderWay, isUntouched } from "../update/state.ts";

/** What keeps a site awake for a moment is looked at again after this. */
const LOOK_AGAIN_MS = 60_000;

export async function reconcileSleep(
  reconcile: ReconcileContext<LmsTenant>,
  env: Environment,
): Promise<Outcome> {
  const ctx = extend(reconcile, { env });
  const tenant = ctx.object as unknown as LmsTenantObject;
  const { spec, status } = tenant;
  if (isDeleting(ctx.object) || namespaceIsGoing(ctx) || isPaused(tenant)) return done();
  const remember = async (sleep: { since: string; until: string } | null): Promise<void> => {
    if (isDeepStrictEqual(status?.sleep ?? null, sleep)) return;
    await ctx.client.patchStatus(LmsTenant, ctx.object, { sleep });
    if ((status?.sleep === undefined) === (sleep === null)) return;
    if (sleep) ctx.events.normal("FallingAsleep", `The site sleeps until ${sleep.until} (spec.sleep).`);
    else ctx.events.normal("WakingUp", "The site wakes.");
  };
  if (!spec.sleep) {
    await remember(null);
    return done();
  }
  const fault = checkWindow(spec.sleep, spec.site.timeZone);
  // The tenant's own condition tells it.
  if (fault !== undefined) {
    await remember(null);
    return stalled("InvalidSchedule", fault);
  }
  const now = new Date();
  const { open, until } = windowAt(spec.sleep, spec.site.timeZone, now);
  const next = until === undefined ? undefined : Math.max(1_000, until.getTime() - now.getTime());
  if (!open || until === undefined) {
    await remember(null);
    return done(next);
  }
  if (status?.sleep === undefined && isBusy(ctx, tenant)) return done(LOOK_AGAIN_MS);
  await remember({ since: status?.sleep?.since ?? rfc3339(now), until: rfc3339(until) });
  return done(next);
}

/** Not in the middle of an update or a restore, and not before it was ever set up. */
function isBusy(ctx: ReconcileContext<LmsTenant>, { status }: LmsTenantObject): boolean {
  if (status?.siteDigest === undefined) return true;
  if (isUnderWay(status.update) && !isUntouched(status.update)) return true;
  return restoreUnderWay(ctx) !== undefined;
}
