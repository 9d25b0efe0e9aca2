// Finds the tenant, or waits for it.
import { siteOf } from "../../attachment/site.ts";
import { done } from "../../engine/index.ts";
import { bindingOf, type BindingStep } from "../context.ts";

export const site: BindingStep = {
  name: "site",
  async run(ctx) {
    const found = await siteOf(ctx, bindingOf(ctx));
    if ("type" in found) return found;
    ctx.found.site = found;
    return done();
  },
};
