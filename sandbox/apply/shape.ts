// How apply looks at a value of a type: as a leaf that is taken whole, as fields, or as items with identities.
import { anything, isObject, type JsonObject, type SchemaNode } from "../schema/index.ts";

export type Shape = "leaf" | "map" | "list";

/**
 * The shape of `value`. Atomic maps and lists are leaves; free-form content has granular maps and atomic lists;
 * a value that is not of its type counts as a leaf.
 */
export function shapeOf(node: SchemaNode, value: unknown): Shape {
  if (Array.isArray(value)) return node.type === "array" && node.listType !== "atomic" ? "list" : "leaf";
  if (!isObject(value) || node.mapType === "atomic") return "leaf";
  return node.type === "object" || node.type === "" ? "map" : "leaf";
}

/** The type of the value under `key`. Content that nothing declares is free-form. */
export function childOf(node: SchemaNode, key: string): SchemaNode {
  return node.properties.get(key) ?? node.additional ?? anything;
}

/** The type of the items of a list. */
export const itemsOf = (node: SchemaNode): SchemaNode => node.items ?? anything;

/** Null, absent, `{}` and `[]` are all the same to a merge: there is nothing to descend into. */
export function isEmptyContainer(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (!isObject(value)) return false;
  for (const _key in value) return false;
  return true;
}

/** Own entries of an object value; none for anything else. */
export const fieldsOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
