// JSON Merge Patch, RFC 7386.
import type { JsonObject } from "../schema/index.ts";

/** Applies `patch` to `doc` and returns the result; neither argument is changed. @throws PatchError */
export function mergePatch(_doc: JsonObject, _patch: unknown): JsonObject {
  throw new Error("not there yet");
}
