// Finds the tenant, or waits for it.
import { siteOf } from "../../attachment/site.ts";
import { done } from "../../engine/index.ts";
import { courseOf, type CourseStep } from "../context.ts";

export const site: CourseStep = {
  name: "site",
  async run(ctx) {
    const found = await siteOf(ctx, courseOf(ctx));
    if ("type" in found) return found;
    ctx.found.site = found;
    return done();
  },
};
