// A tenant's policy of backups as the rest sees it. Pure.
import type { LmsTenant } from "../../api/index.ts";
import type { Schedule } from "../runs/schedule.ts";

/** The schedule of a tenant's backups; `undefined` when there is none. */
export function scheduleOf(tenant: LmsTenant): Schedule | undefined {
  return inZone(tenant, tenant.spec.backup?.schedule);
}

/** The schedule of a tenant's restore drills; `undefined` when there is none. */
export function drillScheduleOf(tenant: LmsTenant): Schedule | undefined {
  return inZone(tenant, tenant.spec.backup?.drills?.schedule);
}

/** Backups are encrypted, and the cluster has no key to them. */
export function cannotBeRead({ spec }: LmsTenant): boolean {
  return spec.backup?.encryption !== undefined && spec.backup.drills?.identitySecretRef === undefined;
}

/** The key that a Restore of the tenant's own backups needs, as a part of its source. */
export function identityFor({ spec }: LmsTenant) {
  const { encryption, drills } = spec.backup ?? {};
  return encryption && drills?.identitySecretRef ? { identitySecretRef: drills.identitySecretRef } : {};
}

function inZone({ spec }: LmsTenant, cron: string | undefined): Schedule | undefined {
  return cron === undefined ? undefined : { cron, timeZone: spec.backup?.timeZone ?? spec.site.timeZone };
}
