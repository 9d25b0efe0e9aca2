// Makes the Job, once, when there is a site to back up and a place to put it.
import type { LmsTenant as LmsTenantObject } from "../../../api/index.ts";
import type { Job as JobObject } from "../../engine/index.ts";
import {
  done,
  isAlreadyExists,
  isDeleting,
  isInvalid,
  isOwnedBy,
  Job,
  type Live,
  mustStand,
  ownerReferenceTo,
  requeueAfter,
  stalled,
  type StepResult,
} from "../../engine/index.ts";
import { Backup, LmsTenant } from "../../kinds.ts";
import { backupOf, type BackupContext, type BackupStep, tenantKeyOf } from "../context.ts";
import { backupJob, jobName, locationOf } from "../job.ts";

/** The tenant's changes wake us; this is for when they are missed. */
const LOOK_AGAIN_MS = 60_000;

export const order: BackupStep = {
  name: "order",
  async run(ctx) {
    const key = { namespace: ctx.key.namespace, name: jobName(backupOf(ctx)) };
    const job = ctx.cache(Job).get(key) ?? (await orderedNow(ctx));
    if ("type" in job) return job;
    if (!isOwnedBy(job, ctx.object.metadata.uid))
      return stalled(
        "NameTaken",
        `Job ${key.name} exists and is not of this Backup: delete it, or create a Backup of another name.`,
      );
    ctx.found.job = job;
    const { creationTimestamp } = job.metadata;
    ctx.draft.set({
      location: locationOf(job),
      ...(creationTimestamp !== undefined && { startedAt: creationTimestamp }),
    });
    return done();
  },
};

async function orderedNow(ctx: BackupContext): Promise<Live<JobObject> | StepResult> {
  const tenant = siteToBackUp(ctx);
  if ("type" in tenant) return tenant;
  const policy = tenant.spec.backup;
  if (policy === undefined)
    return stalled(
      "NoDestination",
      `LmsTenant ${tenant.metadata.name} does not say where backups lie: set its spec.backup.destination.`,
    );
  const backup = backupOf(ctx);
  // The runtime that runs knows the schema that is there.
  const image = tenant.status?.image ?? tenant.spec.image ?? ctx.env.settings.lmsImage;
  const createdAt = new Date(backup.metadata.creationTimestamp ?? Date.now());
  const desired = backupJob(tenant, backup, policy, { image, createdAt });
  try {
    return await created(ctx, desired);
  } catch (error) {
    if (!isInvalid(error)) throw error;
    const why = error.message.replace(/^.*?: 422 /, "");
    return stalled(
      "JobRefused",
      `spec.backup of LmsTenant ${tenant.metadata.name}: the API server refuses Job ${jobName(backup)}: ${why}. Correct the field.`,
    );
  }
}

function siteToBackUp(ctx: BackupContext): LmsTenantObject | StepResult {
  const key = tenantKeyOf(backupOf(ctx));
  const tenant = ctx.cache(LmsTenant).get(key) as unknown as LmsTenantObject | undefined;
  if (tenant === undefined || isDeleting(tenant))
    return requeueAfter(
      LOOK_AGAIN_MS,
      "TenantNotFound",
      `Waiting for LmsTenant ${key.name}, which is not in namespace ${key.namespace}: create it, or name another in spec.tenantRef of a new Backup.`,
    );
  // Set once the site was set up: before that there is nothing of anybody in the database.
  if (tenant.status?.siteDigest === undefined)
    return requeueAfter(LOOK_AGAIN_MS, "WaitingForSite", `Waiting for the site ${key.name} to be set up.`);
  return tenant;
}

/** A Job cannot be changed once it is there, so it is created and not applied. */
async function created(ctx: BackupContext, desired: JobObject): Promise<Live<JobObject>> {
  await mustStand(ctx);
  const owner = ownerReferenceTo({ type: Backup as never, object: ctx.object as never });
  const key = { namespace: ctx.key.namespace, name: desired.metadata?.name ?? "" };
  try {
    const job = await ctx.client.create(Job, {
      ...desired,
      metadata: { ...desired.metadata, ownerReferences: [owner] },
    });
    ctx.events.normal("BackupStarted", `Job ${key.name} makes the backup.`);
    return job;
  } catch (error) {
    // The cache lags behind: whose it is, is asked next.
    if (isAlreadyExists(error)) return ctx.client.get(Job, key);
    throw error;
  }
}
