// What a refusal or a silence of an LMS means for a reconcile step.
import { requeueAfter, StepError, stalled, type StepResult } from "../engine/index.ts";
import { LmsProblem } from "./errors.ts";

/** When to ask an LMS again that did not answer. Usually something we watch tells sooner. */
const SILENCE_MS = 3_000;
/** When to look again for something a document names; its appearance usually wakes us sooner. */
const WAITING_MS = 30_000;
/** When to try again to take away what was in use: nobody tells us that it is not any more. */
const IN_USE_MS = 5_000;

const SILENT: ReadonlySet<string> = new Set(["LmsUnreachable", "LmsNotReady", "LmsUnauthorized"]);

/** True when the LMS cannot be spoken to just now: nothing is known about the document. */
export function isSilence(error: unknown): error is StepError {
  return error instanceof StepError && SILENT.has(error.reason);
}

/**
 * The result of a step whose call to the LMS failed: stalled when the document is at fault, waiting when it names what
 * is not there yet or when the LMS does not answer.
 * @param place the manifest's field for a pointer into the document
 * @throws anything else
 */
export function outcomeOf(error: unknown, place: (pointer: string) => string): StepResult {
  if (error instanceof LmsProblem) {
    const { code } = error.problem;
    const message = error.inManifest(place);
    if (error.terminal) return stalled(code, message);
    if (error.waiting)
      return requeueAfter(code === "InUse" ? IN_USE_MS : WAITING_MS, code, `Waiting: ${message}`);
  }
  if (isSilence(error)) return requeueAfter(SILENCE_MS, error.reason, error.message);
  throw error;
}
