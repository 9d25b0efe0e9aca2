// The LMS runtime of a tenant. Pure: its test is a table.
import { type LmsTenant, RUNTIME_ENVIRONMENT } from "../../../api/index.ts";
import type { Deployment } from "../../engine/index.ts";
import { ADMIN_PORT, childMeta, HTTP_PORT, labels, names, selector } from "../names.ts";
import { fixedReplicas, mostReplicas } from "../scale.ts";
import { computeResources } from "./compute.ts";
import { databaseEnv } from "./database-env.ts";
import { CONTAINER_SECURITY, podSecurity, RUNTIME_UID } from "./security.ts";

/** How long proxies may take to hear that a replica goes. */
const LINGER_SECONDS = 5;
const TOKEN_DIR = "/etc/provost/admin";

export interface RuntimeInput {
  readonly image: string;
  /** Keyed digest of a database's credentials: pods are replaced when it changes. Absent for those we made ourselves. */
  readonly credentialsDigest?: string;
  /** An autoscaler says how many replicas there are: we do not. */
  readonly autoscaled?: boolean;
}

/** The runtime's replicas. */
export function runtimeDeployment(tenant: LmsTenant, input: RuntimeInput): Deployment {
  const name = names(tenant.metadata.name);
  const { spec } = tenant;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: childMeta(tenant, name.runtime, "lms"),
    spec: {
      ...(input.autoscaled ? {} : { replicas: fixedReplicas(tenant) }),
      selector: { matchLabels: selector(tenant.metadata.name, "lms") },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: {
          labels: labels(tenant.metadata.name, "lms"),
          ...(input.credentialsDigest === undefined
            ? {}
            : { annotations: { "provost.dev/database-credentials": input.credentialsDigest } }),
        },
        spec: {
          serviceAccountName: name.runtime,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 30,
          securityContext: podSecurity(RUNTIME_UID),
          ...(mostReplicas(tenant) > 1 ? { affinity: spread(tenant) } : {}),
          containers: [
            {
              name: "lms",
              image: input.image,
              imagePullPolicy: "IfNotPresent",
              args: ["lms"],
              // Its last words reach the pod's status, and from there the condition.
              terminationMessagePolicy: "FallbackToLogsOnError",
              env: [
                { name: RUNTIME_ENVIRONMENT.httpPort, value: String(HTTP_PORT) },
                { name: RUNTIME_ENVIRONMENT.adminPort, value: String(ADMIN_PORT) },
                { name: RUNTIME_ENVIRONMENT.adminTokenDir, value: TOKEN_DIR },
                { name: RUNTIME_ENVIRONMENT.lingerSeconds, value: String(LINGER_SECONDS) },
                ...databaseEnv(tenant),
              ],
              ports: [
                { name: "http", containerPort: HTTP_PORT, protocol: "TCP" },
                { name: "admin", containerPort: ADMIN_PORT, protocol: "TCP" },
              ],
              resources: computeResources(spec.resources, {
                requests: { cpu: "50m", memory: "128Mi" },
                limits: { memory: "512Mi" },
              }),
              startupProbe: {
                httpGet: { path: "/healthz", port: "admin" },
                periodSeconds: 1,
                failureThreshold: 60,
              },
              // Often, for a site opens when it is found ready; patient, for one that is busy still serves.
              readinessProbe: {
                httpGet: { path: "/readyz", port: "admin" },
                periodSeconds: 1,
                timeoutSeconds: 3,
                failureThreshold: 5,
              },
              livenessProbe: {
                httpGet: { path: "/healthz", port: "admin" },
                periodSeconds: 10,
                failureThreshold: 6,
              },
              securityContext: CONTAINER_SECURITY,
              volumeMounts: [
                { name: "admin-token", mountPath: TOKEN_DIR, readOnly: true },
                { name: "tmp", mountPath: "/tmp" },
              ],
            },
          ],
          volumes: [
            // The whole Secret, not single keys: `token-previous` is there only during a rotation.
            { name: "admin-token", secret: { secretName: name.adminSecret, defaultMode: 0o440 } },
            { name: "tmp", emptyDir: {} },
          ],
        },
      },
    },
  };
}

/** Replicas on different nodes where there is more than one. */
function spread(tenant: LmsTenant) {
  return {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          podAffinityTerm: {
            topologyKey: "kubernetes.io/hostname",
            labelSelector: { matchLabels: selector(tenant.metadata.name, "lms") },
          },
        },
      ],
    },
  };
}
