// Sends one document to an LMS, only when the LMS holds another one or somebody changed there what it declares; what came
// of it is told in events and in the condition Drifted.
import type { ApplyResult, Digests, DocumentState } from "../../api/index.ts";
import { mustBeCurrent, type ReconcileContext, type StepResult } from "../engine/index.ts";
import { drifted, inSync, type LmsClient } from "./client.ts";
import { changesText } from "./changes.ts";
import { outcomeOf } from "./outcome.ts";

export interface Sending {
  /** For people: `the site`, `course "maths"`. */
  readonly what: string;
  /** Digest of the document, as the LMS computes it. */
  readonly digest: string;
  /** Reason of the event that tells of it. */
  readonly reason: string;
  /** Field of the manifest for a pointer into the document. */
  readonly place: (pointer: string) => string;
  state(digests: Digests): DocumentState | undefined;
  put(lms: LmsClient): Promise<ApplyResult>;
  /** What the LMS answered to this document is needed and not known; it is sent even if the LMS holds it. */
  readonly unanswered?: boolean;
}

type SendContext = Pick<ReconcileContext, "signal" | "events" | "draft">;

/** The LMS holds the document; `result` is absent when it held it before. */
export interface Sent {
  readonly type: "sent";
  readonly result?: ApplyResult;
}

/** Brings the document to the LMS, or says what the step has to answer instead. */
export async function send(ctx: SendContext, lms: LmsClient, sending: Sending): Promise<Sent | StepResult> {
  const { what, digest } = sending;
  try {
    const state = sending.state(await lms.digests(ctx.signal));
    if (inSync(state, digest) && !sending.unanswered) return { type: "sent" };
    // The cache may show a spec of the past: what the LMS holds may be newer than what would replace it.
    await mustBeCurrent(ctx);
    if (drifted(state))
      drift(
        ctx,
        "True",
        "DriftFound",
        `Somebody changed ${what} on the site; it is being made as declared again.`,
      );
    const result = await sending.put(lms);
    if (drifted(state) && state?.applied === digest) tellOfDrift(ctx, what, result);
    else tellOfChange(ctx, sending, state, result);
    return { type: "sent", result };
  } catch (error) {
    return outcomeOf(error, sending.place);
  }
}

function tellOfDrift(ctx: SendContext, what: string, result: ApplyResult): void {
  const message = `Somebody had changed ${what} on the site; made as declared again: ${changesText(result.changes)}.`;
  drift(ctx, "False", "DriftCorrected", message);
  ctx.events.normal("DriftCorrected", message);
}

function tellOfChange(
  ctx: SendContext,
  { what, reason }: Sending,
  state: DocumentState | undefined,
  result: ApplyResult,
): void {
  ctx.draft.removeCondition("Drifted");
  if (!result.changed) return;
  ctx.events.normal(
    reason,
    state === undefined ? `Set up ${what}.` : `Changed ${what}: ${changesText(result.changes)}.`,
  );
}

function drift(ctx: SendContext, status: "True" | "False", reason: string, message: string): void {
  ctx.draft.condition({ type: "Drifted", status, reason, message });
}
