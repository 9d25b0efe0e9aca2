// What must hold of server-side apply whatever is applied.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileStructural, jsonClone, type JsonObject, type JSONSchemaProps } from "../schema/index.ts";
import { applyPatch, trackUpdate, type ApplyResult, type ManagedFieldsEntry } from "./index.ts";

const text: JSONSchemaProps = { type: "string" };
const { root } = compileStructural({
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        name: text,
        size: { type: "integer" },
        labels: { type: "object", additionalProperties: text },
        users: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["key"],
          items: {
            type: "object",
            required: ["key"],
            properties: {
              key: text,
              mail: text,
              tags: { type: "array", "x-kubernetes-list-type": "set", items: text },
            },
          },
        },
        list: { type: "array", items: text },
        nested: { type: "object", properties: { a: text, b: { type: "object", properties: { c: text } } } },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    },
  },
});

const word = fc.constantFrom("a", "b", "c", "d");
const filled = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.dictionary(word, values, { minKeys: 1, maxKeys: 3 });
const some = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<JsonObject> =>
  fc.record(fields, { requiredKeys: [] }).filter((record) => Object.keys(record).length > 0);

const user = fc
  .tuple(word, some({ mail: word, tags: fc.uniqueArray(word, { minLength: 1 }) }))
  .map(([key, rest]) => ({ key, ...rest }));
const spec = some({
  name: word,
  size: fc.integer({ min: 0, max: 3 }),
  labels: filled(word),
  users: fc.uniqueArray(user, { selector: ({ key }) => key, minLength: 1, maxLength: 4 }),
  list: fc.array(word, { minLength: 1, maxLength: 3 }),
  nested: some({ a: word, b: fc.record({ c: word }) }),
  free: filled(fc.oneof(word, filled(word), fc.array(word, { minLength: 1 }))),
});

let clock = 0;
const objectOf = (content: JsonObject): JsonObject => ({
  apiVersion: "v1",
  kind: "Thing",
  metadata: { name: "x" },
  spec: content,
});

function apply(
  live: JsonObject | undefined,
  manager: string,
  content: JsonObject | undefined,
  force = true,
): ApplyResult {
  const applied = content ? objectOf(content) : { apiVersion: "v1", kind: "Thing", metadata: { name: "x" } };
  return applyPatch({
    ...(live && { live }),
    applied,
    manager,
    force,
    schema: root,
    now: `t${++clock}`,
    apiVersion: "v1",
  });
}

function applied(live: JsonObject | undefined, manager: string, content: JsonObject | undefined): JsonObject {
  const { object } = apply(live, manager, content);
  if (!object) throw new Error("a forced apply has no conflicts");
  return object;
}

const books = (object: JsonObject): ManagedFieldsEntry[] =>
  ((object["metadata"] as JsonObject)["managedFields"] ?? []) as ManagedFieldsEntry[];

/** What the object says, lists without an order of their own put in order. */
function content(object: JsonObject): unknown {
  return JSON.parse(JSON.stringify(object["spec"] ?? {}), (key, value: unknown) => {
    if (key === "users")
      return [...(value as JsonObject[])].sort((a, b) => (String(a["key"]) < String(b["key"]) ? -1 : 1));
    if (key === "tags") return [...(value as string[])].sort();
    return value;
  });
}

test("applying the same thing twice changes nothing, not even a time", () => {
  fc.assert(
    fc.property(spec, spec, (a, b) => {
      const live = applied(applied(undefined, "one", a), "two", b);
      const again = apply(live, "two", b);
      expect(again).toEqual({ object: live, changed: false });
    }),
  );
});

test("what one manager applies and then takes back leaves no trace", () => {
  fc.assert(
    fc.property(spec, spec, (a, b) => {
      const first = applied(undefined, "one", a);
      const back = applied(applied(first, "one", b), "one", a);
      expect(content(back)).toEqual(content(first));
      expect(books(back).map(({ fieldsV1 }) => fieldsV1)).toEqual(
        books(first).map(({ fieldsV1 }) => fieldsV1),
      );
    }),
  );
});

test("what a manager alone applies stays, whatever others apply and take back", () => {
  fc.assert(
    fc.property(spec, spec, (a, b) => {
      const both = applied(applied(undefined, "one", a), "two", b);
      const gone = applied(both, "two", undefined);
      expect(content(applied(gone, "one", a))).toEqual(content(objectOf(a)));
    }),
  );
});

test("without force nobody's field changes under him", () => {
  fc.assert(
    fc.property(spec, spec, (a, b) => {
      const live = applied(undefined, "one", a);
      const result = apply(live, "two", b, false);
      if (result.conflicts) {
        for (const { manager, field } of result.conflicts) {
          expect(manager).toBe('"one"');
          expect(field.startsWith(".spec")).toBe(true);
        }
        return;
      }
      const mine = (object: JsonObject): unknown =>
        books(object).find(({ manager }) => manager === "one")?.fieldsV1;
      expect(mine(result.object)).toEqual(mine(live));
      // The order of a set or list-map is nobody's: the last applier's rules. Nothing else may change.
      const again = applied(result.object, "one", a);
      expect(content(again)).toEqual(content(result.object));
      expect(mine(again)).toEqual(mine(live));
    }),
  );
});

test("arguments are not changed", () => {
  fc.assert(
    fc.property(spec, spec, (a, b) => {
      const live = applied(undefined, "one", a);
      const given = jsonClone({ live, b });
      apply(live, "two", b);
      trackUpdate({
        before: live,
        after: objectOf(b),
        manager: "three",
        schema: root,
        now: "t",
        apiVersion: "v1",
      });
      expect({ live, b }).toEqual(given);
    }),
  );
});

describe("other writes", () => {
  const update = (before: JsonObject | undefined, after: JsonObject, manager: string): JsonObject =>
    trackUpdate({
      ...(before && { before }),
      after,
      manager,
      schema: root,
      now: `t${++clock}`,
      apiVersion: "v1",
    });

  test("a write that changes nothing keeps the books as they were", () => {
    fc.assert(
      fc.property(spec, (a) => {
        const live = update(undefined, objectOf(a), "one");
        expect(update(live, { ...objectOf(a) }, "two")).toEqual(live);
      }),
    );
  });

  test("whoever changes a field last holds it, and applying it conflicts with him", () => {
    fc.assert(
      fc.property(word, word, (before, after) => {
        fc.pre(before !== after);
        const live = applied(undefined, "one", { name: before });
        const changed = update(live, objectOf({ name: after }), "two");
        expect(apply(changed, "one", { name: before }, false).conflicts).toEqual([
          { manager: '"two" using v1', field: ".spec.name" },
        ]);
      }),
    );
  });

  test("the books name no field that is gone", () => {
    fc.assert(
      fc.property(spec, spec, spec, (a, b, c) => {
        const live = update(
          update(update(undefined, objectOf(a), "one"), objectOf(b), "two"),
          objectOf(c),
          "three",
        );
        const fresh = update(undefined, objectOf(c), "one");
        const held = new Set(books(live).flatMap(({ fieldsV1 }) => paths(fieldsV1)));
        expect([...held].sort()).toEqual([...new Set(paths(books(fresh)[0]?.fieldsV1 ?? {}))].sort());
      }),
    );
  });

  test("more than ten updaters are folded into one", () => {
    let live = update(undefined, objectOf({ labels: { a0: "x" } }), "m0");
    for (let i = 1; i < 15; i++) {
      const labels = { ...((live["spec"] as JsonObject)["labels"] as JsonObject), [`a${i}`]: "x" };
      live = trackUpdate({
        before: live,
        after: { ...live, spec: { labels } },
        manager: `m${i}`,
        schema: root,
        now: `2030-01-01T00:00:${String(i).padStart(2, "0")}Z`,
        apiVersion: "v1",
      });
    }
    expect(books(live)).toHaveLength(10);
    expect(books(live).some(({ manager }) => manager === "ancient-changes")).toBe(true);
  });
});

function paths(fields: JsonObject, prefix = ""): string[] {
  return Object.entries(fields).flatMap(([key, below]) => [
    ...(key === "." ? [prefix] : Object.keys(below as object).length === 0 ? [`${prefix}/${key}`] : []),
    ...paths(below as JsonObject, `${prefix}/${key}`),
  ]);
}
