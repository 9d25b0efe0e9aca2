// What a real kube-apiserver (CRD server 1.36) answered, replayed: testdata/*.json holds requests and answers.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { causeReason, checkStructural, compileStructural, fieldErrorBody, jsonClone } from "./index.ts";
import type { FieldError, JSONSchemaProps, JsonObject } from "./index.ts";

interface Cause {
  reason: string;
  field: string;
  message: string;
}

const load = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`./testdata/${name}.json`, import.meta.url), "utf8"));

const asCauses = (errors: readonly FieldError[]): string[] =>
  errors.map((error) => `${causeReason(error)} | ${error.field} | ${fieldErrorBody(error)}`).sort();
const told = (causes: readonly Cause[]): string[] =>
  causes.map(({ reason, field, message }) => `${reason} | ${field} | ${message}`).sort();

describe("values", () => {
  const { schema, cases } = load("values") as {
    schema: JSONSchemaProps;
    cases: { spec: unknown; causes?: Cause[]; stored?: unknown; unknown?: string[] }[];
  };
  const compiled = compileStructural(schema);

  test.each(cases.map((each) => [JSON.stringify(each.spec).slice(0, 120), each] as const))(
    "%s",
    (_, each) => {
      const object: JsonObject = {
        apiVersion: "probe.dev/v1",
        kind: "Widget",
        metadata: { name: "x" },
        spec: jsonClone(each.spec),
      };
      const unknown = compiled.prune(object);
      compiled.applyDefaults(object);
      // kube-apiserver tells a float where an integer must stand twice, and cannot divide zero; we need not.
      const expected = told(each.causes ?? []).filter(
        (line) => !/Checked value|factor MultipleOf/.test(line),
      );
      const actual = asCauses(compiled.validate(object)).filter((line) => !line.includes("Checked value"));
      expect(actual).toEqual(expected);
      if (each.stored !== undefined) expect(object["spec"]).toEqual(each.stored);
      if (each.unknown) expect(unknown).toEqual(each.unknown.sort());
    },
  );
});

describe("schemas of CRDs", () => {
  const cases = load("structural") as { name: string; schema: JSONSchemaProps; causes: Cause[] }[];

  test.each(cases.map((each) => [each.name, each] as const))("%s", (_, each) => {
    // The cost of rules is not estimated; the rest of what kube-apiserver says of them is.
    const expected = each.causes.filter(({ message }) => !/estimated rule cost|estimated cost/.test(message));
    const actual = checkStructural(each.schema);
    expect(actual.map((error) => `${causeReason(error)} | ${error.field}`).sort()).toEqual(
      expected.map((cause) => `${cause.reason} | ${cause.field}`).sort(),
    );
  });
});

describe("CEL", () => {
  const { schema, values, valueSchema, expressions, writes } = load("cel") as {
    schema: JSONSchemaProps;
    values: JsonObject;
    valueSchema: JSONSchemaProps;
    expressions: { rule: string; compile?: string[]; causes?: Cause[] }[];
    writes: { name: string; steps: { spec: JsonObject; causes: Cause[] }[] }[];
  };

  test.each(expressions.map((each) => [each.rule, each] as const))("%s", (rule, each) => {
    // Not done here: estimating the cost of rules, checking the literal template of format() beforehand.
    if (each.compile?.some((line) => /rule cost|formatting clause/.test(line))) return;
    const spec = { ...valueSchema, "x-kubernetes-validations": [{ rule }] };
    const whole: JSONSchemaProps = { type: "object", properties: { spec } };
    const faults = checkStructural(whole).map(fieldErrorBody);
    if (each.compile) {
      expect(faults.length).toBe(1);
      return;
    }
    expect(faults).toEqual([]);
    const errors = compileStructural(whole).validate({ spec: jsonClone(values) });
    expect(asCauses(errors)).toEqual(told(each.causes ?? []));
  });

  test.each(writes.map((each) => [each.name, each] as const))("%s", (_, each) => {
    expect(checkStructural(schema)).toEqual([]);
    const compiled = compileStructural(schema);
    let stored: JsonObject | undefined;
    for (const { spec, causes } of each.steps) {
      const object: JsonObject = { metadata: { name: "x" }, spec: jsonClone(spec) };
      expect(asCauses(compiled.validate(object, stored)), JSON.stringify(spec)).toEqual(told(causes));
      if (causes.length === 0) stored = object;
    }
  });
});
