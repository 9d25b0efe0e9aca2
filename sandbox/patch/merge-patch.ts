// JSON Merge Patch, RFC 7386.
import { isObject, jsonClone, setKey, type JsonObject } from "../schema/index.ts";
import { PatchError } from "./patch-error.ts";

/** Applies `patch` to `doc` and returns the result; neither argument is changed. @throws PatchError */
export function mergePatch(doc: JsonObject, patch: unknown): JsonObject {
  if (!isObject(patch))
    throw new PatchError(
      400,
      "error decoding patch: a merge patch must be a JSON object, as the object it changes is",
    );
  return merged(doc, patch) as JsonObject;
}

function merged(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return jsonClone(patch);
  const out: JsonObject = {};
  if (isObject(target))
    for (const key in target) if (!Object.hasOwn(patch, key)) setKey(out, key, jsonClone(target[key]));
  for (const key in patch) {
    if (patch[key] === null) continue;
    const before = isObject(target) && Object.hasOwn(target, key) ? target[key] : undefined;
    setKey(out, key, merged(before, patch[key]));
  }
  return out;
}
