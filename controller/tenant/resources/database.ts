// The tenant's own PostgreSQL: one replica on a volume that outlives it. Pure.
import type { LmsTenant } from "../../../api/index.ts";
import type { PersistentVolumeClaim, StatefulSet } from "../../engine/index.ts";
import { childMeta, DATABASE_PORT, labels, names, selector } from "../names.ts";
import { computeResources } from "./compute.ts";
import { CONTAINER_SECURITY, podSecurity } from "./security.ts";

/** `postgres` in the official image. */
const POSTGRES_UID = 999;
const DATA = "/var/lib/postgresql/data";

type Standalone = NonNullable<LmsTenant["spec"]["database"]["standalone"]>;

/** The data volume. Made by us and not by a claim template, so that the deletion policy can say who owns it (ADR 5). */
export function databaseClaim(tenant: LmsTenant, database: Standalone): PersistentVolumeClaim {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: childMeta(tenant, names(tenant.metadata.name).databaseClaim, "database"),
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: database.storage.size } },
      ...(database.storage.className === undefined ? {} : { storageClassName: database.storage.className }),
    },
  };
}

/** PostgreSQL itself, after the contract of the official image. */
export function databaseStatefulSet(
  tenant: LmsTenant,
  database: Standalone,
  replicas: 0 | 1 = 1,
): StatefulSet {
  const name = names(tenant.metadata.name);
  const fromSecret = (variable: string, key: string) => ({
    name: variable,
    valueFrom: { secretKeyRef: { name: name.databaseSecret, key } },
  });
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: childMeta(tenant, name.database, "database"),
    spec: {
      replicas,
      // With OrderedReady a pod that never becomes ready (an image that cannot be pulled) is not replaced when the manifest is
      // corrected: somebody would have to delete it (Kubernetes docs: "StatefulSets", forced rollback).
      podManagementPolicy: "Parallel",
      serviceName: name.database,
      selector: { matchLabels: selector(tenant.metadata.name, "database") },
      template: {
        metadata: { labels: labels(tenant.metadata.name, "database") },
        spec: {
          automountServiceAccountToken: false,
          // A smart shutdown waits for clients; PostgreSQL on SIGTERM needs the time to let them finish.
          terminationGracePeriodSeconds: 60,
          securityContext: podSecurity(POSTGRES_UID),
          containers: [
            {
              name: "postgres",
              image: database.image,
              imagePullPolicy: "IfNotPresent",
              // Sized for a site of a few hundred learners; the connections are those of a few runtime replicas.
              args: [
                "-c",
                "shared_buffers=16MB",
                "-c",
                "max_connections=40",
                "-c",
                "max_wal_size=256MB",
                "-c",
                "jit=off",
                "-c",
                "max_parallel_workers_per_gather=0",
              ],
              env: [
                fromSecret("POSTGRES_USER", "username"),
                fromSecret("POSTGRES_PASSWORD", "password"),
                fromSecret("POSTGRES_DB", "database"),
                { name: "PGDATA", value: `${DATA}/pgdata` },
              ],
              ports: [{ name: "postgres", containerPort: DATABASE_PORT, protocol: "TCP" }],
              resources: computeResources(database.resources, {
                requests: { cpu: "50m", memory: "128Mi" },
                limits: { memory: "1Gi" },
              }),
              readinessProbe: {
                tcpSocket: { port: "postgres" },
                periodSeconds: 1,
                timeoutSeconds: 3,
                failureThreshold: 5,
              },
              livenessProbe: {
                tcpSocket: { port: "postgres" },
                periodSeconds: 20,
                failureThreshold: 6,
                initialDelaySeconds: 60,
              },
              securityContext: CONTAINER_SECURITY,
              volumeMounts: [
                { name: "data", mountPath: DATA },
                { name: "run", mountPath: "/var/run/postgresql" },
                { name: "tmp", mountPath: "/tmp" },
              ],
            },
          ],
          volumes: [
            { name: "data", persistentVolumeClaim: { claimName: name.databaseClaim } },
            { name: "run", emptyDir: {} },
            { name: "tmp", emptyDir: {} },
          ],
        },
      },
    },
  };
}
