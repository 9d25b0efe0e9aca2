// Values for any field, from its schema: another one, the limits, absence, and what the schema itself forbids.
import { canonicalJson } from "../../api/index.ts";
import type {
  ArraySchema,
  MapSchema,
  NumberSchema,
  StringSchema,
  Structural,
} from "../../api/schema/structural.ts";
import {
  absent,
  boundary,
  type Candidate,
  type Hint,
  READY,
  refusal,
  refused,
  valid,
  WITHOUT_EFFECT,
} from "./candidates.ts";
import { ABSENT, type Field, placeOf, valueAt } from "./fields.ts";
import type { Resource } from "./manifests.ts";
import { texts } from "./samples.ts";

const REQUIRED = /[Rr]equired|must be set|omits all key fields/;

/** Everything a field is changed to. `manifest` is the one that `placeOf` finds it in. */
export function candidatesOf(field: Field, manifest: Resource, hint: Hint = {}): Candidate[] {
  const place = placeOf(field, manifest);
  const now = place && valueAt(manifest, place);
  const generated = [...(hint.instead ?? generatedValues(field.schema, now)), absence(field)];
  const all = [...generated, ...(hint.more ?? [])].map((candidate) => ({
    ...candidate,
    expect: expectation(field, hint, candidate),
  }));
  const seen = new Set([canonical(now === undefined ? ABSENT : now)]);
  return all.filter(({ value }) => {
    const text = canonical(value);
    return !seen.has(text) && seen.add(text);
  });
}

const canonical = (value: unknown): string =>
  typeof value === "symbol" ? value.toString() : canonicalJson(value ?? null);

function expectation(field: Field, hint: Hint, { label, expect }: Candidate): Candidate["expect"] {
  const wanted = hint.expects?.[label] ?? expect;
  if (wanted.type === "refused") return wanted;
  if (field.immutable) return refusal(/immutable|required|Required|cannot be added or removed/);
  return wanted.type === "ready" && hint.noEffect !== undefined ? WITHOUT_EFFECT : wanted;
}

function absence({ required }: Field): Candidate {
  return absent(required ? refusal(REQUIRED) : READY);
}

function generatedValues(schema: Structural, now: unknown): Candidate[] {
  if ("x-kubernetes-int-or-string" in schema)
    throw new Error("what an amount means is not in its schema: give it a hint");
  switch (schema.type) {
    case "string":
      return schema.enum ? choicesOf(schema) : texts(schema);
    case "boolean":
      return [valid(now !== true), refused("yes", /typed patch object/)];
    case "integer":
    case "number":
      return numbers(schema, Number(now ?? 0));
    case "array":
      return lists(schema, (now ?? []) as unknown[]);
    case "object":
      return "additionalProperties" in schema ? maps(schema, (now ?? {}) as Record<string, unknown>) : [];
  }
}

function choicesOf({ enum: choices = [] }: StringSchema): Candidate[] {
  return [...choices.map((choice) => valid(choice)), refused("Nonsense", /[Uu]nsupported|supported values/)];
}

const LARGEST_INT32 = 2_147_483_647;

function numbers({ type, minimum, maximum }: NumberSchema, now: number): Candidate[] {
  const largest = maximum ?? (type === "integer" ? LARGEST_INT32 : 1e300);
  return [
    valid(now < largest ? now + 1 : now - 1),
    ...(type === "number" ? [valid(1.25), boundary(1e-9)] : []),
    boundary(minimum ?? -1e300),
    boundary(largest),
    ...(minimum === undefined ? [] : [refused(minimum - 1, /greater than or equal/)]),
    ...(maximum === undefined ? [] : [refused(maximum + 1, /less than or equal/)]),
    refused("many", /typed patch object/),
  ];
}

function lists(schema: ArraySchema, now: readonly unknown[]): Candidate[] {
  const { minItems = 0, "x-kubernetes-list-type": listType } = schema;
  const last = now.at(-1);
  return [
    ...(now.length > 1 ? [valid(now.toReversed(), "reversed")] : []),
    ...(now.length > minItems ? [valid(now.slice(0, -1), "without the last")] : []),
    ...(last === undefined ? [] : [valid([...now, renamed(schema, last)], "one more")]),
    minItems === 0
      ? boundary([], "empty")
      : refused(now.slice(0, minItems - 1), minItems === 1 ? /at least|[Rr]equired/ : /at least/, "too few"),
    ...(last === undefined || listType === "atomic"
      ? []
      : [refused([...now, last], /[Dd]uplicate/, "twice the same")]),
    refused("no list", /typed patch object/, "no list"),
  ];
}

/** An entry like another under a key of its own. */
function renamed(schema: ArraySchema, entry: unknown): unknown {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (schema["x-kubernetes-list-type"] === "set") return `${String(entry)}-too`;
  if (typeof entry !== "object" || entry === null) return entry;
  return { ...entry, ...Object.fromEntries(keys.map((key) => [key, "one-more"])) };
}

function maps(_schema: MapSchema, now: Readonly<Record<string, unknown>>): Candidate[] {
  const [first] = Object.keys(now);
  const fewer = Object.fromEntries(Object.entries(now).filter(([key]) => key !== first));
  return [
    valid({ ...now, "example.org/one-more": Object.values(now)[0] ?? "one" }, "one more"),
    ...(Object.keys(now).length > 1 ? [valid(fewer, "one less")] : []),
    boundary({}, "empty"),
    refused("no map", /typed patch object/, "no map"),
  ];
}
