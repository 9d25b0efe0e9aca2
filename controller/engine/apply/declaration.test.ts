// The digest of a declaration: what the live object alone cannot tell.
import { describe, expect, test } from "vitest";
import type { KubeObject } from "../client/object.ts";
import { redeclared, withDigest } from "./declaration.ts";

const policy = (...ingress: object[]) => ({
  kind: "NetworkPolicy",
  metadata: { name: "a", annotations: { note: "n" } },
  spec: { ingress },
});
const digest = (object: object): string | undefined =>
  withDigest<KubeObject>(object, "me").metadata?.annotations?.["me/declared"];

describe("a part that is no longer declared inside an atomic value", () => {
  const live = withDigest(policy({ from: [{ podSelector: {} }], ports: [{ port: 80 }] }), "me");

  test("is noticed", () => {
    expect(redeclared(withDigest(policy({ ports: [{ port: 80 }] }), "me"), live, "me")).toBe(true);
  });

  test("what the server adds to the live object is not", () => {
    const defaulted = {
      ...live,
      spec: { ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80, protocol: "TCP" }] }] },
    };
    const again = withDigest(policy({ from: [{ podSelector: {} }], ports: [{ port: 80 }] }), "me");
    expect(redeclared(again, defaulted, "me")).toBe(false);
  });
});

test("the order of fields does not matter, that of lists does", () => {
  expect(digest({ kind: "X", spec: { a: 1, b: [1, 2] } })).toBe(
    digest({ spec: { b: [1, 2], a: 1 }, kind: "X" }),
  );
  expect(digest({ kind: "X", spec: { b: [1, 2] } })).not.toBe(digest({ kind: "X", spec: { b: [2, 1] } }));
});

test("other annotations stay", () => {
  expect(withDigest(policy(), "me").metadata.annotations).toMatchObject({ note: "n" });
});

test("of a Secret only the names of its values are told, of a ConfigMap the values too", () => {
  const holder = (kind: string, value: string, name = "password") =>
    digest({ kind, data: { [name]: value } });
  expect(holder("Secret", "YQ==")).toBe(holder("Secret", "Yg=="));
  expect(holder("Secret", "YQ==")).not.toBe(holder("Secret", "YQ==", "other"));
  expect(holder("ConfigMap", "a")).not.toBe(holder("ConfigMap", "b"));
});
