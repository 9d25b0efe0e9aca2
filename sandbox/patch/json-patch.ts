// JSON Patch, RFC 6902.
import type { JsonObject } from "../schema/index.ts";

/** Applies `operations` to a copy of `doc`. @throws PatchError when an operation is malformed or does not apply */
export function jsonPatch(_doc: JsonObject, _operations: unknown): JsonObject {
  throw new Error("not there yet");
}
