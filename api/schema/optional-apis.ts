// Fields of a site that other software of the cluster makes true, if it is there: autoscaler, Prometheus Operator,
// Gateway API, cert-manager, CloudNativePG. What becomes of them where it is not: docs/guides/optional-apis.md.
import * as f from "./fields.ts";
import type { Structural } from "./structural.ts";

const replicas = { type: "integer", format: "int32", minimum: 1, maximum: 20 } as const;

export const autoscaling = {
  type: "object",
  description:
    "Let a HorizontalPodAutoscaler (autoscaling/v2) choose the number of runtime replicas by their use of CPU. Goes without `replicas`. Where the cluster does not serve that API, `minReplicas` run.",
  required: ["maxReplicas"],
  properties: {
    minReplicas: { ...replicas, description: "Fewest runtime replicas.", default: 1 },
    maxReplicas: { ...replicas, description: "Most runtime replicas." },
    cpuPercent: {
      type: "integer",
      format: "int32",
      description:
        "CPU use to aim at, averaged over the replicas, in percent of what a replica requests (Kubernetes docs: Horizontal Pod Autoscaling, `averageUtilization`).",
      default: 70,
      minimum: 1,
      maximum: 1000,
    },
  },
  "x-kubernetes-validations": [
    {
      rule: "self.minReplicas <= self.maxReplicas",
      message: "minReplicas must not be more than maxReplicas: lower minReplicas or raise maxReplicas",
    },
  ],
} as const satisfies Structural;

export const monitoring = {
  type: "object",
  description:
    "Have the site watched by a Prometheus of the Prometheus Operator (monitoring.coreos.com/v1): a ServiceMonitor for /metrics of the runtime and a PrometheusRule with alerts. Absent: neither is made, and no Prometheus is let in. Where the cluster does not serve that API, nothing is watched.",
  properties: {
    enabled: {
      type: "boolean",
      description: "Off: both objects are removed, and no Prometheus is let in.",
      default: true,
    },
    labels: {
      type: "object",
      description:
        "Labels that your Prometheus selects ServiceMonitors and PrometheusRules by (its `serviceMonitorSelector` and `ruleSelector`), e.g. `release: kube-prometheus-stack`. Absent: for a Prometheus that takes all.",
      maxProperties: 16,
      additionalProperties: { type: "string", description: "Label value.", maxLength: 63 },
    },
    interval: {
      type: "string",
      description: "How often metrics are read, as a duration of Prometheus, e.g. `30s` or `1m`.",
      default: "30s",
      pattern: "^[1-9][0-9]{0,5}(ms|s|m|h)$",
      maxLength: 16,
    },
    from: {
      type: "object",
      description:
        "Labels of the namespace your Prometheus runs in; its pods may reach the port of /metrics. Absent: pods with the label `app.kubernetes.io/name: prometheus` of any namespace may. The rest of that port, the admin API, asks everybody for its token.",
      maxProperties: 16,
      additionalProperties: { type: "string", description: "Label value.", maxLength: 63 },
    },
  },
} as const satisfies Structural;

export const gateway = {
  type: "object",
  description:
    "Reach the site through the Gateway API (an HTTPRoute, gateway.networking.k8s.io/v1) instead of an Ingress. TLS is then the Gateway's listener's. An Ingress that was there stays until the Gateways have accepted the route. Where the cluster does not serve that API, the site is reached through an Ingress.",
  required: ["parentRefs"],
  properties: {
    parentRefs: {
      type: "array",
      description: "The Gateways (or their listeners) that route the hostname to the site.",
      minItems: 1,
      maxItems: 8,
      "x-kubernetes-list-type": "atomic",
      items: {
        type: "object",
        description: "One Gateway.",
        required: ["name"],
        properties: {
          name: { type: "string", description: "Name of the Gateway.", minLength: 1, maxLength: 253 },
          namespace: {
            type: "string",
            description:
              "Its namespace; the tenant's own when absent. A Gateway elsewhere must allow routes from here (`allowedRoutes`).",
            minLength: 1,
            maxLength: 63,
          },
          sectionName: {
            type: "string",
            description: "Name of one listener of the Gateway; any that fits when absent.",
            minLength: 1,
            maxLength: 253,
          },
        },
      },
    },
  },
} as const satisfies Structural;

export const tls = {
  type: "object",
  description:
    "Serve the site over https. Exactly one of `secretRef` and `issuerRef`. Absent: plain http, for sites behind somebody else's TLS or on a laptop.",
  properties: {
    secretRef: { ...f.localRef, description: "Secret of type kubernetes.io/tls." },
    issuerRef: {
      type: "object",
      description:
        "Issuer of cert-manager (cert-manager.io/v1) that signs a certificate for the hostname into the Secret `<tenant>-tls`, and renews it. The site serves meanwhile. Where the cluster does not serve that API, the Secret is waited for, whoever makes it.",
      required: ["name"],
      properties: {
        name: {
          type: "string",
          description: "Name of the Issuer or ClusterIssuer.",
          minLength: 1,
          maxLength: 253,
        },
        kind: {
          type: "string",
          description:
            "`Issuer`: one of the tenant's own namespace; `ClusterIssuer`: one of the whole cluster.",
          enum: ["Issuer", "ClusterIssuer"],
          default: "Issuer",
        },
      },
      "x-kubernetes-map-type": "atomic",
    },
  },
  "x-kubernetes-validations": [
    {
      rule: "has(self.secretRef) != has(self.issuerRef)",
      message: "exactly one of secretRef and issuerRef must be set: set one, remove the other",
    },
  ],
} as const satisfies Structural;

export const cloudNativePg = {
  type: "object",
  description:
    "A PostgreSQL run by CloudNativePG (postgresql.cnpg.io/v1), which the cluster must have: the operator declares the Cluster `<tenant>-db`, and the LMS connects with the Secret `<tenant>-db-app` that CloudNativePG makes. Backups, images and parameters of that Cluster are yours to add.",
  required: ["storage"],
  properties: {
    instances: {
      type: "integer",
      format: "int32",
      description: "PostgreSQL instances: one primary, the others its replicas.",
      default: 1,
      minimum: 1,
      maximum: 9,
    },
    storage: {
      type: "object",
      description: "The volume of each instance.",
      required: ["size"],
      properties: {
        size: {
          ...f.volumeSize,
          description: "Capacity as a Kubernetes quantity, e.g. `10Gi`. It can grow, not shrink.",
        },
        className: f.storageClassName,
      },
    },
  },
} as const satisfies Structural;
