// Merges an applied configuration into a live value, and takes fields out of a value. Ownership is not known here.
import { setKey, type JsonObject, type SchemaNode } from "../schema/index.ts";
import type { FieldSet } from "./field-set.ts";
import { fieldElement, itemElement } from "./path-element.ts";
import { childOf, fieldsOf, isEmptyContainer, itemsOf, shapeOf } from "./shape.ts";

/** `live` with everything that `applied` says laid over it. Shares unchanged parts with its arguments. */
export function merge(node: SchemaNode, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live;
  if (live === undefined || (isEmptyContainer(live) && isEmptyContainer(applied))) return applied;
  const shapes = [shapeOf(node, live), shapeOf(node, applied)];
  if (shapes.includes("map") && mergeable(live, applied, "map", node))
    return mergeMaps(node, fieldsOf(live), fieldsOf(applied));
  if (shapes.includes("list") && mergeable(live, applied, "list", node))
    return mergeLists(node, (live ?? []) as unknown[], (applied ?? []) as unknown[]);
  return applied;
}

/** Both sides have the shape, or one has it and the other is null. */
function mergeable(live: unknown, applied: unknown, shape: "map" | "list", node: SchemaNode): boolean {
  return [live, applied].every((value) => value === null || shapeOf(node, value) === shape);
}

function mergeMaps(node: SchemaNode, live: JsonObject, applied: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const key in live)
    setKey(
      out,
      key,
      merge(childOf(node, key), live[key], Object.hasOwn(applied, key) ? applied[key] : undefined),
    );
  for (const key in applied) if (!Object.hasOwn(live, key)) setKey(out, key, applied[key]);
  return out;
}

/**
 * Items of both lists, merged by identity. The applied list's order rules for its items; live items that are not
 * applied stay where they stood relative to the live items around them.
 */
function mergeLists(node: SchemaNode, live: readonly unknown[], applied: readonly unknown[]): unknown[] {
  const left = index(node, live);
  const right = index(node, applied);
  const shared = [...right.keys()].filter((key) => left.has(key));
  const leftKeys = [...left.keys()];
  const rightKeys = [...right.keys()];
  const out: unknown[] = [];
  const take = (key: string): void => {
    out.push(merge(itemsOf(node), left.get(key), right.get(key)));
    if (key === shared[0]) shared.shift();
  };
  let l = 0;
  let r = 0;
  while (l < leftKeys.length || r < rightKeys.length) {
    const fromLeft = leftKeys[l];
    const fromRight = rightKeys[r];
    if (fromLeft !== undefined && fromLeft === fromRight) {
      take(fromLeft);
      l++;
      r++;
    } else if (fromLeft !== undefined && !right.has(fromLeft)) {
      take(fromLeft);
      l++;
    } else if (
      fromLeft !== undefined &&
      fromRight !== undefined &&
      shared.length > 0 &&
      fromLeft !== shared[0]
    ) {
      // A shared item that the applied list puts elsewhere.
      l++;
    } else if (fromRight !== undefined) {
      take(fromRight);
      r++;
    } else l++;
  }
  return out;
}

function index(node: SchemaNode, list: readonly unknown[]): Map<string, unknown> {
  const items = new Map<string, unknown>();
  list.forEach((item, at) => {
    const key = itemElement(node, item) ?? `i:${at}`;
    if (!items.has(key)) items.set(key, item);
  });
  return items;
}

/** `value` without the members of `set`; a container that loses everything becomes null. */
export function removeFields(node: SchemaNode, value: unknown, set: FieldSet): unknown {
  const shape = shapeOf(node, value);
  if (shape === "map") return removeFromMap(node, value as JsonObject, set);
  if (shape === "list") return removeFromList(node, value as unknown[], set);
  return value;
}

function removeFromMap(node: SchemaNode, object: JsonObject, set: FieldSet): JsonObject | null {
  const out: JsonObject = {};
  for (const key in object) {
    const element = fieldElement(key);
    if (set.members.has(element)) continue;
    const below = set.children.get(element);
    setKey(out, key, below ? removeFields(childOf(node, key), object[key], below) : object[key]);
  }
  return isEmptyContainer(out) ? null : out;
}

function removeFromList(node: SchemaNode, list: readonly unknown[], set: FieldSet): unknown[] | null {
  const out: unknown[] = [];
  for (const item of list) {
    const element = itemElement(node, item);
    if (element !== undefined && set.members.has(element)) continue;
    const below = element === undefined ? undefined : set.children.get(element);
    out.push(below ? removeFields(itemsOf(node), item, below) : item);
  }
  return out.length === 0 ? null : out;
}
