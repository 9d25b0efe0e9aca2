// One step of a path in FieldsV1: f:field, k:{key of a list-map item}, v:value of a set, i:index.
import { isObject, type SchemaNode } from "../schema/index.ts";

/** The element of a field. */
export const fieldElement = (name: string): string => `f:${name}`;

const sortedKeys = new WeakMap<SchemaNode, readonly string[]>();

/** The element of an item of a set or list-map; undefined when a list-map item has none of its keys. */
export function itemElement(list: SchemaNode, item: unknown): string | undefined {
  if (list.listType === "set") return `v:${canonical(item)}`;
  if (!isObject(item)) return undefined;
  let keys = sortedKeys.get(list);
  if (!keys) sortedKeys.set(list, (keys = [...list.listKeys].sort()));
  let text = "";
  for (const key of keys) {
    const value = item[key] ?? list.items?.properties.get(key)?.props.default;
    if (value === undefined || value === null) continue;
    text += `${text === "" ? "" : ","}"${key}":${canonical(value)}`;
  }
  return text === "" ? undefined : `k:{${text}}`;
}

/** JSON with the keys of objects in order. */
function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
}

/** The element as conflicts print it: `.field`, `[name="a"]`, `[="x"]`, `[0]`. */
export function printElement(element: string): string {
  const text = element.slice(2);
  switch (element.charAt(0)) {
    case "f":
      return `.${text}`;
    case "k":
      return `[${Object.entries(JSON.parse(text) as object)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(",")}]`;
    case "v":
      return `[=${text}]`;
    default:
      return `[${text}]`;
  }
}

const RANK: Record<string, number> = { f: 0, k: 1, v: 2, i: 3 };

/** Fields before keys before values before indexes, each alphabetically. */
export function compareElements(a: string, b: string): number {
  const order = (RANK[a.charAt(0)] ?? 4) - (RANK[b.charAt(0)] ?? 4);
  if (order !== 0) return order;
  return a < b ? -1 : a > b ? 1 : 0;
}
