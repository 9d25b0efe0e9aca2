// Words a field error the way kube-apiserver does. Finding errors is elsewhere.
import type { FieldError, FieldErrorType } from "./types.ts";

const WORDING: Record<FieldErrorType, string> = {
  Required: "Required value",
  Invalid: "Invalid value",
  NotSupported: "Unsupported value",
  Duplicate: "Duplicate value",
  Forbidden: "Forbidden",
  TooLong: "Too long",
  TooMany: "Too many",
  TooFew: "Too few",
  TypeInvalid: "Invalid value",
  NotFound: "Not found",
  InternalError: "Internal error",
};

const WITHOUT_VALUE = new Set<FieldErrorType>(["Required", "Forbidden", "InternalError", "TooLong"]);

/** The `reason` of a Status cause, such as `FieldValueInvalid`. */
export function causeReason(error: FieldError): string {
  return error.type === "InternalError" ? "InternalError" : `FieldValue${error.type}`;
}

/** The line without the field: `Invalid value: "x": must be a number`. This is a Status cause's `message`. */
export function fieldErrorBody(error: FieldError): string {
  const shown =
    error.badValue === undefined || WITHOUT_VALUE.has(error.type)
      ? ""
      : `: ${JSON.stringify(error.badValue)}`;
  return `${WORDING[error.type]}${shown}${error.detail ? `: ${error.detail}` : ""}`;
}

/** The whole line: `spec.port: Invalid value: "x": must be a number`. */
export function fieldErrorMessage(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`;
}
