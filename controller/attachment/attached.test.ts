// Who may attach to a tenant, and which of its changes concern those attached.
import { describe, expect, test } from "vitest";
import type { LmsTenant } from "../../api/index.ts";
import { aBinding, aCourse, aTenant } from "../testing/manifests.ts";
import { concernOf, managerOf, mayAttach, takesDocuments, tenantKeyOf } from "./attached.ts";

test("a tenant is looked for beside the object unless its namespace is named", () => {
  expect(tenantKeyOf(aCourse())).toEqual({ namespace: "schools", name: "hill" });
  const elsewhere = aBinding({ tenantRef: { name: "hill", namespace: "sites" } });
  expect(tenantKeyOf(elsewhere)).toEqual({ namespace: "sites", name: "hill" });
  expect(managerOf("Course", aCourse())).toBe("provost.dev/Course/schools/maths");
});

test.each([
  [{}, "schools", {}, true],
  [{}, "valley", {}, false],
  [{ from: "All" }, "valley", undefined, true],
  [{ from: "Selector", matchLabels: { school: "hill" } }, "valley", { school: "hill", more: "x" }, true],
  [{ from: "Selector", matchLabels: { school: "hill" } }, "valley", { school: "dale" }, false],
  [{ from: "Selector", matchLabels: { school: "hill" } }, "valley", undefined, false],
  [{ from: "Selector", matchLabels: { school: "hill" } }, "schools", {}, true],
] as const)(
  "allowedNamespaces %j, namespace %s with labels %j: %s",
  (allowedNamespaces, namespace, labels, may) => {
    expect(mayAttach(aTenant({ allowedNamespaces }), namespace, labels)).toBe(may);
  },
);

describe("a tenant's change", () => {
  const conditions = [
    {
      type: "Available",
      status: "True",
      reason: "Serving",
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    },
  ] as const;
  const ready: LmsTenant = {
    ...aTenant(),
    status: { conditions, siteDigest: "s", directoryDigest: "d", url: "http://hill", readyReplicas: 1 },
  };
  const with_ = (status: object): LmsTenant => ({ ...ready, status: { ...ready.status, ...status } });

  test("documents are taken once it runs and holds what they refer to", () => {
    expect(takesDocuments(ready)).toBe(true);
    expect(takesDocuments(aTenant())).toBe(false);
    expect(takesDocuments(with_({ conditions: [] }))).toBe(false);
    expect(takesDocuments({ ...ready, status: { conditions } })).toBe(false);
  });

  test.each([
    ["more replicas", with_({ readyReplicas: 2 }), false],
    ["another message", with_({ conditions: [{ ...conditions[0], message: "x" }] }), false],
    ["an LMS that went away", with_({ conditions: [{ ...conditions[0], status: "False" }] }), true],
    ["new categories", with_({ siteDigest: "t" }), true],
    ["new users", with_({ directoryDigest: "e" }), true],
    ["another address", with_({ url: "http://dale" }), true],
    ["other namespaces", { ...ready, spec: aTenant({ allowedNamespaces: { from: "All" } }).spec }, true],
    ["a successor of the same name", { ...ready, metadata: { ...ready.metadata, uid: "other" } }, true],
  ])("%s concerns them: %s", (_, changed, concerns) => {
    expect(concernOf(changed) !== concernOf(ready)).toBe(concerns);
  });
});
