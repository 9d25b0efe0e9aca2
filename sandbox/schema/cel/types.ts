// How a schema's values look to CEL: the type of each node and the conversion of JSON values to it. Integers become
// BigInt, date-times timestamps, objects instances of a class per schema so that unknown fields are caught when a
// rule is compiled.
import type { Environment } from "@marcbachmann/cel-js";
import { evaluate } from "@marcbachmann/cel-js";
import { durationNanos } from "../formats.ts";
import { isObject } from "../json.ts";
import { listItemKey } from "../list-keys.ts";
import { anything, type CompiledNode } from "../node.ts";

/** The CEL type of a schema node; `convert` takes the value such a node describes, null excluded. */
export interface CelType {
  /** As the CEL environment spells it. */
  readonly name: string;
  /** `like` is the converted newer value that an old value is compared with: keyed lists take its order. */
  convert(value: unknown, like?: unknown): unknown;
}

const scalar = (name: string, convert: (value: unknown) => unknown = (value) => value): CelType => ({
  name,
  convert,
});

const integer = (value: unknown): unknown =>
  typeof value === "number" && Number.isInteger(value) ? BigInt(value) : value;

const TEXT = scalar("string");
const INT_OR_STRING = scalar("dyn", integer);
const BY_TYPE: Record<string, CelType> = {
  boolean: scalar("bool"),
  integer: scalar("int", integer),
  number: scalar("double"),
};
const BY_FORMAT: Record<string, CelType> = {
  "date-time": scalar("google.protobuf.Timestamp", timestamp),
  datetime: scalar("google.protobuf.Timestamp", timestamp),
  date: scalar("google.protobuf.Timestamp", timestamp),
  duration: scalar("google.protobuf.Duration", (value) => celDuration(durationNanos(String(value)) ?? 0n)),
  byte: scalar("bytes", (value) => new Uint8Array(Buffer.from(String(value), "base64"))),
};

function timestamp(value: unknown): unknown {
  return new Date(String(value));
}

type DurationValue = { readonly seconds: bigint; readonly nanos: number };
type DurationClass = new (seconds: bigint, nanos: number) => DurationValue;
// The library does not export its Duration, but every duration it makes is one.
const Duration = (evaluate('duration("1s")') as DurationValue).constructor as DurationClass;

/** A CEL duration of so many nanoseconds. */
export function celDuration(nanos: bigint): DurationValue {
  return new Duration(nanos / 1_000_000_000n, Number(nanos % 1_000_000_000n));
}

const RESERVED = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** The name of a property in CEL (`a-b` is `a__dash__b`); undefined when it has none. */
export function celName(property: string): string | undefined {
  if (RESERVED.has(property)) return `__${property}__`;
  const name = property
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__");
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : undefined;
}

/** Registers the object types of one schema with one CEL environment. */
export class CelTypes {
  readonly #env: Environment;
  readonly #known = new Map<CompiledNode, CelType | undefined>();
  #count = 0;

  constructor(env: Environment) {
    this.#env = env;
  }

  /** The CEL type of a node; undefined when CEL cannot see such values (free-form content). */
  of(node: CompiledNode, isRoot = false): CelType | undefined {
    if (this.#known.has(node)) return this.#known.get(node);
    const type = this.#make(node, isRoot || node.embedded);
    this.#known.set(node, type);
    return type;
  }

  #make(node: CompiledNode, hasMetadata: boolean): CelType | undefined {
    if (node.intOrString) return INT_OR_STRING;
    switch (node.type) {
      case "string":
        return BY_FORMAT[node.props.format ?? ""] ?? TEXT;
      case "array":
        return this.#list(node);
      case "object":
        return node.additional && node.additional !== anything
          ? this.#map(node.additional)
          : this.#object(node, hasMetadata);
      default:
        return BY_TYPE[node.type];
    }
  }

  #list(node: CompiledNode): CelType | undefined {
    const items = node.items && this.of(node.items);
    if (!items) return undefined;
    return {
      name: `list<${items.name}>`,
      convert(value, like) {
        if (!Array.isArray(value)) return value;
        const converted = value.map((item: unknown) => items.convert(item));
        if (!Array.isArray(like) || node.listType === "atomic") return converted;
        const identity = (item: unknown): string =>
          node.listType === "map" ? listItemKey(node, item) : JSON.stringify(item);
        return inOrderOf(value, identity, converted, like, (item) => celIdentity(item, node));
      },
    };
  }

  #map(values: CompiledNode): CelType | undefined {
    const type = this.of(values);
    if (!type) return undefined;
    return {
      name: `map<string, ${type.name}>`,
      convert(value, like) {
        if (!isObject(value)) return value;
        const other = like instanceof Map ? like : undefined;
        return new Map(
          Object.entries(value).map(([key, item]) => [key, type.convert(item, other?.get(key))]),
        );
      },
    };
  }

  #object(node: CompiledNode, hasMetadata: boolean): CelType {
    // Names only have to be unlike each other within one environment.
    const name = `object${this.#count++ || ""}`;
    class CelObject extends Map<string, unknown> {}
    const fields: { json: string; cel: string; type: CelType }[] = [];
    for (const [json, child] of node.properties) {
      const cel = celName(json);
      const type = json === "metadata" && hasMetadata ? this.#metadata(child) : this.of(child);
      if (cel !== undefined && type) fields.push({ json, cel, type });
    }
    const declared = Object.fromEntries(fields.map(({ cel, type }) => [cel, type.name]));
    this.#env.registerType(name, { ctor: CelObject, fields: declared });
    this.#env.registerOperator(`${name} == ${name}`, celEqual);
    const byJson = new Map(fields.map((field) => [field.json, field]));
    return {
      name,
      convert(value, like) {
        if (!isObject(value)) return value;
        const other = like instanceof CelObject ? like : undefined;
        const object = new CelObject();
        for (const key in value) {
          const field = byJson.get(key);
          if (field && value[key] !== null)
            object.set(field.cel, field.type.convert(value[key], other?.get(field.cel)));
        }
        return object;
      },
    };
  }

  /** Of metadata, rules see the name and what the name is generated from, as in kube-apiserver. */
  #metadata(node: CompiledNode): CelType {
    const visible = new Map([...node.properties].filter(([key]) => key === "name" || key === "generateName"));
    return this.#object({ ...node, properties: visible }, false);
  }
}

/** Sets and keyed lists compare without regard to order: the old one takes the order of the new one. */
function inOrderOf(
  raw: readonly unknown[],
  rawIdentity: (item: unknown) => string,
  converted: readonly unknown[],
  like: readonly unknown[],
  likeIdentity: (item: unknown) => string,
): unknown[] {
  const rank = new Map(like.map((item, index) => [likeIdentity(item), index]));
  return raw
    .map((item, index) => ({
      item: converted[index],
      rank: rank.get(rawIdentity(item)) ?? like.length + index,
    }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** The identity of a converted item, spelled like that of the raw one. */
function celIdentity(item: unknown, node: CompiledNode): string {
  if (node.listType !== "map" || !(item instanceof Map)) return JSON.stringify(plain(item));
  const keys: Record<string, unknown> = {};
  for (const key of node.listKeys) {
    const value: unknown = item.get(celName(key) ?? key);
    if (value !== undefined) keys[key] = plain(value);
  }
  return listItemKey(node, keys);
}

const plain = (value: unknown): unknown => (typeof value === "bigint" ? Number(value) : value);

/** Equality of converted values. */
export function celEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a === "bigint" || typeof b === "bigint")
    return Number(a) === Number(b) && typeof a !== "string" && typeof b !== "string";
  if (a instanceof Map && b instanceof Map) {
    if (a.size !== b.size) return false;
    for (const [key, value] of a) if (!b.has(key) || !celEqual(value, b.get(key))) return false;
    return true;
  }
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => celEqual(item, b[i]));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (a instanceof Duration && b instanceof Duration) return a.seconds === b.seconds && a.nanos === b.nanos;
  return false;
}
