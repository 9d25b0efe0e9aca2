// How the site and the directory are brought to the LMS. What is in them is not known here.
import { done, type StepResult } from "../../engine/index.ts";
import { send, type Sending } from "../../lms/send.ts";
import { lmsOf, type TenantContext } from "../context.ts";

export interface TenantDocument extends Sending {
  /** The kind's own condition. */
  readonly condition: "Configured" | "DirectorySynced";
  readonly digestField: "siteDigest" | "directoryDigest";
}

/** Brings one document of the tenant to its LMS and says so in status. */
export async function bringDocument(ctx: TenantContext, document: TenantDocument): Promise<StepResult> {
  const { condition: type, reason, what, digest, digestField } = document;
  const lms = await lmsOf(ctx);
  if ("type" in lms) return lms;
  const sent = await send(ctx, lms, document);
  if (sent.type === "sent") {
    ctx.draft.set({ [digestField]: digest });
    ctx.draft.condition({ type, status: "True", reason, message: `The LMS holds ${what} as declared.` });
    return done();
  }
  if (sent.type !== "done")
    ctx.draft.condition({ type, status: "False", reason: sent.reason, message: sent.message });
  return sent;
}
