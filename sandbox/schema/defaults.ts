// Defaults, and the nulls that stand where no null may. Both change the value in place.
import { isObject, jsonClone, setKey } from "./json.ts";
import { anything, type CompiledNode } from "./node.ts";

/** Removes nulls whose field is not nullable and has no default: kube-apiserver reads them as absent. */
export function dropNulls(node: CompiledNode, value: unknown): void {
  if (Array.isArray(value)) {
    if (node.items) for (const item of value) dropNulls(node.items, item);
    return;
  }
  if (!isObject(value)) return;
  for (const key of Object.keys(value)) {
    const child = node.properties.get(key) ?? node.additional;
    if (!child) continue;
    if (value[key] !== null) dropNulls(child, value[key]);
    else if (!child.nullable && !child.hasDefault && child !== anything) delete value[key];
  }
}

/** Fills defaults in, everywhere below `value`. */
export function fillDefaults(node: CompiledNode, value: unknown): void {
  if (!node.defaultsBelow) return;
  if (Array.isArray(value)) {
    const { items } = node;
    if (!items) return;
    for (let i = 0; i < value.length; i++) {
      if (value[i] === null && !items.nullable && items.hasDefault) value[i] = jsonClone(items.props.default);
      fillDefaults(items, value[i]);
    }
    return;
  }
  if (!isObject(value)) return;
  for (const [key, child] of node.properties) {
    if (!child.defaultsBelow) continue;
    const current = Object.hasOwn(value, key) ? value[key] : undefined;
    if (child.hasDefault && (current === undefined || (current === null && !child.nullable)))
      setKey(value, key, jsonClone(child.props.default));
    if (Object.hasOwn(value, key)) fillDefaults(child, value[key]);
  }
  const { additional } = node;
  if (!additional?.defaultsBelow) return;
  for (const key of Object.keys(value)) {
    if (node.properties.has(key)) continue;
    if (value[key] === null && !additional.nullable && additional.hasDefault)
      setKey(value, key, jsonClone(additional.props.default));
    fillDefaults(additional, value[key]);
  }
}
