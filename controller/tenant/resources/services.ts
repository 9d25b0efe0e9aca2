import type { LmsTenant } from "../../../api/index.ts";
import type { Service } from "../../engine/index.ts";
import {
  ADMIN_PORT,
  childMeta,
  DATABASE_PORT,
  HTTP_SERVICE_PORT,
  METRICS_LABEL,
  names,
  selector,
} from "../names.ts";

/** Reaches the runtime: `http` for visitors through the Ingress, `admin` for the operator alone. */
export function runtimeService(tenant: LmsTenant): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: childMeta(tenant, names(tenant.metadata.name).runtime, "lms"),
    spec: {
      selector: selector(tenant.metadata.name, "lms"),
      ports: [
        { name: "http", port: HTTP_SERVICE_PORT, targetPort: "http", protocol: "TCP" },
        { name: "admin", port: ADMIN_PORT, targetPort: "admin", protocol: "TCP" },
      ],
    },
  };
}

/**
 * Reaches the admin port of replicas that are not ready, too: they know why, and no other Service leads to them. Without
 * an address of its own, for only the operator asks, and seldom; a Prometheus asks the replicas behind it.
 */
export function healthService(tenant: LmsTenant): Service {
  const meta = childMeta(tenant, names(tenant.metadata.name).health, "lms");
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...meta, labels: { ...meta.labels, ...METRICS_LABEL } },
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: selector(tenant.metadata.name, "lms"),
      ports: [{ name: "admin", port: ADMIN_PORT, targetPort: "admin", protocol: "TCP" }],
    },
  };
}

/** Reaches the tenant's own PostgreSQL. */
export function databaseService(tenant: LmsTenant): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: childMeta(tenant, names(tenant.metadata.name).database, "database"),
    spec: {
      selector: selector(tenant.metadata.name, "database"),
      ports: [{ name: "postgres", port: DATABASE_PORT, targetPort: "postgres", protocol: "TCP" }],
    },
  };
}
