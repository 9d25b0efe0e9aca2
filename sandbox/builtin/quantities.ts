// Quantities that a manifest gives as numbers ("cpu: 2") become their text, as kube-apiserver stores them.
import { isObject, setKey, type JsonObject, type SchemaNode } from "../schema/index.ts";

const below = new WeakMap<SchemaNode, boolean>();

function hasQuantities(node: SchemaNode): boolean {
  const known = below.get(node);
  if (known !== undefined) return known;
  const children = [...node.properties.values(), node.additional, node.items];
  const found =
    node.props.format === "quantity" || children.some((child) => child !== undefined && hasQuantities(child));
  below.set(node, found);
  return found;
}

/** Turns numbers into text wherever the schema has a quantity, in place. */
export function spellQuantities(node: SchemaNode, value: unknown): void {
  if (!hasQuantities(node)) return;
  if (Array.isArray(value)) {
    if (node.items) for (const item of value) spellQuantities(node.items, item);
  } else if (isObject(value)) spellFields(node, value);
}

function spellFields(node: SchemaNode, object: JsonObject): void {
  for (const key of Object.keys(object)) {
    const child = node.properties.get(key) ?? node.additional;
    if (!child) continue;
    const value = object[key];
    if (child.props.format === "quantity" && typeof value === "number") setKey(object, key, String(value));
    else spellQuantities(child, value);
  }
}
