// The schedule of a tenant's restore drills.
import type { LmsTenant as LmsTenantObject } from "../../api/index.ts";
import {
  done,
  extend,
  isDeleting,
  keyOf,
  keyString,
  type Live,
  type Outcome,
  type ReconcileContext,
  rfc3339,
} from "../engine/index.ts";
import { BY_TENANT } from "../backup/indexes.ts";
import { drillScheduleOf } from "../backup/policy.ts";
import { type Environment, namespaceIsGoing } from "../environment.ts";
import { Backup, type LmsTenant, Restore } from "../kinds.ts";
import { isOver } from "../runs/id.ts";
import { keepSchedule, type ScheduleContext } from "../runs/keep-schedule.ts";
import { orderRun } from "../runs/run.ts";
import { runName } from "../runs/schedule.ts";

/** Drills that stay to be looked at. */
const HISTORY = 5;

/** Creates the Restore that is due, if one is and there is a backup to try, and looks again when the next one is. */
export async function reconcileDrills(
  reconcile: ReconcileContext<LmsTenant>,
  env: Environment,
): Promise<Outcome> {
  const ctx: ScheduleContext = extend(reconcile, { env });
  if (isDeleting(ctx.object) || namespaceIsGoing(ctx)) return done();
  const tenant = ctx.object as unknown as LmsTenantObject;
  return keepSchedule(ctx, {
    schedule: drillScheduleOf(tenant),
    field: "drill",
    state: tenant.status?.drill,
    suspended: tenant.spec.backup?.drills?.suspend === true,
    immediate: false,
    order: (at) => orderDrill(ctx, tenant, at),
    missed: (count, at) =>
      ctx.events.warning(
        "DrillsMissed",
        `${count} restore drills were missed; the one of ${rfc3339(at)} is caught up.`,
      ),
  });
}

async function orderDrill(ctx: ScheduleContext, tenant: LmsTenantObject, at: Date): Promise<boolean> {
  const drills = tenant.spec.backup?.drills;
  const backup = newestBackup(ctx);
  // The condition RestoreVerified tells why there is none.
  if (backup === undefined || drills === undefined) return false;
  if (backup.status?.encrypted === true && drills.identitySecretRef === undefined) return false;
  const { name } = ctx.key;
  await orderRun(ctx, Restore, runName(name, at, "drill"), {
    tenantRef: { name },
    mode: "Verify",
    source: {
      backupRef: { name: backup.metadata.name },
      ...(drills.identitySecretRef && { identitySecretRef: drills.identitySecretRef }),
    },
    scheduledTime: rfc3339(at),
    deadlineMinutes: drills.deadlineMinutes,
  });
  await forgetOld(ctx);
  return true;
}

/** The complete backup of the tenant that was taken last. */
export function newestBackup(ctx: Pick<ScheduleContext, "cache" | "key">): Live<Backup> | undefined {
  return ctx
    .cache(Backup)
    .byIndex(BY_TENANT, keyString(ctx.key))
    .filter(({ status }) => status?.completedAt !== undefined)
    .toSorted((a, b) => (b.status?.takenAt ?? "").localeCompare(a.status?.takenAt ?? ""))[0];
}

async function forgetOld(ctx: ScheduleContext): Promise<void> {
  const old = ctx
    .cache(Restore)
    .list(ctx.key.namespace)
    .filter((one) => one.spec.tenantRef.name === ctx.key.name && one.spec.scheduledTime !== undefined)
    .filter(isOver)
    .toSorted((a, b) => (b.spec.scheduledTime ?? "").localeCompare(a.spec.scheduledTime ?? ""))
    .slice(HISTORY);
  for (const one of old)
    await ctx.client.delete(Restore, keyOf(one), { preconditions: { uid: one.metadata.uid } });
}
