// Removes what the schema does not know. Nothing is judged here beyond "known or unknown".
import { isObject } from "./json.ts";
import type { CompiledNode } from "./node.ts";
import type { JsonObject } from "./types.ts";

/** Removes unknown fields in place; their paths are added to `unknown`. */
export function pruneValue(node: CompiledNode, value: unknown, path: string, unknown: string[]): void {
  if (Array.isArray(value)) {
    const { items } = node;
    if (items) for (let i = 0; i < value.length; i++) pruneValue(items, value[i], `${path}[${i}]`, unknown);
    return;
  }
  if (isObject(value)) pruneObject(node, value, path, unknown);
}

function pruneObject(node: CompiledNode, value: JsonObject, path: string, unknown: string[]): void {
  for (const key of Object.keys(value)) {
    const child = node.properties.get(key) ?? node.additional;
    const at = path === "" ? key : `${path}.${key}`;
    if (child) pruneValue(child, value[key], at, unknown);
    else if (!node.preserveUnknown) {
      delete value[key];
      unknown.push(at);
    }
  }
}
