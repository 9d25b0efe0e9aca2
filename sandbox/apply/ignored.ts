// Fields that nobody can hold: what an endpoint does not write, and what the server itself keeps in metadata.
import { isObject, setKey, type JsonObject, type SchemaNode } from "../schema/index.ts";
import { FieldSet } from "./field-set.ts";
import { fieldElement } from "./path-element.ts";
import { childOf } from "./shape.ts";

/** Kept by the server, or the object's identity. */
export const serverFields = setOf(
  ["apiVersion"],
  ["kind"],
  ["metadata"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
  ].map((name) => ["metadata", name]),
);

function setOf(...paths: readonly (readonly string[])[]): FieldSet {
  const set = new FieldSet();
  for (const path of paths) set.insert(path.map(fieldElement));
  return set;
}

/** The fields an endpoint does not write. The status endpoint writes the status and nothing else. */
export function ignoredFields(request: {
  readonly schema: SchemaNode;
  readonly subresource?: string;
  readonly resetFields?: readonly (readonly string[])[];
}): FieldSet {
  const { schema, subresource, resetFields } = request;
  if (resetFields) return setOf(...resetFields);
  if (subresource !== "status") return new FieldSet();
  const kept = new Set(["apiVersion", "kind", "status"]);
  return setOf(...[...schema.properties.keys()].filter((name) => !kept.has(name)).map((name) => [name]));
}

/** A copy of `object` without the members of `ignored`; its name stays, whatever is ignored. */
export function withoutFields(node: SchemaNode, object: JsonObject, ignored: FieldSet): JsonObject {
  if (ignored.isEmpty()) return object;
  const out: JsonObject = {};
  for (const key in object) {
    const element = fieldElement(key);
    if (ignored.members.has(element)) continue;
    const below = ignored.children.get(element);
    const value = object[key];
    setKey(out, key, below && isObject(value) ? withoutFields(childOf(node, key), value, below) : value);
  }
  return out;
}
