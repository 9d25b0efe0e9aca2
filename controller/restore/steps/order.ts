// Makes the Job, once, when it is clear what is to be restored, and where to.
import { randomBytes } from "node:crypto";
import type { LmsTenant as LmsTenantObject } from "../../../api/index.ts";
import {
  done,
  type Job as JobObject,
  Job,
  type Live,
  NetworkPolicy,
  requeueAfter,
  rfc3339,
  stalled,
  type StepResult,
} from "../../engine/index.ts";
import { Restore } from "../../kinds.ts";
import { isOver } from "../../runs/id.ts";
import { jobInCache, type Order, orderJob } from "../../runs/order.ts";
import { imageOf, LOOK_AGAIN_MS, siteOf } from "../../runs/site.ts";
import { isAsleep } from "../../tenant/lifecycle.ts";
import { drillNetworkPolicy } from "../../tenant/resources/network-policies.ts";
import { restoreOf, type RestoreContext, type RestoreStep, tenantKeyOf } from "../context.ts";
import { drillJob, inPlaceJob, jobName } from "../job.ts";
import { isUnderWay, rehearsalOf } from "../../update/state.ts";
import { type Source, sourceOf } from "../source.ts";

/** Of a scratch database for a site whose own is not ours: any PostgreSQL takes what another one gave. */
const SCRATCH_IMAGE = "postgres:18";

export const order: RestoreStep = {
  name: "order",
  async run(ctx) {
    const { mode } = restoreOf(ctx).spec;
    const how: Order = {
      type: Restore as never,
      name: jobName(restoreOf(ctx)),
      does: mode === "InPlace" ? "restores the site" : "tries the backup",
      field: `spec.backup of LmsTenant ${ctx.object.spec.tenantRef.name}`,
      reason: "RestoreStarted",
    };
    const job = jobInCache(ctx, how) ?? (await orderedNow(ctx, how));
    if ("type" in job) return job;
    ctx.found.job = job;
    const { creationTimestamp } = job.metadata;
    if (creationTimestamp !== undefined) ctx.draft.set({ startedAt: creationTimestamp });
    return done();
  },
};

async function orderedNow(ctx: RestoreContext, how: Order): Promise<Live<JobObject> | StepResult> {
  const restore = restoreOf(ctx);
  const tenant = siteOf(ctx, tenantKeyOf(restore), "Restore");
  if ("type" in tenant) return tenant;
  const source = sourceOf(ctx, restore.spec.source, tenant, "spec.source");
  if ("type" in source) return source;
  const job =
    restore.spec.mode === "InPlace"
      ? inPlace(ctx, tenant, source)
      : await drill(ctx, tenant, source, how.name);
  if ("type" in job) return job;
  const ordered = await orderJob(ctx, job, how);
  return "type" in ordered ? ordered : ((await withoutSidecars(ctx, ordered)) ?? ordered);
}

/** An API server that knows no sidecars drops what makes one: the scratch database would be waited for, for ever. */
async function withoutSidecars(ctx: RestoreContext, job: Live<JobObject>): Promise<StepResult | undefined> {
  const inits = job.spec?.template.spec?.initContainers ?? [];
  if (inits.every(({ restartPolicy }) => restartPolicy === "Always")) return undefined;
  const key = { namespace: ctx.key.namespace, name: job.metadata.name };
  await ctx.client.delete(Job, key, { preconditions: { uid: job.metadata.uid } });
  ctx.draft.set({ failedAt: rfc3339(new Date()) });
  return stalled(
    "SidecarsUnsupported",
    "A drill needs a database beside it, and this cluster has no sidecar containers: it takes Kubernetes 1.29 or newer. Try the backup elsewhere with provost backup restore.",
  );
}

function inPlace(ctx: RestoreContext, tenant: LmsTenantObject, source: Source): JobObject | StepResult {
  const policy = tenant.spec.backup;
  if (policy === undefined)
    return stalled(
      "NoDestination",
      `LmsTenant ${tenant.metadata.name} does not say where backups lie, and what it has now must be saved first: set its spec.backup.destination.`,
    );
  if (isAsleep(tenant))
    return requeueAfter(LOOK_AGAIN_MS, "TenantSleeping", `The site ${tenant.metadata.name} sleeps: wake it.`);
  const other = earlierInPlace(ctx);
  if (other !== undefined)
    return requeueAfter(
      LOOK_AGAIN_MS,
      "WaitingForRestore",
      `Waiting for Restore ${other} of the same site, which comes first: delete it if it is not meant any more.`,
    );
  return inPlaceJob(tenant, restoreOf(ctx), policy, { image: imageOf(ctx, tenant), source, now: new Date() });
}

/** Name of a restore in place of the same site that was created before this one and is not over. */
function earlierInPlace(ctx: RestoreContext): string | undefined {
  const mine = ctx.object;
  const age = ({ metadata }: { metadata: Live["metadata"] }) =>
    `${String(metadata.creationTimestamp)} ${metadata.name}`;
  return ctx
    .cache(Restore)
    .list(ctx.key.namespace)
    .find(
      (one) =>
        one.spec.mode === "InPlace" &&
        one.spec.tenantRef.name === mine.spec.tenantRef.name &&
        !isOver(one) &&
        age(one) < age(mine),
    )?.metadata.name;
}

async function drill(
  ctx: RestoreContext,
  tenant: LmsTenantObject,
  source: Source,
  name: string,
): Promise<JobObject> {
  await ctx.apply(NetworkPolicy, drillNetworkPolicy(tenant, name));
  const size = tenant.spec.backup?.drills?.scratchSize;
  const scratch = {
    image: tenant.spec.database.standalone?.image ?? SCRATCH_IMAGE,
    password: randomBytes(24).toString("hex"),
    ...(size !== undefined && { size }),
  };
  return drillJob(tenant, restoreOf(ctx), { image: drillImage(ctx, tenant), source, scratch });
}

/** An update has its new release tried on the backup, and on nothing else. */
function drillImage(ctx: RestoreContext, tenant: LmsTenantObject): string {
  const update = tenant.status?.update;
  const rehearsed = isUnderWay(update) && rehearsalOf(update) === ctx.key.name;
  return rehearsed ? update.to.image : imageOf(ctx, tenant);
}
