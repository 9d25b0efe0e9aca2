// JSON Patch: what it does is the library's; that it refuses what kube-apiserver refuses, and how, is ours.
import { describe, expect, test } from "vitest";
import { jsonPatch, PatchError } from "./index.ts";

const doc = { spec: { replicas: 1, tags: ["a"] }, "a/b": 1 };

test("operations apply in order, to a copy", () => {
  const patch = [
    { op: "test", path: "/spec/replicas", value: 1 },
    { op: "replace", path: "/spec/replicas", value: 2 },
    { op: "add", path: "/spec/tags/-", value: "b" },
    { op: "add", path: "/spec/tags/0", value: "z" },
    { op: "move", from: "/spec/replicas", path: "/spec/count" },
    { op: "copy", from: "/spec/tags", path: "/copy" },
    { op: "remove", path: "/a~1b" },
  ];
  expect(jsonPatch(doc, patch)).toEqual({
    spec: { count: 2, tags: ["z", "a", "b"] },
    copy: ["z", "a", "b"],
  });
  expect(doc.spec.replicas).toBe(1);
});

describe("refusals", () => {
  test.each<[string, 400 | 422, unknown]>([
    ["a failed test", 422, [{ op: "test", path: "/spec/replicas", value: 9 }]],
    ["removing what is not there", 422, [{ op: "remove", path: "/spec/x" }]],
    ["replacing what is not there", 422, [{ op: "replace", path: "/spec/x", value: 1 }]],
    ["adding below what is not there", 422, [{ op: "add", path: "/x/y", value: 1 }]],
    ["adding beyond the end of a list", 422, [{ op: "add", path: "/spec/tags/9", value: 1 }]],
    ["a path without a slash", 422, [{ op: "add", path: "spec", value: 1 }]],
    ["reaching for a prototype", 422, [{ op: "add", path: "/__proto__/x", value: 1 }]],
    ["a document that is no object", 422, [{ op: "replace", path: "", value: 5 }]],
    ["an unknown operation", 400, [{ op: "frob", path: "/a" }]],
    ["an operation that is no object", 400, [5]],
    ["a patch that is no list", 400, { op: "add" }],
  ])("%s", (_, code, patch) => {
    let refusal: unknown;
    try {
      jsonPatch(doc, patch);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(PatchError);
    expect((refusal as PatchError).code).toBe(code);
  });
});
