// Names and labels of everything a tenant becomes. Pure.
import type { LmsTenant } from "../../api/index.ts";

export const HTTP_PORT = 8080;
/** The site's port on its Service. */
export const HTTP_SERVICE_PORT = 80;
export const ADMIN_PORT = 8081;
export const DATABASE_PORT = 5432;

/** Label selector of everything the operator makes. */
export const MANAGED = "app.kubernetes.io/managed-by=provost";

/** Finalizer that holds a tenant with deletionPolicy Backup until that is made. */
export const FINAL_BACKUP = "provost.dev/final-backup";

/** On the one Service of a tenant whose endpoints are read for metrics. */
export const METRICS_LABEL = { "provost.dev/metrics": "true" } as const;

/** Names of a tenant's child objects. */
export function names(tenant: string) {
  return {
    runtime: `${tenant}-lms`,
    health: `${tenant}-health`,
    ingress: tenant,
    adminSecret: `${tenant}-admin`,
    accountsSecret: `${tenant}-accounts`,
    databaseSecret: `${tenant}-database`,
    database: `${tenant}-db`,
    databaseClaim: `${tenant}-db-data`,
    /** Made by CloudNativePG for the application of its Cluster (its docs: "Connecting from an application"). */
    appSecret: `${tenant}-db-app`,
    /** Filled by cert-manager. */
    certificateSecret: `${tenant}-tls`,
    /** Holds backups, where they go to a volume that the operator claims. */
    backupClaim: `${tenant}-backups`,
  } as const;
}

/** `restore` speaks to the site's database, `drill` only to a scratch database of its own. */
export type Component = "lms" | "database" | "directory" | "backup" | "restore" | "drill" | "update";

/** The recommended labels (Kubernetes docs: "Recommended Labels") on every child object. */
export function labels(tenant: string, component: Component): Record<string, string> {
  return {
    ...selector(tenant, component),
    "app.kubernetes.io/part-of": "provost",
    "app.kubernetes.io/managed-by": "provost",
  };
}

/** The labels that select a tenant's pods; they never change, selectors are immutable. */
export function selector(tenant: string, component: Component): Record<string, string> {
  return {
    "app.kubernetes.io/name": "lms",
    "app.kubernetes.io/instance": tenant,
    "app.kubernetes.io/component": component,
  };
}

/** metadata of a child object. */
export function childMeta(tenant: LmsTenant, name: string, component: Component) {
  return { name, namespace: namespaceOf(tenant), labels: labels(tenant.metadata.name, component) };
}

export function namespaceOf(object: { metadata: { namespace?: string } }): string {
  return object.metadata.namespace ?? "";
}
