// What Courses and RoleBindings have in common: they are attached to a tenant. Pure.
import type { LmsTenant } from "../../api/index.ts";
import { isAsleep, isPaused } from "../tenant/lifecycle.ts";
import type { ObjectKey } from "../engine/index.ts";

/** The least a kind has that is attached to a tenant. */
export interface Attached {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: { readonly tenantRef: { readonly name: string; readonly namespace?: string } };
}

/** Key of the tenant an object is attached to. */
export function tenantKeyOf(object: Attached): ObjectKey {
  const { name, namespace = object.metadata.namespace ?? "" } = object.spec.tenantRef;
  return { namespace, name };
}

/** Who declares it, as the admin API is told. */
export function managerOf(kind: string, object: Attached): string {
  return `provost.dev/${kind}/${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}

/**
 * Whether a tenant lets objects of a namespace attach to it. Its own namespace always may: whoever may write there may
 * write the tenant too.
 * @param labels of the namespace the object is in
 */
export function mayAttach(
  tenant: LmsTenant,
  namespace: string,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  if (namespace === tenant.metadata.namespace) return true;
  const { from, matchLabels = {} } = tenant.spec.allowedNamespaces;
  switch (from) {
    case "Same":
      return false;
    case "All":
      return true;
    case "Selector":
      return Object.entries(matchLabels).every(([name, value]) => labels?.[name] === value);
  }
}

/** Whether a tenant's LMS takes documents: it runs, and holds what they may refer to. */
export function takesDocuments(tenant: LmsTenant): boolean {
  if (isPaused(tenant) || isAsleep(tenant)) return false;
  const is = (type: string): boolean =>
    tenant.status?.conditions?.find((condition) => condition.type === type)?.status === "True";
  return (
    is("Available") && tenant.status?.siteDigest !== undefined && tenant.status.directoryDigest !== undefined
  );
}

/** What of a tenant matters to those attached to it; they look again when it changes. */
export function concernOf(tenant: LmsTenant): string {
  const { status, spec, metadata } = tenant;
  return JSON.stringify([
    metadata.uid,
    metadata.deletionTimestamp !== undefined,
    spec.allowedNamespaces,
    takesDocuments(tenant),
    status?.url,
    status?.siteDigest,
    status?.directoryDigest,
    // What it holds is what a backup held.
    status?.restore?.restoredAt,
  ]);
}
