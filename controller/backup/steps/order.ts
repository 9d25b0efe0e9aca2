// Makes the Job, once, when there is a site to back up and a place to put it.
import type { LmsTenant as LmsTenantObject } from "../../../api/index.ts";
import { done, type Job, type Live, requeueAfter, stalled, type StepResult } from "../../engine/index.ts";
import { Backup } from "../../kinds.ts";
import { jobInCache, type Order, orderJob } from "../../runs/order.ts";
import { imageOf, LOOK_AGAIN_MS, siteOf } from "../../runs/site.ts";
import { isAsleep } from "../../tenant/lifecycle.ts";
import { backupOf, type BackupContext, type BackupStep, tenantKeyOf } from "../context.ts";
import { backupJob, jobName, locationOf } from "../job.ts";

export const order: BackupStep = {
  name: "order",
  async run(ctx) {
    const how: Order = {
      type: Backup as never,
      name: jobName(backupOf(ctx)),
      does: "makes the backup",
      field: `spec.backup of LmsTenant ${ctx.object.spec.tenantRef.name}`,
      reason: "BackupStarted",
    };
    const job = jobInCache(ctx, how) ?? (await orderedNow(ctx, how));
    if ("type" in job) return job;
    ctx.found.job = job;
    const { creationTimestamp } = job.metadata;
    ctx.draft.set({
      location: locationOf(job),
      ...(creationTimestamp !== undefined && { startedAt: creationTimestamp }),
    });
    return done();
  },
};

async function orderedNow(ctx: BackupContext, how: Order): Promise<Live<Job> | StepResult> {
  const tenant = siteToBackUp(ctx);
  if ("type" in tenant) return tenant;
  const policy = tenant.spec.backup;
  if (policy === undefined)
    return stalled(
      "NoDestination",
      `LmsTenant ${tenant.metadata.name} does not say where backups lie: set its spec.backup.destination.`,
    );
  const backup = backupOf(ctx);
  const createdAt = new Date(backup.metadata.creationTimestamp ?? Date.now());
  return orderJob(ctx, backupJob(tenant, backup, policy, { image: imageOf(ctx, tenant), createdAt }), how);
}

function siteToBackUp(ctx: BackupContext): LmsTenantObject | StepResult {
  const tenant = siteOf(ctx, tenantKeyOf(backupOf(ctx)), "Backup");
  if (!("type" in tenant) && isAsleep(tenant))
    return requeueAfter(LOOK_AGAIN_MS, "TenantSleeping", `The site ${tenant.metadata.name} sleeps: wake it.`);
  // Set once the site was set up: before that there is nothing of anybody in the database.
  if (!("type" in tenant) && tenant.status?.siteDigest === undefined)
    return requeueAfter(
      LOOK_AGAIN_MS,
      "WaitingForSite",
      `Waiting for the site ${tenant.metadata.name} to be set up.`,
    );
  return tenant;
}
