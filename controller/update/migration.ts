// Runs a migration, or the plan of one, and tells what came of it.
import type { MigrateReport } from "../../api/index.ts";
import { Job, keyOf } from "../engine/index.ts";
import { LmsTenant } from "../kinds.ts";
import { endingOf } from "../runs/ending.ts";
import { jobInCache, type Order, orderJob } from "../runs/order.ts";
import type { UpdateContext, Why } from "./context.ts";
import { migrateJob, migrateReport } from "./migrate-job.ts";
import { withoutStop } from "../words.ts";

type Migrated =
  | { readonly state: "running"; readonly trouble?: string | undefined }
  | { readonly state: "complete"; readonly report: Extract<MigrateReport, { ok: true }> }
  | ({ readonly state: "failed" } & Why);

export async function migration(ctx: UpdateContext, what: "plan" | "migrate"): Promise<Migrated> {
  const { update, tenant } = ctx;
  const order: Order = {
    type: LmsTenant as never,
    name: `${update.id}-${what}`,
    does: what === "plan" ? "looks at what the update takes" : "migrates the database",
    field: "spec.update",
    reason: what === "plan" ? "UpdateChecked" : "MigrationStarted",
  };
  const desired = migrateJob(tenant, { name: order.name, image: update.to.image, plan: what === "plan" });
  const job = jobInCache(ctx, order) ?? (await orderJob(ctx, desired, order));
  if ("type" in job) return { state: "failed", reason: job.reason, message: withoutStop(job.message) };
  const ending = await endingOf(ctx, job, migrateReport);
  if (ending.state === "running") return { state: "running", trouble: ending.trouble };
  const { report } = ending;
  if (ending.state === "complete" && report?.ok === true) return { state: "complete", report };
  if (ending.state === "complete") {
    // The pod is gone, and what it said with it. A second run finds nothing left to do, and says so.
    await ctx.client.delete(Job, keyOf(job), { preconditions: { uid: job.metadata.uid } });
    return { state: "running", trouble: "the Job's report is lost; asking for it again" };
  }
  if (report?.ok === false)
    return { state: "failed", reason: report.reason, message: withoutStop(report.message) };
  return {
    state: "failed",
    reason: ending.tooLong ? "DeadlineExceeded" : "MigrationFailed",
    message: withoutStop(ending.why),
  };
}
