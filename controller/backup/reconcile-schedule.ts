// The schedule of a tenant's backups.
import type { LmsTenant as LmsTenantObject } from "../../api/index.ts";
import { done, extend, isDeleting, type Outcome, type ReconcileContext, rfc3339 } from "../engine/index.ts";
import { type Environment, namespaceIsGoing } from "../environment.ts";
import { Backup, type LmsTenant } from "../kinds.ts";
import { keepSchedule } from "../runs/keep-schedule.ts";
import { orderRun } from "../runs/run.ts";
import { runName } from "../runs/schedule.ts";
import { isAsleep } from "../tenant/lifecycle.ts";
import { scheduleOf } from "./policy.ts";

/** Creates the Backup that is due, if one is, and looks again when the next one is. */
export async function reconcileSchedule(
  reconcile: ReconcileContext<LmsTenant>,
  env: Environment,
): Promise<Outcome> {
  const ctx = extend(reconcile, { env });
  if (isDeleting(ctx.object) || namespaceIsGoing(ctx)) return done();
  const tenant = ctx.object as unknown as LmsTenantObject;
  const { name } = ctx.key;
  return keepSchedule(ctx, {
    schedule: scheduleOf(tenant),
    field: "backup",
    state: tenant.status?.backup,
    // What sleeps does not change.
    suspended: tenant.spec.backup?.suspend === true || isAsleep(tenant),
    immediate: tenant.spec.backup?.immediate === true,
    order: async (at) => {
      await orderRun(ctx, Backup, runName(name, at), {
        tenantRef: { name },
        scheduledTime: rfc3339(at),
      });
      return true;
    },
    missed: (count, at) =>
      ctx.events.warning(
        "BackupsMissed",
        `${count} scheduled backups were missed; the one of ${rfc3339(at)} is caught up.`,
      ),
  });
}
