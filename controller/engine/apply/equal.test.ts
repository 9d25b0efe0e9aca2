import fc from "fast-check";
import { expect, test } from "vitest";
import { deepEqual } from "./equal.ts";

test("JSON values are equal exactly when they are written the same, whatever the order of their keys", () => {
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === "object" && value !== null
        ? {
            fields: Object.entries(value)
              .map(([key, field]) => [key, sorted(field)])
              .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
          }
        : value;
  const small = fc.letrec((tie) => ({
    value: fc.oneof(
      fc.constantFrom(null, true, 0, 1, "", "1"),
      fc.array(tie("value"), { maxLength: 2 }),
      // Names that every JavaScript object knows, too.
      fc.dictionary(fc.constantFrom("a", "b", "constructor", "toString"), tie("value"), { maxKeys: 2 }),
    ),
  })).value;
  fc.assert(
    fc.property(small, small, (a, b) => {
      expect(deepEqual(a, b)).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
      expect(deepEqual(a, structuredClone(a))).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test("an absent field and an undefined one are the same", () => {
  expect(deepEqual({ a: 1, b: undefined }, { a: 1 })).toBe(true);
  expect(deepEqual({ a: 1 }, { a: 1, b: undefined })).toBe(true);
  expect(deepEqual({ a: null }, {})).toBe(false);
});
