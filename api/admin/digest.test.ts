import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, digestOf, withoutPasswords } from "./digest.ts";

test("the order of keys does not matter, the order of lists does", () => {
  expect(digestOf({ a: 1, b: [1, 2] })).toBe(digestOf({ b: [1, 2], a: 1 }));
  expect(digestOf({ b: [1, 2] })).not.toBe(digestOf({ b: [2, 1] }));
});

test("an undefined member is an absent one", () => {
  expect(digestOf({ a: 1, b: undefined })).toBe(digestOf({ a: 1 }));
});

test("the digest survives the wire: a value and what JSON makes of it have one digest", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const wire: unknown = JSON.parse(JSON.stringify(value));
      expect(digestOf(wire)).toBe(digestOf(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(wire);
    }),
  );
});

test("a password never enters a digest, its fingerprint does", () => {
  const account = {
    name: "ada",
    email: "a@b.c",
    displayName: "Ada",
    suspended: false,
    passwordFingerprint: "f".repeat(16),
  };
  const directory = { roles: [], groups: [], users: [{ ...account, password: "correct horse" }] };
  expect(canonicalJson(withoutPasswords(directory))).not.toContain("correct horse");
  expect(digestOf(withoutPasswords(directory))).toBe(digestOf({ roles: [], groups: [], users: [account] }));
});
