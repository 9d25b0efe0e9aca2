import { expect, test } from "vitest";
import type { ConfigMap } from "../client/kinds.ts";
import type { Live } from "../client/object.ts";
import { dropManagedFields, metadataOnly } from "./transform.ts";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const mine = { manager: "me", operation: "Apply", fieldsV1: { "f:data": {} } };
const object = (metadata: object): Live<ConfigMap> => ({
  metadata: { name: "a", uid: "u", resourceVersion: "1", ...metadata },
  data: { v: "1" },
});
const trim = dropManagedFields<ConfigMap>("me");

test("of managedFields only our own apply stays", () => {
  const managedFields = [
    { manager: "kubectl", operation: "Apply", fieldsV1: {} },
    { manager: "me", operation: "Update", fieldsV1: {} },
    { manager: "me", operation: "Apply", subresource: "status", fieldsV1: {} },
    mine,
  ];
  expect(trim(object({ managedFields })).metadata.managedFields).toEqual([mine]);
  expect("managedFields" in trim(object({ managedFields: managedFields.slice(0, 3) })).metadata).toBe(false);
});

test("of the annotations only kubectl's copy of the object goes", () => {
  expect(trim(object({ annotations: { keep: "me", [LAST_APPLIED]: "{}" } })).metadata.annotations).toEqual({
    keep: "me",
  });
  expect("annotations" in trim(object({ annotations: { [LAST_APPLIED]: "{}" } })).metadata).toBe(false);
  expect(trim(object({ annotations: { keep: "me" } })).metadata.annotations).toEqual({ keep: "me" });
});

test("everything else stays, and the object that came in is not touched", () => {
  const given = object({ labels: { a: "b" }, annotations: { [LAST_APPLIED]: "{}" }, managedFields: [mine] });
  const before = structuredClone(given);
  const { managedFields: _m, annotations: _a, ...rest } = before.metadata;
  expect(trim(given)).toEqual({ data: { v: "1" }, metadata: { ...rest, managedFields: [mine] } });
  expect(given).toEqual(before);
});

test("metadata only is what it says", () => {
  expect(metadataOnly({ ...object({}), apiVersion: "v1", kind: "ConfigMap" })).toEqual({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", uid: "u", resourceVersion: "1" },
  });
});
