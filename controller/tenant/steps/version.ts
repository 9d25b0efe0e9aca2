// Which version serves: asked when it may have changed, for counting what an LMS holds is not free.
import { done, findCondition } from "../../engine/index.ts";
import { outcomeOf } from "../../lms/outcome.ts";
import { imageFor, lmsOf, tenantOf, type TenantStep } from "../context.ts";
import { runtimeOf } from "../runtime.ts";
import { siteUrl } from "../../settings.ts";

export const version: TenantStep = {
  name: "version",
  async run(ctx) {
    const tenant = tenantOf(ctx);
    const known = ctx.object.status;
    const image = imageFor(ctx);
    if (typeof image !== "string") return image;
    // Pods that were away may have come back as another build of the same tag.
    const wasAway = findCondition(known?.conditions, "Available")?.status !== "True";
    if (known?.version === undefined || known.image !== image || wasAway) {
      const lms = await lmsOf(ctx);
      if ("type" in lms) return lms;
      try {
        ctx.draft.set({ version: (await lms.status(ctx.signal)).version });
      } catch (error) {
        return outcomeOf(error, () => "");
      }
    }
    ctx.draft.set({ image });
    const ready = runtimeOf(ctx)?.status?.readyReplicas ?? 0;
    return done(
      undefined,
      `Serving at ${siteUrl(ctx.env.settings, tenant)} with ${ready} ${ready === 1 ? "replica" : "replicas"}.`,
    );
  },
};
