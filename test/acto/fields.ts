// The fields of a kind as its schema has them, and where each stands in a manifest.
import type { KindDefinition } from "../../api/index.ts";
import type { ArraySchema, MapSchema, ObjectSchema, Structural } from "../../api/schema/structural.ts";
import type { Resource } from "./manifests.ts";

/** One field: `spec.users[].email`, `spec.ingress.annotations{}`. */
export interface Field {
  readonly kind: string;
  readonly path: string;
  readonly schema: Structural;
  readonly required: boolean;
  /** Neither a list nor a map nor an object. */
  readonly leaf: boolean;
  /** A rule of the schema forbids any change. */
  readonly immutable: boolean;
}

/** Where a field stands in a manifest. */
export type Place = readonly (string | number)[];

const isObject = (schema: Structural): schema is ObjectSchema => "properties" in schema;
const isMap = (schema: Structural): schema is MapSchema => "additionalProperties" in schema;
const isArray = (schema: Structural): schema is ArraySchema => "items" in schema;

/** Labels and annotations of the object itself: the server's schema has them, ours has not. */
const METADATA = (kind: string): Field[] =>
  ["labels", "annotations"].flatMap((name) => {
    const value = { type: "string", description: "", maxLength: 63 } as const;
    const schema = { type: "object", description: "", additionalProperties: value } as const;
    return walk({ kind, path: `metadata.${name}`, schema, required: false, immutable: false });
  });

/** Every field of a kind that an author may write, parents before their parts. */
export function fieldsOf({ kind, spec }: KindDefinition): Field[] {
  const root = walk({ kind, path: "spec", schema: spec, required: true, immutable: false });
  return [...root.filter(({ path }) => path !== "spec"), ...METADATA(kind)];
}

function walk(field: Omit<Field, "leaf">): Field[] {
  const { path, schema } = field;
  const fixed = schema["x-kubernetes-validations"]?.some(({ rule }) => rule === "self == oldSelf") ?? false;
  const immutable = field.immutable || fixed;
  const part = (below: string, inner: Structural, required: boolean): Field[] =>
    walk({ ...field, path: `${path}${below}`, schema: inner, required, immutable });
  const parts = isObject(schema)
    ? Object.entries(schema.properties).flatMap(([name, inner]) =>
        part(`.${name}`, inner, schema.required?.includes(name) ?? false),
      )
    : isMap(schema)
      ? part("{}", schema.additionalProperties, false)
      : isArray(schema)
        ? part("[]", schema.items, false)
        : [];
  return [{ ...field, immutable, leaf: parts.length === 0 }, ...parts];
}

/** Fields are tested together by the first words of their paths. */
export function groupOf({ path }: Field): string {
  return /^metadata|^spec\.modules\[\]\.items\[\]\.\w+|^\w+\.\w+/.exec(path)?.[0] ?? path;
}

/** The first place in a manifest where a field has a value. */
export function placeOf(field: Field, manifest: Resource): Place | undefined {
  const steps = field.path.match(/\w+|\[\]|\{\}/g) ?? [];
  return find(manifest, steps);
}

function find(value: unknown, [step, ...rest]: readonly string[]): Place | undefined {
  if (value === undefined) return undefined;
  if (step === undefined) return [];
  if (typeof value !== "object" || value === null) return undefined;
  const keys =
    step === "[]" ? (value as unknown[]).map((_, i) => i) : step === "{}" ? Object.keys(value) : [step];
  for (const key of keys) {
    const below = find((value as Record<string | number, unknown>)[key], rest);
    if (below) return [key, ...below];
  }
  return undefined;
}

export function valueAt(manifest: unknown, place: Place): unknown {
  return place.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | undefined)?.[key],
    manifest,
  );
}

/** Says that a field is left out. */
export const ABSENT = Symbol("absent");

/** The manifest with another value at a place; what is above it is made when it is not there. */
export function withValue<T>(manifest: T, place: Place, value: unknown): T {
  // As a file would have it: two fields that share a value in a builder are two fields.
  const copy = JSON.parse(JSON.stringify(manifest)) as T;
  const last = place.at(-1) ?? "";
  const parent = place
    .slice(0, -1)
    .reduce<Record<string | number, unknown>>(
      (object, key) => (object[key] ??= {}) as Record<string | number, unknown>,
      copy as Record<string | number, unknown>,
    );
  if (value !== ABSENT) parent[last] = structuredClone(value);
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}

/** A place as people write it: `spec.users[0].email`. */
export function placeText(place: Place): string {
  return place.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? key : `${text}.${key}`),
    "",
  );
}
