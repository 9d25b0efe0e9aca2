// Sends the course to its site.
import { digestOf } from "../../../api/index.ts";
import { FINALIZER } from "../../attachment/farewell.ts";
import { done, ensureFinalizer } from "../../engine/index.ts";
import { guardOf } from "../../lms/guard.ts";
import { send } from "../../lms/send.ts";
import { siteUrl } from "../../settings.ts";
import { courseKeyOf, courseOf, type CourseStep } from "../context.ts";
import { courseField } from "../document.ts";

export const publish: CourseStep = {
  name: "publish",
  async run(ctx) {
    const { site, document } = ctx.found;
    if (!site || !document) throw new Error("publish: the steps before it found no site or no content");
    const key = courseKeyOf(courseOf(ctx));
    const digest = digestOf(document);
    // Before anything is on the site that the finalizer would have to take off.
    await ensureFinalizer(ctx, FINALIZER);
    const sent = await send(ctx, site.lms, {
      what: `course "${key}"`,
      digest,
      reason: "Published",
      place: courseField,
      state: (digests) => digests.courses[key],
      put: (lms) => lms.putCourse(key, document, ctx.signal, guardOf(site.tenant, ctx.object)),
      // Only the answer tells how many items are archived; it may have been lost on its way into status.
      unanswered: ctx.object.status?.digest !== digest,
    });
    if (sent.type !== "sent") return sent;
    // Where the site serves, not where it wishes to: that hostname may be another tenant's.
    const address = site.tenant.status?.url ?? siteUrl(ctx.env.settings, site.tenant);
    const url = `${address}/courses/${key}`;
    const items = document.modules.reduce((sum, module) => sum + module.items.length, 0);
    ctx.draft.set({ key, url, digest, modules: document.modules.length, items });
    if (sent.result?.archivedItems !== undefined) ctx.draft.set({ archivedItems: sent.result.archivedItems });
    return done(
      undefined,
      `Published at ${url}: ${items} ${items === 1 ? "item" : "items"} in ${document.modules.length} ${document.modules.length === 1 ? "module" : "modules"}.`,
    );
  },
};
