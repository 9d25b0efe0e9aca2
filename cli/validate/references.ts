// Whether Courses and RoleBindings point at something: their tenant, and the roles, people, categories and courses on it.
// What the given manifests cannot tell is a warning, for another pipeline may hold it.
import { BUILT_IN_ROLES } from "../../api/schema/site.ts";
import { type Catalogue, courseKey, type Given, tenantOf } from "./catalogue.ts";
import { type FieldPath, isMapping, valueAt } from "./field-path.ts";
import type { Fault } from "./finding.ts";
import { didYouMean, listed, nearest } from "./suggest.ts";
import { names } from "./tenant.ts";

/** Faults of one Course's or RoleBinding's references. */
export function referenceFaults(given: Given, catalogue: Catalogue): Fault[] {
  const ref = tenantOf(given);
  if (!ref) return [];
  const tenant = catalogue.find("LmsTenant", ref.namespace, ref.name);
  if (!tenant) return [absentTenant(ref, catalogue)];
  const admission = admissionFault(given, tenant, catalogue);
  const own =
    given.kind?.kind === "Course" ? courseFaults(given, tenant) : bindingFaults(given, tenant, catalogue);
  return admission ? [admission, ...own] : own;
}

/** A tenant that is named and not given. */
export function absentTenant(ref: { namespace: string; name: string }, catalogue: Catalogue): Fault {
  const tenants = catalogue.ofKind("LmsTenant");
  const elsewhere = tenants.find(({ entry }) => entry.name === ref.name);
  const near = nearest(
    ref.name,
    tenants.filter(({ namespace }) => namespace === ref.namespace).map(({ entry }) => entry.name),
  );
  const remedy = elsewhere
    ? `there is one in namespace ${elsewhere.namespace}, name it in tenantRef.namespace`
    : near !== undefined
      ? `did you mean "${near}"?`
      : "give its file too, or make sure that the cluster has it";
  return {
    path: ["spec", "tenantRef", "name"],
    message: `LmsTenant ${ref.namespace}/${ref.name} is not among the given manifests: ${remedy}`,
    severity: "warning",
  };
}

function admissionFault(given: Given, tenant: Given, catalogue: Catalogue): Fault | undefined {
  if (given.namespace === tenant.namespace) return undefined;
  const allowed = valueAt(tenant.entry.value, ["spec", "allowedNamespaces"]);
  const from = valueAt(allowed, ["from"]) ?? "Same";
  const path: FieldPath = ["spec", "tenantRef"];
  const who = `LmsTenant ${tenant.namespace}/${tenant.entry.name}`;
  const remedy = `set spec.allowedNamespaces of the tenant (${tenant.entry.place}), or move this object to ${tenant.namespace}`;
  if (from === "Same")
    return { path, message: `${who} admits nothing from namespace ${given.namespace}: ${remedy}` };
  if (from !== "Selector") return undefined;
  const wanted = valueAt(allowed, ["matchLabels"]);
  const namespace = catalogue.ofKind("Namespace").find(({ entry }) => entry.name === given.namespace);
  if (!namespace)
    return {
      path,
      message: `Namespace ${given.namespace} is not among the given manifests, so that its labels are not known: make sure that it has those that ${who} asks for`,
      severity: "warning",
    };
  const declared = valueAt(namespace.entry.value, ["metadata", "labels"]);
  const labels = {
    ...(isMapping(declared) ? declared : {}),
    // Every namespace has this label (Kubernetes: "Automatic labelling").
    "kubernetes.io/metadata.name": given.namespace,
  } as Record<string, unknown>;
  const missing = Object.entries(isMapping(wanted) ? wanted : {}).filter(
    ([key, value]) => labels[key] !== value,
  );
  if (missing.length === 0) return undefined;
  const lacking = missing.map(([key, value]) => `${key}=${String(value)}`).join(", ");
  return {
    path,
    message: `${who} admits only namespaces with the label ${lacking}, which ${given.namespace} lacks: label it, or ${remedy}`,
  };
}

function courseFaults({ entry }: Given, tenant: Given): Fault[] {
  const path: FieldPath = ["spec", "category"];
  return unlisted(
    path,
    valueAt(entry.value, path),
    "category",
    tenant,
    "spec.categories",
    categories(tenant),
  );
}

function bindingFaults(given: Given, tenant: Given, catalogue: Catalogue): Fault[] {
  const { value } = given.entry;
  const role: FieldPath = ["spec", "roleRef", "name"];
  const declared = names(tenant.entry.value, "roles", "name");
  const roles = declared && [...Object.keys(BUILT_IN_ROLES), ...declared];
  const category: FieldPath = ["spec", "scope", "category"];
  return [
    ...unlisted(role, valueAt(value, role), "role", tenant, "spec.roles", roles),
    ...subjectFaults(value, tenant),
    ...unlisted(
      category,
      valueAt(value, category),
      "category",
      tenant,
      "spec.categories",
      categories(tenant),
    ),
    ...scopeCourseFaults(value, tenant, catalogue),
  ];
}

function subjectFaults(value: unknown, tenant: Given): Fault[] {
  const subjects = valueAt(value, ["spec", "subjects"]);
  if (!Array.isArray(subjects)) return [];
  const users = names(tenant.entry.value, "users", "name");
  const groups = names(tenant.entry.value, "groups", "name");
  const emails = names(tenant.entry.value, "users", "email")?.map((email) => email.toLowerCase());
  return subjects.flatMap((subject: unknown, i): Fault[] => {
    const at = (field: string): FieldPath => ["spec", "subjects", i, field];
    const email = valueAt(subject, ["email"]);
    const isUndeclared =
      emails && typeof email === "string" && email.includes("@") && !emails.includes(email.toLowerCase());
    return [
      ...unlisted(at("user"), valueAt(subject, ["user"]), "user", tenant, "spec.users", users),
      ...unlisted(at("group"), valueAt(subject, ["group"]), "group", tenant, "spec.groups", groups),
      ...(isUndeclared
        ? [
            {
              path: at("email"),
              // People who signed up by themselves are on the site without being declared.
              message: `no declared user of ${nameOf(tenant)} has the address "${email}": ${didYouMean(email, emails, "the grant waits until somebody has")}`,
              severity: "warning" as const,
            },
          ]
        : []),
    ];
  });
}

function scopeCourseFaults(value: unknown, tenant: Given, catalogue: Catalogue): Fault[] {
  const path: FieldPath = ["spec", "scope", "course"];
  const key = valueAt(value, path);
  if (typeof key !== "string" || key === "") return [];
  const courses = catalogue
    .ofKind("Course")
    .filter((course) => isOn(course, tenant))
    .map(courseKey);
  if (courses.includes(key)) return [];
  return [
    {
      path,
      message: `no given Course on ${nameOf(tenant)} has the key "${key}": ${didYouMean(key, courses, `give its file too, or make sure that the site has it (given: ${listed(courses)})`)}`,
      severity: "warning",
    },
  ];
}

/** Is this Course or RoleBinding on that tenant? */
export function isOn(given: Given, tenant: Given): boolean {
  const ref = tenantOf(given);
  return ref?.name === tenant.entry.name && ref.namespace === tenant.namespace;
}

const nameOf = (tenant: Given): string => `LmsTenant ${tenant.namespace}/${tenant.entry.name}`;

const categories = (tenant: Given): string[] | undefined => names(tenant.entry.value, "categories", "key");

function unlisted(
  path: FieldPath,
  value: unknown,
  what: string,
  tenant: Given,
  field: string,
  known: readonly string[] | undefined,
): Fault[] {
  if (!known || typeof value !== "string" || value === "" || known.includes(value)) return [];
  const remedy = `add it to its ${field} (${tenant.entry.place}) or name one it has: ${listed(known)}`;
  return [
    { path, message: `${nameOf(tenant)} has no ${what} "${value}": ${didYouMean(value, known, remedy)}` },
  ];
}
