// JSON Merge Patch: the examples of RFC 7386 and the laws behind them.
import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonClone, type JsonObject } from "../schema/index.ts";
import { mergePatch, PatchError } from "./index.ts";

test.each<[JsonObject, JsonObject, JsonObject]>([
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])("%j with %j gives %j", (doc, patch, result) => {
  expect(mergePatch(doc, patch)).toEqual(result);
});

test("a patch that is no object is refused", () => {
  for (const patch of [null, 5, "x", [1]]) expect(() => mergePatch({}, patch)).toThrow(PatchError);
});

const value = fc.jsonValue({ maxDepth: 3 });
const object = fc.dictionary(fc.string({ maxLength: 3 }), value) as fc.Arbitrary<JsonObject>;
const free = (given: unknown): unknown =>
  JSON.parse(JSON.stringify(given, (_, inner: unknown) => (inner === null ? undefined : inner)));

test("applying a patch twice is applying it once", () => {
  fc.assert(
    fc.property(object, object, (doc, patch) => {
      const once = mergePatch(doc, patch);
      expect(mergePatch(once, patch)).toEqual(once);
    }),
  );
});

test("the empty patch changes nothing, and no argument is changed", () => {
  fc.assert(
    fc.property(object, object, (doc, patch) => {
      const given = jsonClone({ doc, patch });
      expect(mergePatch(doc, {})).toEqual(doc);
      mergePatch(doc, patch);
      expect({ doc, patch }).toEqual(given);
    }),
  );
});

test("a document without nulls is a patch that makes itself of nothing", () => {
  fc.assert(
    fc.property(object, (doc) => {
      const plain = free(doc) as JsonObject;
      expect(mergePatch({}, plain)).toEqual(plain);
    }),
  );
});
