// What restores mean for the site: whether a backup was proven (the condition RestoreVerified), and that what the LMS holds
// has to be looked at anew after a restore in its place. Making them is controller/restore.
import type { LmsTenant as LmsTenantObject } from "../../../api/index.ts";
import { drillScheduleOf } from "../../backup/policy.ts";
import { type DeclaredCondition, done, findCondition, type Live } from "../../engine/index.ts";
import { Restore } from "../../kinds.ts";
import { newestBackup } from "../../restore/reconcile-drills.ts";
import { endOf, isOver, latestFirst } from "../../runs/id.ts";
import { checkSchedule } from "../../runs/schedule.ts";
import { type TenantContext, tenantOf, type TenantStep } from "../context.ts";

export const restores: TenantStep = {
  name: "restores",
  run(ctx) {
    const over = ctx
      .cache(Restore)
      .list(ctx.key.namespace)
      .filter((one) => one.spec.tenantRef.name === ctx.key.name && isOver(one))
      .toSorted(latestFirst);
    lookAnewAfterRestore(ctx, over);
    const drills = over.filter(({ spec }) => spec.mode === "Verify");
    const verified = restoreVerified(ctx, tenantOf(ctx), drills);
    if (verified) ctx.draft.condition({ type: "RestoreVerified", ...verified });
    else ctx.draft.removeCondition("RestoreVerified");
    return done();
  },
};

/** The site is what it was: what is remembered of it is not so any more. Courses and bindings wake with `status.restore`. */
function lookAnewAfterRestore(ctx: TenantContext, over: readonly Live<Restore>[]): void {
  const last = over.find(({ spec, status }) => spec.mode === "InPlace" && status?.completedAt !== undefined);
  const { path, takenAt, completedAt } = last?.status ?? {};
  if (last === undefined || path === undefined || takenAt === undefined || completedAt === undefined) return;
  const known = ctx.object.status?.restore;
  if (known !== undefined && known.restoredAt >= completedAt) return;
  ctx.env.connections.known(ctx.key.namespace, ctx.key.name)?.forgetDigests();
  ctx.draft.set({ restore: { name: last.metadata.name, path, takenAt, restoredAt: completedAt } });
  ctx.events.normal("Restored", `The site is as of ${takenAt}, restored by ${last.metadata.name}.`);
}

/** What the drills tell, the newest first; `undefined` when there is nothing to tell of. */
function restoreVerified(
  ctx: TenantContext,
  tenant: LmsTenantObject,
  drills: readonly Live<Restore>[],
): Omit<DeclaredCondition, "type"> | undefined {
  const schedule = drillScheduleOf(tenant);
  const fault = schedule && checkSchedule(schedule);
  if (fault !== undefined)
    return { status: "False", reason: "InvalidSchedule", message: `spec.backup.drills: ${fault}` };
  const [newest] = drills;
  if (schedule === undefined && newest === undefined) return undefined;
  const encrypted = newestBackup(ctx)?.status?.encrypted === true;
  if (schedule && encrypted && tenant.spec.backup?.drills?.identitySecretRef === undefined)
    return {
      status: "False",
      reason: "EncryptedBackup",
      message:
        "Backups are encrypted, and drills have no identity to read them: set spec.backup.drills.identitySecretRef, or try them elsewhere with provost backup restore.",
    };
  const good = drills.find(({ status }) => status?.completedAt !== undefined);
  const last = good
    ? `The last one that was proven is of ${good.status?.takenAt ?? ""}.`
    : "None was proven yet.";
  if (newest !== undefined && newest !== good) {
    const why = findCondition(newest.status?.conditions, "Complete")?.message ?? "";
    return { status: "False", reason: "DrillFailed", message: `${newest.metadata.name}: ${why} ${last}` };
  }
  if (good === undefined) {
    const next = tenant.status?.drill?.nextScheduledTime;
    const when = next === undefined ? "" : ` The first drill is due at ${next}.`;
    return { status: "False", reason: "NoDrillYet", message: `No backup has been tried yet.${when}` };
  }
  return {
    status: "True",
    reason: "RestoreVerified",
    message: `The backup of ${good.status?.takenAt ?? ""} was restored in ${good.status?.seconds ?? 0} s and is whole (${good.metadata.name}, ${endOf(good)}).`,
  };
}
