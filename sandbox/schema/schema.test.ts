// Promises of the compiled schema that one recorded request cannot show.
import { describe, expect, test } from "vitest";
import {
  checkStructural,
  compileStructural,
  fieldErrorMessage,
  type JSONSchemaProps,
  type JsonObject,
} from "./index.ts";

const withSpec = (
  properties: Record<string, JSONSchemaProps>,
  more: Partial<JSONSchemaProps> = {},
): JSONSchemaProps => ({
  type: "object",
  properties: { spec: { type: "object", properties, ...more } },
});

describe("ratcheting", () => {
  const schema = compileStructural(
    withSpec({
      name: { type: "string", pattern: "^[a-z]+$" },
      size: { type: "integer", "x-kubernetes-validations": [{ rule: "self < 5", message: "too big" }] },
      list: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["key"],
        items: {
          type: "object",
          required: ["key"],
          properties: { key: { type: "string" }, mode: { type: "string", enum: ["a"] } },
        },
      },
    }),
  );
  const old = { spec: { name: "BAD", size: 9, list: [{ key: "x", mode: "z" }, { key: "y" }] } };

  test("a fault that was there before does not block other changes", () => {
    const changed = { spec: { ...old.spec, list: [{ key: "new" }, ...old.spec.list] } };
    expect(schema.validate(changed, old)).toEqual([]);
  });

  test("a value that changes is judged", () => {
    const changed = { spec: { name: "WORSE", size: 10, list: [{ key: "x", mode: "q" }] } };
    expect(schema.validate(changed, old).map(({ field }) => field)).toContain("spec.name");
    expect(schema.validate({ spec: { ...old.spec, size: 10 } }, old).map(fieldErrorMessage)).toEqual([
      "spec.size: Invalid value: 10: too big",
    ]);
  });

  test("a new object is judged whole", () => {
    expect(schema.validate(old).length).toBeGreaterThan(1);
  });
});

describe("defaults", () => {
  test("reach into maps, lists and defaulted objects, and leave what is there", () => {
    const inner: JSONSchemaProps = { type: "object", properties: { a: { type: "string", default: "x" } } };
    const schema = compileStructural(
      withSpec({
        map: { type: "object", additionalProperties: inner },
        list: { type: "array", items: inner },
        whole: { ...inner, default: {} },
      }),
    );
    const object = { spec: { map: { k: {} }, list: [{ a: "y" }, {}] } };
    schema.applyDefaults(object);
    expect(object).toEqual({
      spec: { map: { k: { a: "x" } }, list: [{ a: "y" }, { a: "x" }], whole: { a: "x" } },
    });
  });

  test("are copies: two objects never share one", () => {
    const schema = compileStructural(
      withSpec({ list: { type: "array", items: { type: "string" }, default: ["a"] } }),
    );
    const [one, two]: [JsonObject, JsonObject] = [{ spec: {} }, { spec: {} }];
    schema.applyDefaults(one);
    schema.applyDefaults(two);
    (one["spec"] as { list: string[] }).list.push("b");
    expect(two).toEqual({ spec: { list: ["a"] } });
  });
});

test("names of Object.prototype are names like any other", () => {
  const schema = compileStructural(
    withSpec(
      { map: { type: "object", additionalProperties: { type: "string" } } },
      { required: ["toString"] },
    ),
  );
  const object = JSON.parse('{"spec":{"map":{"__proto__":"a","constructor":5},"valueOf":1}}') as JsonObject;
  expect(schema.prune(object)).toEqual(["spec.valueOf"]);
  schema.applyDefaults(object);
  expect(schema.validate(object).map(({ type, field }) => `${type} ${field}`)).toEqual([
    "Required spec.toString",
    "TypeInvalid spec.map.constructor",
  ]);
});

test("metadata of the root and of embedded resources stays, its unknown fields go", () => {
  const schema = compileStructural(
    withSpec({ template: { type: "object", "x-kubernetes-embedded-resource": true, properties: {} } }),
  );
  const metadata = { name: "a", labels: { x: "y" }, nonsense: 1 };
  const object = {
    kind: "K",
    metadata: { ...metadata },
    spec: { template: { kind: "T", metadata: { ...metadata } } },
  };
  expect(schema.prune(object)).toEqual(["metadata.nonsense", "spec.template.metadata.nonsense"]);
});

test("a rule at the root sees the name and reports on the whole", () => {
  const schema: JSONSchemaProps = {
    type: "object",
    "x-kubernetes-validations": [
      { rule: "self.metadata.name.startsWith('a')", message: "must start with a" },
    ],
  };
  expect(checkStructural(schema)).toEqual([]);
  const errors = compileStructural(schema).validate({ metadata: { name: "b" } });
  expect(errors.map(fieldErrorMessage)).toEqual(["<nil>: Invalid value: must start with a"]);
});

test("a CRD that says the same of a type twice is checked at both places", () => {
  const shared: JSONSchemaProps = {
    type: "object",
    properties: { n: { type: "integer" } },
    "x-kubernetes-validations": [{ rule: "self.n > 1" }],
  };
  const schema = compileStructural(withSpec({ a: shared, b: shared }));
  const errors = schema.validate({ spec: { a: { n: 1 }, b: { n: 1 } } });
  expect(errors.map(({ field }) => field)).toEqual(["spec.a", "spec.b"]);
});

test("faults of a schema name the place", () => {
  const schema = withSpec({ a: { type: "array" }, b: { type: "string", default: 5 } });
  expect(
    checkStructural(schema, "spec.versions[0].schema.openAPIV3Schema").map(({ field }) => field),
  ).toEqual([
    "spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[a].items",
    "spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[b].default",
  ]);
});
