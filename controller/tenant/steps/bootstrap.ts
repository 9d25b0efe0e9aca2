// A new site that begins with a backup: its database is filled before the LMS first looks at it.
import { createHash } from "node:crypto";
import type { LmsTenant as LmsTenantObject } from "../../../api/index.ts";
import { done, requeueAfter, rfc3339, ServiceAccount, stalled, type StepResult } from "../../engine/index.ts";
import { LmsTenant } from "../../kinds.ts";
import { bootstrapJob } from "../../restore/job.ts";
import { failureWords, restoreReport } from "../../restore/report.ts";
import { sourceOf } from "../../restore/source.ts";
import { endingOf } from "../../runs/ending.ts";
import { runId } from "../../runs/id.ts";
import { jobInCache, type Order, orderJob } from "../../runs/order.ts";
import { imageFor, type TenantContext, tenantOf, type TenantStep } from "../context.ts";
import { waitingFor } from "../progress.ts";
import { serviceAccount } from "../resources/service-account.ts";
import { databaseReady } from "./available.ts";
import { applyChildren, child } from "./child.ts";

const LOOK_AGAIN_MS = 15_000;

type RestoreFrom = NonNullable<LmsTenantObject["spec"]["bootstrap"]>["restoreFrom"];

export const bootstrap: TenantStep = {
  name: "bootstrap",
  async run(ctx) {
    const { spec, status } = tenantOf(ctx);
    // A site that was set up is not begun again, whatever is declared.
    if (!spec.bootstrap || status?.bootstrap !== undefined || status?.siteDigest !== undefined) return done();
    const waiting = await databaseReady.run(ctx);
    if (waiting.type !== "done") return told(ctx, waiting);
    return told(ctx, await restored(ctx, spec.bootstrap.restoreFrom));
  },
};

async function restored(ctx: TenantContext, from: RestoreFrom): Promise<StepResult> {
  const tenant = tenantOf(ctx);
  const id = idOf(tenant, from);
  const order: Order = {
    type: LmsTenant as never,
    name: id,
    does: "restores the backup that the site begins with",
    field: "spec.bootstrap.restoreFrom",
    reason: "BootstrapStarted",
  };
  const job = jobInCache(ctx, order) ?? (await ordered(ctx, from, order));
  if ("type" in job) return job;
  const ending = await endingOf(ctx, job, restoreReport);
  if (ending.state === "failed") {
    const [reason, words] = failureWords(ending, "the deadline of 4 h");
    const message = waitingFor(`The backup was not restored: ${words}`).replace(/\s+/g, " ");
    return stalled(
      reason,
      `${message} Correct spec.bootstrap.restoreFrom, or delete Job ${id} to have it tried again.`,
    );
  }
  if (ending.state === "running" || ending.report?.ok !== true) {
    const trouble = ending.state === "running" ? ending.trouble : "its report is missing";
    return requeueAfter(LOOK_AGAIN_MS, "Bootstrapping", waitingFor("The backup is being restored", trouble));
  }
  const { path, takenAt, restoredAt } = ending.report.restore;
  ctx.draft.set({
    bootstrap: { path, takenAt: rfc3339(new Date(takenAt)), restoredAt: rfc3339(new Date(restoredAt)) },
  });
  ctx.events.normal("Bootstrapped", `The site begins with ${path}, taken at ${takenAt}.`);
  return done();
}

/** Another source is another try. */
function idOf(tenant: LmsTenantObject, from: RestoreFrom): string {
  const hash = createHash("sha256").update(JSON.stringify(from)).digest("hex").slice(0, 6);
  return `${tenant.metadata.name}-bootstrap-${hash}`;
}

async function ordered(ctx: TenantContext, from: RestoreFrom, order: Order) {
  const tenant = tenantOf(ctx);
  const source = sourceOf(ctx, from, tenant, order.field);
  if ("type" in source) return source;
  // The LMS, which this is for, is made later.
  const made = await applyChildren(ctx, { reason: "RuntimeMade", what: "the LMS" }, [
    child(ServiceAccount, serviceAccount(tenant), "metadata.name"),
  ]);
  if (made.type !== "done") return made;
  const image = imageFor(ctx);
  if (typeof image !== "string") return image;
  const { name } = order;
  const id = runId({ metadata: { name, uid: tenant.metadata.uid ?? "" } });
  return orderJob(ctx, bootstrapJob(tenant, { image, source, name, id, anonymize: from.anonymize }), order);
}

function told(ctx: TenantContext, result: StepResult): StepResult {
  if (result.type === "done")
    ctx.draft.condition({
      type: "Bootstrapped",
      status: "True",
      reason: "Bootstrapped",
      message: "The site began with a backup.",
    });
  else
    ctx.draft.condition({
      type: "Bootstrapped",
      status: "False",
      reason: result.reason,
      message: result.message,
    });
  return result;
}
