// Looks before anything is touched: the site is well, the release can be started, its migrations are known.
import { cannotBeRead } from "../../backup/policy.ts";
import { restoreUnderWay } from "../../restore/under-way.ts";
import { waitingFor } from "../../tenant/progress.ts";
import { abandon, type Advance, type UpdateContext, type UpdateStep, waiting } from "../context.ts";
import { summary, together } from "../gate.ts";
import { migration } from "../migration.ts";
import { asked, lacksOn } from "../replicas.ts";
import { closed } from "./begin.ts";
import { withoutStop } from "../../words.ts";

export const check: UpdateStep = {
  name: "Check",
  async run(ctx) {
    const { update } = ctx;
    if (closed(ctx)) return { to: "Window" };
    const lacks = lacksOn(ctx, update.from.image) ?? beingRestored(ctx);
    if (lacks !== undefined)
      return waiting("SiteNotWell", `the site is to be well before it is updated, and ${lacks}`);
    const plan = await migration(ctx, "plan");
    if (plan.state === "failed") return abandon(plan.reason, plan.message);
    if (plan.state === "running")
      return waiting("Checking", withoutStop(waitingFor("the release is looked at", plan.trouble)));
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
  const found = await asked(ctx, async (replicas) => ({
    traffic: await Promise.all(replicas.map(({ lms }) => lms.traffic(ctx.signal))),
    status: await replicas[0]?.lms.status(ctx.signal),
  }));
  if ("trouble" in found) return waiting("SiteNotWell", found.trouble);
  const { traffic, status } = found.answer;
  const known = status?.knownSchemaVersion ?? 0;
  const compatible = plan.compatibleFrom <= known;
  if (!compatible && cannotBeRead(ctx.tenant))
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
}

function beingRestored(ctx: UpdateContext): string | undefined {
  const restore = restoreUnderWay(ctx);
  return restore && `Restore ${restore.metadata.name} is under way`;
}
