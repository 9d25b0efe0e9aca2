// The document a RoleBinding's manifest becomes, and how long it holds. Pure.
import type { BindingDocument, RoleBinding } from "../../api/index.ts";
import { managerOf } from "../attachment/attached.ts";
import { fieldOf } from "../lms/errors.ts";

/** Name of the binding on its site; a namespace has no dot, so no two RoleBindings share one. */
export function bindingName(binding: RoleBinding): string {
  return `${binding.metadata.namespace ?? ""}.${binding.metadata.name}`;
}

/** PUT /bindings/:name of a RoleBinding. */
export function bindingDocument(binding: RoleBinding): BindingDocument {
  const { subjects, scope, notBefore, expiresAt, roleRef } = binding.spec;
  return {
    manager: managerOf("RoleBinding", binding),
    role: roleRef.name,
    subjects,
    scope,
    ...(notBefore !== undefined && { notBefore }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

/** Field of the manifest that a pointer into the document came from. */
export function bindingField(pointer: string): string {
  const field = fieldOf(pointer);
  if (field === "" || field === "manager") return "metadata.name";
  return field === "role" ? "spec.roleRef.name" : `spec.${field}`;
}

/** Whether the grant holds at a moment, and in how many milliseconds that changes. The LMS itself enforces it. */
export function validity(
  { notBefore, expiresAt }: { readonly notBefore?: string; readonly expiresAt?: string },
  now: number,
): { readonly state: "before" | "holds" | "expired"; readonly changesInMs?: number } {
  const begin = notBefore === undefined ? -Infinity : Date.parse(notBefore);
  const end = expiresAt === undefined ? Infinity : Date.parse(expiresAt);
  if (now >= end) return { state: "expired" };
  if (now < begin) return { state: "before", changesInMs: begin - now };
  return end === Infinity ? { state: "holds" } : { state: "holds", changesInMs: end - now };
}
