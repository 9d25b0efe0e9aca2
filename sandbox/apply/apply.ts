// Server-side apply and the tracking of other writes.
import type { JsonObject } from "../schema/index.ts";
import type { ApplyRequest, ApplyResult, UpdateRequest } from "./types.ts";

/** Merges an applied configuration into the live object, or names the conflicts. Arguments are not changed. */
export function applyPatch(_request: ApplyRequest): ApplyResult {
  throw new Error("not there yet");
}

/** Returns `after` with `metadata.managedFields` brought up to date for a write by `manager`. */
export function trackUpdate(_request: UpdateRequest): JsonObject {
  throw new Error("not there yet");
}
