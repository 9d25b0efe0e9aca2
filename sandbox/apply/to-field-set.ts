// The fields that a configuration says something about.
import type { JsonObject, SchemaNode } from "../schema/index.ts";
import { FieldSet } from "./field-set.ts";
import { fieldElement, itemElement } from "./path-element.ts";
import { childOf, isEmptyContainer, itemsOf, shapeOf } from "./shape.ts";

/** The set of fields present in `object`. */
export function toFieldSet(node: SchemaNode, object: JsonObject): FieldSet {
  const set = new FieldSet();
  addFields(node, object, set);
  return set;
}

function addFields(node: SchemaNode, object: JsonObject, set: FieldSet): void {
  for (const key in object) {
    const value = object[key];
    const child = childOf(node, key);
    const element = fieldElement(key);
    const shape = shapeOf(child, value);
    // Declared containers are implied by what is in them (an empty list by nothing, as in kube-apiserver); keys of
    // maps are something of their own.
    const isEmptyMap = shape === "map" && isEmptyContainer(value);
    if (shape === "leaf" || isEmptyMap || !node.properties.has(key)) set.members.add(element);
    addBelow(child, value, element, set);
  }
}

function addItems(node: SchemaNode, list: readonly unknown[], set: FieldSet): void {
  for (const item of list) {
    const element = itemElement(node, item);
    if (element === undefined) continue;
    set.members.add(element);
    addBelow(itemsOf(node), item, element, set);
  }
}

function addBelow(node: SchemaNode, value: unknown, element: string, set: FieldSet): void {
  const shape = shapeOf(node, value);
  if (shape === "leaf" || isEmptyContainer(value)) return;
  const below = new FieldSet();
  if (shape === "map") addFields(node, value as JsonObject, below);
  else addItems(node, value as unknown[], below);
  if (!below.isEmpty()) set.children.set(element, below);
}

/**
 * The set with every declared field on the way to a member made a member too: what `removeFields` needs to take
 * away containers that lose everything in them.
 */
export function withParents(node: SchemaNode, set: FieldSet): FieldSet {
  const result = new FieldSet();
  for (const element of set.members) result.members.add(element);
  for (const [element, child] of set.children) {
    const isField = element.startsWith("f:");
    const name = element.slice(2);
    if (isField && node.properties.has(name)) result.members.add(element);
    result.children.set(element, withParents(isField ? childOf(node, name) : itemsOf(node), child));
  }
  return result;
}
