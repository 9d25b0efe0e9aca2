// Whether the site is on the release that it should be on: the condition UpToDate. Updating it is controller/update.
import { type DeclaredCondition, done, requeueAfter, stalled } from "../../engine/index.ts";
import { patienceFor, wantedBy } from "../../update/reconcile.ts";
import { currentOf } from "../../update/release.ts";
import { isUnderWay } from "../../update/state.ts";
import { RETRY } from "../../update/steps/revert.ts";
import { type TenantContext, tenantOf, type TenantStep } from "../context.ts";
import { withoutStop } from "../../words.ts";

const LOOK_AGAIN_MS = 15_000;

type Told = Omit<DeclaredCondition, "type"> & {
  /** Of a release that the manifest names: what keeps the site from being as declared. */
  readonly holds?: "for-now" | "for-good";
};

export const updates: TenantStep = {
  name: "updates",
  run(ctx) {
    const told = upToDate(ctx);
    if (told === undefined) ctx.draft.removeCondition("UpToDate");
    else {
      const { holds: _, ...condition } = told;
      ctx.draft.condition({ type: "UpToDate", ...condition });
    }
    return done();
  },
};

/** Last of all: a site that serves on another release than the manifest names is not as declared. */
export const asDeclared: TenantStep = {
  name: "as-declared",
  run(ctx) {
    const { holds, reason, message } = upToDate(ctx) ?? {};
    if (holds === undefined || reason === undefined || message === undefined) return done();
    return holds === "for-good" ? stalled(reason, message) : requeueAfter(LOOK_AGAIN_MS, reason, message);
  },
};

function upToDate(ctx: TenantContext): Told | undefined {
  const tenant = tenantOf(ctx);
  const { spec, status } = tenant;
  if (!spec.update || status?.siteDigest === undefined) return undefined;
  const { update } = status;
  const target = wantedBy(ctx, tenant, spec.update);
  const declared = spec.image !== undefined || spec.version !== undefined;
  const told = (reason: string, message: string, holds: NonNullable<Told["holds"]>): Told => ({
    status: "False",
    reason,
    message: sentence(message),
    ...(declared && { holds }),
  });
  if (isUnderWay(update))
    return told(update.reason ?? "Updating", update.message ?? "The update is under way", "for-now");
  if (target.kind === "unknown") return told(target.reason, target.message, "for-good");
  // What neither came nor went well stays told, wherever the site is now.
  const failed =
    update && update.result !== "Succeeded" && update.reason !== "NotWanted" ? update : undefined;
  const stuck = failed?.result === "Failed";
  if (failed && (stuck || (target.kind === "release" && patienceFor(ctx, failed, target.release) > 0))) {
    const message = `${failed.message ?? ""}. Set the annotation ${RETRY} to ${failed.id} to try again`;
    return told(`Update${failed.result ?? "Failed"}`, message, "for-good");
  }
  if (target.kind === "release") return told("Updating", "An update is about to begin", "for-now");
  const { version, image } = currentOf(tenant);
  return {
    status: "True",
    reason: "UpToDate",
    message: `The site is on ${version ?? image ?? "its release"}.`,
  };
}

const sentence = (text: string): string =>
  `${withoutStop(text)}.`.replace(/^(?!spec\.)./, (letter) => letter.toUpperCase());
