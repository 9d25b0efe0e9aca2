// RoleBinding: who has which role where. Schema only; what follows from it lives in controller/rolebinding.
import { bindingScope, bindingSubjects, bindingTimes } from "../schema/binding.ts";
import * as f from "../schema/fields.ts";
import type { Infer, InferInput, Structural } from "../schema/structural.ts";
import { type KindDefinition, readyColumns, type Resource } from "./kind.ts";

const spec = {
  type: "object",
  description: "The grant as it should be.",
  required: ["tenantRef", "roleRef", "subjects", "scope"],
  properties: {
    tenantRef: {
      ...f.tenantRef,
      "x-kubernetes-validations": [
        { rule: "self == oldSelf", message: "is immutable: delete the RoleBinding and create another" },
      ],
    },
    roleRef: {
      type: "object",
      description: "The role that is granted. Immutable.",
      required: ["name"],
      properties: {
        name: {
          ...f.key,
          description: "`administrator`, `instructor`, `learner`, `auditor` or one of the tenant's `roles`.",
        },
      },
      "x-kubernetes-map-type": "atomic",
      "x-kubernetes-validations": [
        { rule: "self == oldSelf", message: "is immutable: delete the RoleBinding and create another" },
      ],
    },
    subjects: bindingSubjects,
    scope: bindingScope,
    ...bindingTimes,
  },
  "x-kubernetes-validations": [
    {
      rule: "!has(self.notBefore) || !has(self.expiresAt) || self.notBefore < self.expiresAt",
      message: "notBefore must be before expiresAt: correct one of the two",
    },
  ],
} as const satisfies Structural;

const status = {
  type: "object",
  description: "The grant as it is on the site.",
  properties: {
    observedGeneration: f.observedGeneration,
    conditions: f.conditions,
    subjects: { type: "integer", format: "int32", description: "Subjects the role is granted to." },
    digest: { type: "string", description: "SHA-256 of the binding document the LMS holds.", maxLength: 80 },
  },
} as const satisfies Structural;

export const roleBindingKind = {
  kind: "RoleBinding",
  plural: "rolebindings",
  singular: "rolebinding",
  shortNames: ["lrb"],
  scope: "Namespaced",
  description:
    "RoleBinding grants users and groups a role on the site, a category or a course, for a time if wanted.",
  spec,
  status,
  columns: [
    { name: "Tenant", type: "string", jsonPath: ".spec.tenantRef.name", description: "The site it is on." },
    { name: "Role", type: "string", jsonPath: ".spec.roleRef.name", description: "The role granted." },
    {
      name: "Course",
      type: "string",
      jsonPath: ".spec.scope.course",
      description: "Course, where the scope is one.",
    },
    { name: "Expires", type: "string", jsonPath: ".spec.expiresAt", priority: 1 },
    ...readyColumns,
  ],
} as const satisfies KindDefinition;

export type RoleBindingSpec = Infer<typeof spec>;
export type RoleBindingSpecInput = InferInput<typeof spec>;
export type RoleBindingStatus = Infer<typeof status>;
export type RoleBinding = Resource<"RoleBinding", RoleBindingSpec, RoleBindingStatus>;
