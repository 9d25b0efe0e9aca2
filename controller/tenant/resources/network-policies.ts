// Who may talk to whom: visitors to the site, the operator to the admin port, the runtime to its own database.
import type { LmsTenant } from "../../../api/index.ts";
import type { NetworkPolicy } from "../../engine/index.ts";
import { ADMIN_PORT, childMeta, DATABASE_PORT, HTTP_PORT, names, selector } from "../names.ts";

/** The operator's pods, in whichever namespace it was installed. */
const OPERATOR = [
  { namespaceSelector: {}, podSelector: { matchLabels: { "app.kubernetes.io/name": "provost-operator" } } },
];

/** What the Prometheus Operator calls the pods of a Prometheus. */
const PROMETHEUS = { matchLabels: { "app.kubernetes.io/name": "prometheus" } };

/** Whoever may read /metrics; what else is on that port asks for its token. */
function watchers(tenant: LmsTenant) {
  const { monitoring } = tenant.spec;
  if (!monitoring?.enabled) return [];
  const from = monitoring.from
    ? [{ namespaceSelector: { matchLabels: { ...monitoring.from } } }]
    : [{ namespaceSelector: {}, podSelector: PROMETHEUS }];
  return [{ ports: [{ port: ADMIN_PORT, protocol: "TCP" }], from }];
}

/** `restrictAdmin` is off when the operator calls through the API server, which no pod selector can name. */
export function runtimeNetworkPolicy(tenant: LmsTenant, restrictAdmin: boolean): NetworkPolicy {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: childMeta(tenant, names(tenant.metadata.name).runtime, "lms"),
    spec: {
      podSelector: { matchLabels: selector(tenant.metadata.name, "lms") },
      policyTypes: ["Ingress"],
      ingress: [
        { ports: [{ port: HTTP_PORT, protocol: "TCP" }] },
        { ports: [{ port: ADMIN_PORT, protocol: "TCP" }], ...(restrictAdmin ? { from: OPERATOR } : {}) },
        ...watchers(tenant),
      ],
    },
  };
}

/** The database answers this tenant's runtime, its backups, restores, migrations and nobody else. */
export function databaseNetworkPolicy(tenant: LmsTenant): NetworkPolicy {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: childMeta(tenant, names(tenant.metadata.name).database, "database"),
    spec: {
      podSelector: { matchLabels: selector(tenant.metadata.name, "database") },
      policyTypes: ["Ingress"],
      ingress: [
        {
          ports: [{ port: DATABASE_PORT, protocol: "TCP" }],
          from: (["lms", "backup", "restore", "update"] as const).map((component) => ({
            podSelector: { matchLabels: selector(tenant.metadata.name, component) },
          })),
        },
      ],
    },
  };
}

/** A drill has a whole site's data for a while: nobody is to reach it. */
export function drillNetworkPolicy(tenant: LmsTenant, name: string): NetworkPolicy {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: childMeta(tenant, name, "drill"),
    spec: {
      podSelector: { matchLabels: selector(tenant.metadata.name, "drill") },
      policyTypes: ["Ingress"],
      ingress: [],
    },
  };
}
