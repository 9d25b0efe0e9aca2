// What tells the items of a set or a list-map apart, and the fault of two items being the same.
import { isObject, jsonEqual } from "./json.ts";
import type { CompiledNode } from "./node.ts";
import type { FieldError, SchemaNode } from "./types.ts";

/** The key fields of a list-map item, with defaults for those left out, in the schema's order. */
export function listItemKeys(node: SchemaNode, item: unknown): Record<string, unknown> {
  const keys: Record<string, unknown> = {};
  if (!isObject(item)) return keys;
  for (const key of node.listKeys) {
    const value = Object.hasOwn(item, key) ? item[key] : undefined;
    const known = value ?? node.items?.properties.get(key)?.props.default;
    if (known !== undefined && known !== null) keys[key] = known;
  }
  return keys;
}

/** The identity of a list-map item as one string. */
export function listItemKey(node: SchemaNode, item: unknown): string {
  return JSON.stringify(listItemKeys(node, item));
}

/** Adds a fault for every item that repeats an earlier one. */
export function checkListKeys(
  node: CompiledNode,
  list: readonly unknown[],
  path: string,
  errors: FieldError[],
): void {
  const seen = new Set<string>();
  list.forEach((item, index) => {
    const isMap = node.listType === "map";
    if (isMap && !isObject(item)) return;
    const key = isMap ? listItemKey(node, item) : identity(item);
    if (!seen.has(key)) {
      seen.add(key);
      return;
    }
    // A third equal item is not reported again: the second already was.
    const earlier = list
      .slice(0, index)
      .filter((other) => (isMap ? listItemKey(node, other) === key : jsonEqual(other, item)));
    if (earlier.length === 1)
      errors.push({
        type: "Duplicate",
        field: `${path}[${index}]`,
        badValue: isMap ? listItemKeys(node, item) : item,
        detail: "",
      });
  });
}

/** Equal JSON values have equal identities, whatever the order of their keys. */
function identity(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
