// Looks before anything is touched: the site is well, the release can be started, its migrations are known.
import { StepError } from "../../engine/index.ts";
import { LmsProblem } from "../../lms/errors.ts";
import { Restore } from "../../kinds.ts";
import { isOver } from "../../runs/id.ts";
import { waitingFor } from "../../tenant/progress.ts";
import { abandon, type Advance, type UpdateContext, type UpdateStep, waiting } from "../context.ts";
import { summary, together } from "../gate.ts";
import { migration } from "../migration.ts";
import { lacksOn, replicasOf } from "../replicas.ts";
import { closed } from "./begin.ts";

export const check: UpdateStep = {
  name: "Check",
  async run(ctx) {
    const { update } = ctx;
    if (closed(ctx)) return { to: "Window" };
    const lacks = lacksOn(ctx, update.from.image) ?? beingRestored(ctx);
    if (lacks !== undefined)
      return waiting("SiteNotWell", `the site is to be well before it is updated, and ${lacks}`);
    const plan = await migration(ctx, "plan");
    if (plan.state === "failed") return abandon(plan.reason, `${plan.message}`);
    if (plan.state === "running")
      return waiting("Checking", waitingFor("the release is looked at", plan.trouble).replace(/\.$/, ""));
    const wrong = otherVersion(update.to.version, plan.report.runtimeVersion);
    if (wrong !== undefined) return abandon("WrongVersion", wrong);
    return measured(ctx, plan.report);
  },
};

/** What the image says of itself counts. */
export function otherVersion(wanted: string | undefined, is: string): string | undefined {
  if (wanted === undefined || wanted === is) return undefined;
  return `the image says that it is version ${is}, and the catalog that it is ${wanted}: correct the catalog`;
}

async function measured(
  ctx: UpdateContext,
  plan: { readonly runtimeVersion: string; readonly schemaVersion: number; readonly compatibleFrom: number },
): Promise<Advance> {
  const { update } = ctx;
  try {
    const replicas = await replicasOf(ctx);
    const traffic = await Promise.all(replicas.map(({ lms }) => lms.traffic(ctx.signal)));
    const [first] = replicas;
    if (!first) return waiting("SiteNotWell", "no replica is ready");
    const { knownSchemaVersion: known } = await first.lms.status(ctx.signal);
    const compatible = plan.compatibleFrom <= known;
    if (!compatible && cannotBeRead(ctx))
      return abandon(
        "IdentityMissing",
        "going back from this release takes the data of before, and backups are encrypted: set spec.backup.drills.identitySecretRef",
      );
    return {
      to: "Backup",
      set: {
        to: { ...update.to, version: plan.runtimeVersion },
        schema: { from: plan.schemaVersion, known, compatible },
        before: summary(together(traffic)),
      },
    };
  } catch (error) {
    if (!(error instanceof StepError) && !(error instanceof LmsProblem)) throw error;
    return waiting("SiteNotWell", error.message.replace(/\.$/, ""));
  }
}

/** Backups are encrypted, and the cluster has no key to them. */
export function cannotBeRead({ tenant }: Pick<UpdateContext, "tenant">): boolean {
  const { backup } = tenant.spec;
  return backup?.encryption !== undefined && backup.drills?.identitySecretRef === undefined;
}

function beingRestored({ cache, key }: UpdateContext): string | undefined {
  const restore = cache(Restore)
    .list(key.namespace)
    .find((one) => one.spec.mode === "InPlace" && one.spec.tenantRef.name === key.name && !isOver(one));
  return restore && `Restore ${restore.metadata.name} is under way`;
}
