// Whatever goes wrong on the admin listener as a problem document. Internals are logged, never answered.
import type { FastifyError } from "fastify";
import { isUnavailable } from "../db/errors.ts";
import { AdminProblem } from "./problem.ts";

/** Most bytes a document may have: a course with its files in base64. */
export const BODY_LIMIT = 24 * 1024 * 1024;

/** The problem an error is; `Internal` when it is ours. */
export function problemFor(error: unknown, requestId: string): AdminProblem {
  if (error instanceof AdminProblem) return error;
  const { code = "", statusCode = 500, message } = error as Partial<FastifyError>;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE")
    return new AdminProblem("DocumentTooLarge", {
      detail: `the document is larger than ${BODY_LIMIT / 1024 / 1024} MiB`,
      remedy: "Make pictures smaller, link to big files instead of including them, or split the course.",
    });
  // Text PostgreSQL cannot store: U+0000 and halves of surrogate pairs.
  if (code === "22021" || code === "22P05" || code === "22P02")
    return new AdminProblem("InvalidContent", {
      detail: "the document contains a character that is not text (U+0000 or half of a surrogate pair)",
      remedy: "Remove control characters from the texts and send the document again.",
    });
  if (error instanceof RangeError && /call stack/.test(error.message))
    return new AdminProblem("MalformedRequest", {
      detail: "the document is nested too deeply",
      remedy: "Send a document as the schema describes it; it is about ten levels deep.",
    });
  if (isUnavailable(error))
    return new AdminProblem("NotReady", {
      detail: "the database does not answer or is busy",
      remedy: "Try again in a few seconds; /readyz says when the runtime is ready.",
    });
  if (statusCode >= 400 && statusCode < 500)
    return new AdminProblem("MalformedRequest", {
      detail: message ?? "the request cannot be read",
      remedy: "Send one JSON document with Content-Type: application/json.",
    });
  return new AdminProblem("Internal", {
    detail: `the runtime failed; its log says why under request ${requestId}`,
    remedy: "Try again; if it stays, look at the runtime's log.",
  });
}
