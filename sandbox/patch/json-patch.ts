// JSON Patch, RFC 6902. The operations are fast-json-patch's; refusals are worded here.
import fastJsonPatch from "fast-json-patch";
import type { Operation } from "fast-json-patch";
import { isObject, jsonClone, type JsonObject } from "../schema/index.ts";
import { PatchError } from "./patch-error.ts";

const OPERATIONS = new Set(["add", "remove", "replace", "move", "copy", "test"]);

/** More operations than this in one request are refused, as kube-apiserver does. */
const MAX_OPERATIONS = 10_000;

/** Applies `operations` to a copy of `doc`. @throws PatchError when an operation is malformed or does not apply */
export function jsonPatch(doc: JsonObject, operations: unknown): JsonObject {
  if (!Array.isArray(operations))
    throw new PatchError(
      400,
      `error decoding patch: a JSON patch is a list of operations, not ${kindOf(operations)}`,
    );
  if (operations.length > MAX_OPERATIONS)
    throw new PatchError(
      400,
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`,
    );
  for (const operation of operations as unknown[])
    if (!isObject(operation) || typeof operation["op"] !== "string" || !OPERATIONS.has(operation["op"]))
      throw new PatchError(400, `invalid operation ${JSON.stringify(operation)}: unsupported operation`);
  const result = run(jsonClone(doc), jsonClone(operations) as Operation[]);
  if (!isObject(result))
    throw new PatchError(422, `the patched document is ${kindOf(result)}, not an object`);
  return result;
}

function run(doc: JsonObject, operations: readonly Operation[]): unknown {
  try {
    return fastJsonPatch.applyPatch<unknown>(doc, operations, true, true, true).newDocument;
  } catch (error) {
    const { message, index } = error as { message: string; index?: number };
    const [reason = ""] = message.split("\n");
    const which = index === undefined ? "" : `operation ${index} ${JSON.stringify(operations[index])}: `;
    throw new PatchError(422, which + reason);
  }
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}
