// Sends the grant to its site.
import { digestOf } from "../../../api/index.ts";
import { FINALIZER } from "../../attachment/farewell.ts";
import { done, ensureFinalizer } from "../../engine/index.ts";
import { guardOf } from "../../lms/guard.ts";
import { send } from "../../lms/send.ts";
import { bindingOf, type BindingStep } from "../context.ts";
import { bindingDocument, bindingField, bindingName, validity } from "../document.ts";

export const grant: BindingStep = {
  name: "grant",
  async run(ctx) {
    const { site } = ctx.found;
    if (!site) throw new Error("grant: the step before it found no site");
    const binding = bindingOf(ctx);
    const name = bindingName(binding);
    const document = bindingDocument(binding);
    const digest = digestOf(document);
    // Before anything is on the site that the finalizer would have to take off.
    await ensureFinalizer(ctx, FINALIZER);
    const sent = await send(ctx, site.lms, {
      what: `the grant of ${document.role}`,
      digest,
      reason: "Granted",
      place: bindingField,
      state: (digests) => digests.bindings[name],
      put: (lms) => lms.putBinding(name, document, ctx.signal, guardOf(site.tenant, ctx.object)),
    });
    if (sent.type !== "sent") return sent;
    const count = binding.spec.subjects.length;
    ctx.draft.set({ digest, subjects: count });
    const { state, changesInMs } = validity(binding.spec, Date.now());
    const whom = `${count} ${count === 1 ? "subject" : "subjects"}`;
    const { notBefore, expiresAt } = binding.spec;
    const message = {
      before: `Granted to ${whom} from ${notBefore ?? ""} on.`,
      holds: `Granted to ${whom}${expiresAt === undefined ? "" : ` until ${expiresAt}`}.`,
      expired: `Expired at ${expiresAt ?? ""}; it grants nothing any more and may be deleted.`,
    }[state];
    return done(changesInMs, message);
  },
};
