// Where backups go, and whether there is a good one: the condition BackedUp. Making them is controller/backup.
import { BY_TENANT } from "../../backup/indexes.ts";
import { scheduleOf } from "../../backup/policy.ts";
import { isOver, latestFirst } from "../../runs/id.ts";
import { checkSchedule } from "../../runs/schedule.ts";
import {
  type DeclaredCondition,
  done,
  findCondition,
  keyString,
  PersistentVolumeClaim,
} from "../../engine/index.ts";
import { Backup } from "../../kinds.ts";
import { type TenantContext, tenantOf, type TenantStep } from "../context.ts";
import { backupClaim } from "../resources/backup-claim.ts";
import { applyChildren, child } from "./child.ts";

export const backups: TenantStep = {
  name: "backups",
  run(ctx) {
    const tenant = tenantOf(ctx);
    if (tenant.spec.backup === undefined) {
      ctx.draft.removeCondition("BackedUp");
      return done();
    }
    ctx.draft.condition({ type: "BackedUp", ...backedUp(ctx) });
    const claim = backupClaim(tenant);
    if (claim === undefined) return done();
    return applyChildren(ctx, { reason: "BackupVolumeMade", what: "the volume for backups" }, [
      child(PersistentVolumeClaim, claim, "spec.backup.destination.volume", {
        // Whatever becomes of the tenant, and whatever its deletionPolicy says of the database.
        ownerReference: false,
        adopt: true,
      }),
    ]);
  },
};

/** What the runs that came to an end tell, the newest first. */
function backedUp(ctx: TenantContext): Omit<DeclaredCondition, "type"> {
  const schedule = scheduleOf(tenantOf(ctx));
  const fault = schedule && checkSchedule(schedule);
  if (fault !== undefined)
    return { status: "False", reason: "InvalidSchedule", message: `spec.backup: ${fault}` };
  const runs = ctx.cache(Backup).byIndex(BY_TENANT, keyString(ctx.key)).filter(isOver).toSorted(latestFirst);
  const good = runs.find(({ status }) => status?.completedAt !== undefined);
  const last =
    good === undefined
      ? "There is no good one yet."
      : `The last good one is ${good.metadata.name} of ${good.status?.takenAt ?? ""}.`;
  const newest = runs[0];
  if (newest !== undefined && newest !== good) {
    const why = findCondition(newest.status?.conditions, "Complete")?.message ?? "";
    return {
      status: "False",
      reason: "LastBackupFailed",
      message: `${newest.metadata.name}: ${why} ${last}`,
    };
  }
  if (good === undefined) {
    const next = ctx.object.status?.backup?.nextScheduledTime;
    const when = schedule && next ? ` The first one is due at ${next}.` : "";
    return { status: "False", reason: "NoBackupYet", message: `No backup has been made yet.${when}` };
  }
  return { status: "True", reason: "BackedUp", message: last };
}
