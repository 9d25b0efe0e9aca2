// Which fields differ between two values of a type: added, changed, gone.
import { jsonEqual, type JsonObject, type SchemaNode } from "../schema/index.ts";
import { FieldSet } from "./field-set.ts";
import { fieldElement, itemElement } from "./path-element.ts";
import { childOf, isEmptyContainer, itemsOf, shapeOf } from "./shape.ts";

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** Compares two objects; the root itself is no field. */
export function compare(node: SchemaNode, before: JsonObject | undefined, after: JsonObject): Comparison {
  const out: Comparison = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
  compareMaps(node, before ?? {}, after, [], out);
  return out;
}

/** The comparison without the fields of `ignored` and what is below them. */
export function ignoring(comparison: Comparison, ignored: FieldSet): Comparison {
  if (ignored.isEmpty()) return comparison;
  return {
    added: comparison.added.without(ignored),
    modified: comparison.modified.without(ignored),
    removed: comparison.removed.without(ignored),
  };
}

function compareValues(
  node: SchemaNode,
  before: unknown,
  after: unknown,
  path: string[],
  out: Comparison,
): void {
  if (before === after) return;
  const shape = sharedShape(node, before, after);
  if (shape === "leaf") {
    compareLeaves(before, after, path, out);
    // A value that changes its shape takes what was in it along.
    if (before !== undefined && after !== undefined) {
      if (shapeOf(node, before) !== "leaf") descend(node, before, undefined, path, out);
      if (shapeOf(node, after) !== "leaf") descend(node, undefined, after, path, out);
    }
    return;
  }
  descend(node, before, after, path, out);
  if (before === undefined) out.added.insert(path);
  else if (after === undefined) out.removed.insert(path);
}

function compareLeaves(before: unknown, after: unknown, path: readonly string[], out: Comparison): void {
  if (before === undefined) out.added.insert(path);
  else if (after === undefined) out.removed.insert(path);
  else if (!jsonEqual(before, after)) out.modified.insert(path);
}

/** The shape to compare in: absent and null go with anything, two empty containers are leaves. */
function sharedShape(node: SchemaNode, before: unknown, after: unknown): "leaf" | "map" | "list" {
  if (isEmptyContainer(before) && isEmptyContainer(after)) return "leaf";
  const shapes = [before, after]
    .filter((value) => value !== undefined && value !== null)
    .map((value) => shapeOf(node, value));
  const [first = "leaf"] = shapes;
  return shapes.every((shape) => shape === first) ? first : "leaf";
}

function descend(node: SchemaNode, before: unknown, after: unknown, path: string[], out: Comparison): void {
  if (Array.isArray(before) || Array.isArray(after))
    compareLists(node, (before ?? []) as unknown[], (after ?? []) as unknown[], path, out);
  else compareMaps(node, (before ?? {}) as JsonObject, (after ?? {}) as JsonObject, path, out);
}

function compareMaps(
  node: SchemaNode,
  before: JsonObject,
  after: JsonObject,
  path: string[],
  out: Comparison,
): void {
  const visit = (key: string): void => {
    path.push(fieldElement(key));
    compareValues(
      childOf(node, key),
      Object.hasOwn(before, key) ? before[key] : undefined,
      Object.hasOwn(after, key) ? after[key] : undefined,
      path,
      out,
    );
    path.pop();
  };
  for (const key in before) visit(key);
  for (const key in after) if (!Object.hasOwn(before, key)) visit(key);
}

function compareLists(
  node: SchemaNode,
  before: readonly unknown[],
  after: readonly unknown[],
  path: string[],
  out: Comparison,
): void {
  const left = byElement(node, before);
  const right = byElement(node, after);
  const visit = (element: string): void => {
    path.push(element);
    compareValues(itemsOf(node), left.get(element), right.get(element), path, out);
    path.pop();
  };
  for (const element of left.keys()) visit(element);
  for (const element of right.keys()) if (!left.has(element)) visit(element);
}

function byElement(node: SchemaNode, list: readonly unknown[]): Map<string, unknown> {
  const items = new Map<string, unknown>();
  for (const item of list) {
    const element = itemElement(node, item);
    if (element !== undefined && !items.has(element)) items.set(element, item);
  }
  return items;
}
