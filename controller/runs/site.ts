// The site that a run is about.
import type { LmsTenant as LmsTenantObject } from "../../api/index.ts";
import {
  isDeleting,
  type KubeObject,
  type ObjectKey,
  requeueAfter,
  type StepResult,
} from "../engine/index.ts";
import type { Context } from "../environment.ts";
import { LmsTenant } from "../kinds.ts";
import { isHeld } from "../tenant/lifecycle.ts";
import { imageOfUpdate } from "../update/state.ts";

/** The tenant's changes wake who waits; this is for when they are missed. */
export const LOOK_AGAIN_MS = 60_000;

/** The tenant with this key; waits for one that is not there. `kind`: of the object that names it. */
export function siteOf(
  ctx: Pick<Context<KubeObject>, "cache">,
  key: ObjectKey,
  kind: string,
): LmsTenantObject | StepResult {
  const tenant = ctx.cache(LmsTenant).get(key) as unknown as LmsTenantObject | undefined;
  // One that is being deleted is still backed up when it is held for that.
  if (tenant !== undefined && (!isDeleting(tenant) || isHeld(tenant))) return tenant;
  return requeueAfter(
    LOOK_AGAIN_MS,
    "TenantNotFound",
    `Waiting for LmsTenant ${key.name}, which is not in namespace ${key.namespace}: create it, or name another in spec.tenantRef of a new ${kind}.`,
  );
}

/** The runtime that runs knows the schema that is there. */
export function imageOf(ctx: Pick<Context<KubeObject>, "env">, tenant: LmsTenantObject): string {
  const { update } = tenant.status ?? {};
  if (tenant.spec.update && update) return imageOfUpdate(update);
  return tenant.status?.image ?? tenant.spec.image ?? ctx.env.settings.lmsImage;
}
