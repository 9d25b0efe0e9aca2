// A RoleBinding's document, and when it holds.
import { expect, test } from "vitest";
import { bindingDocument as schema, validate } from "../../api/index.ts";
import { aBinding } from "../testing/manifests.ts";
import { bindingDocument, bindingField, bindingName, validity } from "./document.ts";

test("the document fits the contract; namespace and name make it unique", () => {
  const binding = aBinding({ expiresAt: "2026-12-31T00:00:00Z" });
  const document = bindingDocument(binding);
  expect(validate(schema, structuredClone(document))).toMatchObject({ ok: true });
  expect(document).toMatchObject({ manager: "provost.dev/RoleBinding/schools/learn", role: "learner" });
  expect("notBefore" in document).toBe(false);
  expect(bindingName(binding)).toBe("schools.learn");
});

test.each([
  ["/role", "spec.roleRef.name"],
  ["/subjects/2/user", "spec.subjects[2].user"],
  ["/scope/course", "spec.scope.course"],
  ["/manager", "metadata.name"],
])("%s came from %s", (pointer, field) => expect(bindingField(pointer)).toBe(field));

const at = (time: string): number => Date.parse(time);
const [begin, end] = ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"];

test.each([
  [{}, "2026-01-15T00:00:00Z", { state: "holds" }],
  [{ notBefore: begin }, "2025-12-31T23:59:59Z", { state: "before", changesInMs: 1000 }],
  [{ notBefore: begin }, begin, { state: "holds" }],
  [{ notBefore: begin, expiresAt: end }, "2026-01-31T23:59:58Z", { state: "holds", changesInMs: 2000 }],
  [{ expiresAt: end }, end, { state: "expired" }],
  [{ notBefore: begin, expiresAt: end }, "2027-01-01T00:00:00Z", { state: "expired" }],
])("%j at %s: %j", (times, now, expected) => expect(validity(times, at(now))).toEqual(expected));
