// Builds the schema of a built-in kind from the generated types and the hand-written tables.
import { readFileSync } from "node:fs";
import { objectMeta, type JSONSchemaProps } from "../schema/index.ts";
import {
  atomicMaps,
  atomicStructs,
  granularFields,
  listMapKeys,
  otherMergeKeys,
  replacedLists,
  retainKeys,
  sets,
} from "./lists.ts";
import { alsoRequired, defaults, enums, itemEnums, limits, quantities } from "./values.ts";

type Model = Readonly<Record<string, string | readonly string[]>>;

let models: Readonly<Record<string, Model>> | undefined;

function modelOf(type: string): Model {
  models ??= JSON.parse(readFileSync(new URL("./schemas.gen.json", import.meta.url), "utf8")) as Record<
    string,
    Model
  >;
  const model = models[type];
  if (!model) throw new Error(`schemas.gen.json has no type ${type}: run sandbox/builtin/generate.ts`);
  return model;
}

const QUANTITY: JSONSchemaProps = {
  "x-kubernetes-int-or-string": true,
  format: "quantity",
  pattern: "^[+-]?(\\d+\\.?\\d*|\\.\\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\\d+)?$",
};

const SCALARS: Record<string, JSONSchemaProps> = {
  s: { type: "string" },
  b: { type: "boolean" },
  i32: { type: "integer", format: "int32" },
  i64: { type: "integer", format: "int64" },
  number: { type: "number" },
  byte: { type: "string", format: "byte" },
  t: { type: "string", format: "date-time" },
  micro: { type: "string", format: "date-time" },
  ios: { "x-kubernetes-int-or-string": true },
  any: { "x-kubernetes-preserve-unknown-fields": true },
  meta: objectMeta,
};

/** Types built so far; a status is built without required fields: only controllers write it. */
const built = new Map<string, JSONSchemaProps>();

/** Where a schema comes from: the type's name, whether it is the lenient form that a status has, and as it was built. */
export interface SchemaOrigin {
  readonly model: string;
  readonly observed: boolean;
  readonly schema: JSONSchemaProps;
}

/** By `properties`, which a field's schema (the type's, with the field's own default and the like) shares with it. */
const modelsOf = new WeakMap<object, SchemaOrigin>();

/** The type a schema of a built-in kind was built from; undefined for scalars, lists and schemas of CRDs. */
export function originOf(schema: JSONSchemaProps): SchemaOrigin | undefined {
  return schema.properties && modelsOf.get(schema.properties);
}

/** The schema of a kind, by the name of its model. */
export function kindSchema(model: string): JSONSchemaProps {
  return struct(model, false);
}

function struct(type: string, lenient: boolean): JSONSchemaProps {
  const id = lenient ? `${type}?` : type;
  const known = built.get(id);
  if (known) return known;
  const { "!": listed = [], ...fields } = modelOf(type);
  const required = lenient ? [] : [...listed, ...(alsoRequired[type] ?? [])];
  const properties = Object.entries(fields).map(([name, spelled]) => {
    const isStatus = name === "status" && typeof spelled === "string" && spelled.endsWith("Status");
    return [name, field(`${type}.${name}`, spelled as string, lenient || isStatus)] as const;
  });
  const schema: JSONSchemaProps = {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
    ...(atomicStructs.has(type) && { "x-kubernetes-map-type": "atomic" }),
  };
  built.set(id, schema);
  if (schema.properties) modelsOf.set(schema.properties, { model: type, observed: lenient, schema });
  return schema;
}

function field(path: string, spelled: string, lenient: boolean): JSONSchemaProps {
  const schema: JSONSchemaProps = {
    ...valueSchema(path, spelled, lenient),
    ...(granularFields.has(path) && { "x-kubernetes-map-type": "granular" as const }),
    ...(defaults[path] !== undefined && { default: defaults[path] }),
    ...(enums[path] && !lenient && { enum: enums[path] }),
    ...limits[path],
  };
  const strategy = patchStrategy(path);
  return strategy === undefined ? schema : { ...schema, "x-kubernetes-patch-strategy": strategy };
}

function valueSchema(path: string, spelled: string, lenient: boolean): JSONSchemaProps {
  const inner = spelled.slice(1);
  if (spelled.startsWith("[")) return list(path, inner, lenient);
  if (spelled.startsWith("{"))
    return {
      type: "object",
      additionalProperties: quantities.has(path) ? QUANTITY : valueSchema(path, inner, lenient),
      ...(atomicMaps.has(path) && { "x-kubernetes-map-type": "atomic" }),
    };
  if (quantities.has(path)) return QUANTITY;
  return SCALARS[spelled] ?? struct(spelled, lenient);
}

function list(path: string, inner: string, lenient: boolean): JSONSchemaProps {
  const item = valueSchema(path, inner, lenient);
  const keys = listMapKeys[path];
  const allowed = itemEnums[path];
  const mergeKey = otherMergeKeys[path] ?? (replacedLists.has(path) ? undefined : keys?.[0]);
  return {
    type: "array",
    items: allowed ? { ...item, enum: allowed } : item,
    ...(keys && { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys }),
    ...(sets.has(path) && { "x-kubernetes-list-type": "set" }),
    ...(mergeKey !== undefined && { "x-kubernetes-patch-merge-key": mergeKey }),
  };
}

function patchStrategy(path: string): string | undefined {
  const merges =
    otherMergeKeys[path] !== undefined ||
    (listMapKeys[path] !== undefined && !replacedLists.has(path)) ||
    path === "V1NodeSpec.podCIDRs";
  const strategies = [...(merges ? ["merge"] : []), ...(retainKeys.has(path) ? ["retainKeys"] : [])];
  return strategies.length > 0 ? strategies.join(",") : undefined;
}
