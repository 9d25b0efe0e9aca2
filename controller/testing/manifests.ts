// Objects as the API server hands them out, for tests: what an author writes, with the defaults of the schema filled in.
import {
  API_VERSION,
  type Backup,
  backupKind,
  type BackupSpecInput,
  type Course,
  courseKind,
  type CourseSpecInput,
  type Finding,
  type LmsTenant,
  lmsTenantKind,
  type LmsTenantSpecInput,
  type Restore,
  restoreKind,
  type RestoreSpecInput,
  type RoleBinding,
  roleBindingKind,
  type RoleBindingSpecInput,
  validate,
} from "../../api/index.ts";

/** A tenant `hill` in the namespace `schools`. */
export function aTenant(
  spec: Partial<LmsTenantSpecInput> = {},
  metadata: Partial<LmsTenant["metadata"]> = {},
): LmsTenant {
  const input = {
    hostname: "hill.example.org",
    database: { standalone: { storage: { size: "10Gi" } } },
    site: { title: "Hill School" },
    ...spec,
  };
  return {
    apiVersion: API_VERSION,
    kind: "LmsTenant",
    metadata: { name: "hill", namespace: "schools", uid: "uid-of-hill", generation: 1, ...metadata },
    spec: accepted(validate(lmsTenantKind.spec, structuredClone(input))),
  };
}

/** A Backup `nightly` of `hill`. */
export function aBackup(spec: Partial<BackupSpecInput> = {}): Backup {
  const input = { tenantRef: { name: "hill" }, ...spec };
  return {
    apiVersion: API_VERSION,
    kind: "Backup",
    metadata: {
      name: "nightly",
      namespace: "schools",
      uid: "1a2b3c4d-0000-4000-8000-000000000000",
      generation: 1,
    },
    spec: accepted(validate(backupKind.spec, structuredClone(input))),
  };
}

/** A course `maths` on `hill` with one lesson. */
export function aCourse(spec: Partial<CourseSpecInput> = {}): Course {
  const input = {
    tenantRef: { name: "hill" },
    title: "Mathematics",
    modules: [
      {
        key: "start",
        title: "Start",
        items: [{ key: "welcome", title: "Welcome", lesson: { markdown: "Hello" } }],
      },
    ],
    ...spec,
  };
  return {
    apiVersion: API_VERSION,
    kind: "Course",
    metadata: { name: "maths", namespace: "schools" },
    spec: accepted(validate(courseKind.spec, structuredClone(input))),
  };
}

/** A grant `learn` of the role learner on `maths`. */
export function aBinding(spec: Partial<RoleBindingSpecInput> = {}): RoleBinding {
  const input = {
    tenantRef: { name: "hill" },
    roleRef: { name: "learner" },
    subjects: [{ user: "lea" }],
    scope: { course: "maths" },
    ...spec,
  };
  return {
    apiVersion: API_VERSION,
    kind: "RoleBinding",
    metadata: { name: "learn", namespace: "schools" },
    spec: accepted(validate(roleBindingKind.spec, structuredClone(input))),
  };
}

/** A restore `back` of the site from a Backup `nightly`. */
export function aRestore(spec: Partial<RestoreSpecInput> = {}): Restore {
  const input = {
    tenantRef: { name: "hill" },
    source: { backupRef: { name: "nightly" } },
    ...spec,
  };
  return {
    apiVersion: API_VERSION,
    kind: "Restore",
    metadata: { name: "back", namespace: "schools", uid: "4d5e6f70-0000-0000-0000-000000000000" },
    spec: accepted(validate(restoreKind.spec, structuredClone(input))),
  };
}

/** Data of a Secret or a ConfigMap's binaryData. */
export function encoded(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
  );
}

function accepted<T>(
  result:
    { readonly ok: true; readonly value: T } | { readonly ok: false; readonly findings: readonly Finding[] },
): T {
  if (result.ok) return result.value;
  throw new Error(`the manifest of a test does not fit its schema: ${JSON.stringify(result.findings)}`);
}
