// No field is forgotten: whoever adds one to a schema is told what to add here.
import { expect, test } from "vitest";
import type { Structural } from "../../api/schema/structural.ts";
import type { Candidate } from "./candidates.ts";
import { isUntried, UNTRIED, WITHOUT_BOUNDARY, WITHOUT_PLACE, WITHOUT_VALID } from "./exceptions.ts";
import { type Field, placeOf } from "./fields.ts";
import { DECLARED } from "./manifests.ts";
import { changesOf, fieldsOfKind, HINTS } from "./suite.ts";

const KINDS = ["LmsTenant", "Course", "RoleBinding"];

const nameOf = ({ kind, path }: Field): string => `${kind} ${path}`;
const fields = KINDS.flatMap(fieldsOfKind);
const tried = fields.filter((field) => !isUntried(field));
const leaves = tried.filter(({ leaf }) => leaf);

function limited(schema: Structural): boolean {
  if ("enum" in schema || !("type" in schema)) return false;
  return ["maxLength", "maximum", "minimum"].some((limit) => limit in schema);
}

/** What a leaf lacks among the values it is changed to. */
function lacks(field: Field): string[] {
  const name = nameOf(field);
  const candidates = changesOf(field, DECLARED).map(({ candidate }) => candidate);
  const some = (wanted: (candidate: Candidate) => boolean): boolean => candidates.some(wanted);
  const missing: string[] = [];
  if (
    !field.immutable &&
    !(name in WITHOUT_VALID) &&
    !some(({ sort, expect }) => sort === "valid" && expect.type === "ready")
  )
    missing.push("another valid value");
  // The longest name of something that does not exist is a limit, too.
  if (
    limited(field.schema) &&
    !(name in WITHOUT_BOUNDARY) &&
    !some(({ sort, label }) => sort === "boundary" || label === "longest")
  )
    missing.push("a value at its limit");
  if (!some(({ sort }) => sort === "bad") && !field.immutable) missing.push("a bad value");
  if (
    !field.required &&
    placeOf(field, manifestOf(field)) !== undefined &&
    !some(({ sort }) => sort === "absent")
  )
    missing.push("its absence");
  return missing.map((what) => `${name}: ${what}`);
}

function manifestOf(field: Field) {
  const own = DECLARED.filter(({ kind }) => kind === field.kind);
  const found = own.find((manifest) => placeOf(field, manifest)) ?? own[0];
  if (!found) throw new Error(`no manifest of kind ${field.kind}`);
  return found;
}

test("the base state has a value for every field", () => {
  const without = tried.filter((field) => placeOf(field, manifestOf(field)) === undefined).map(nameOf);
  expect(without).toEqual(Object.keys(WITHOUT_PLACE));
});

test("every leaf is changed to another valid value, its limits, absence and a bad value", () => {
  expect(leaves.length).toBeGreaterThan(100);
  expect(leaves.flatMap(lacks)).toEqual([]);
});

test("an exception that is needed no more goes", () => {
  const needed = (name: string): boolean => fields.some((field) => nameOf(field) === name);
  for (const exceptions of [WITHOUT_VALID, WITHOUT_BOUNDARY, WITHOUT_PLACE, UNTRIED])
    expect(Object.keys(exceptions).filter((name) => !needed(name))).toEqual([]);
});

test("every hint speaks of a field and of a value that there is", () => {
  const stale = KINDS.flatMap((kind) =>
    Object.entries(HINTS[kind] ?? {}).flatMap(([path, { expects = {} }]) => {
      const field = fields.find((one) => one.kind === kind && one.path === path);
      if (!field) return [`${kind} ${path}`];
      const labels = changesOf(field, DECLARED).map(({ candidate }) => candidate.label);
      return Object.keys(expects)
        .filter((label) => !labels.includes(label))
        .map((label) => `${kind} ${path}: ${label}`);
    }),
  );
  expect(stale).toEqual([]);
});
