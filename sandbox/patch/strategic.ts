// Strategic merge patch: what kubectl sends for built-in kinds.
import type { JsonObject, SchemaNode } from "../schema/index.ts";

/** Applies `patch` to `doc`, typed by `schema`, and returns the result; no argument is changed. @throws PatchError */
export function strategicMergePatch(_doc: JsonObject, _patch: unknown, _schema: SchemaNode): JsonObject {
  throw new Error("not there yet");
}
