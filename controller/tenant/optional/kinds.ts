// The kinds of others that a tenant may be made of, with the fields that are set or read here and no more.
import { type KubeObject, type ResourceType, resourceType } from "../../engine/index.ts";

interface Foreign<Spec, Status = object> extends KubeObject {
  readonly spec?: Spec;
  readonly status?: Status;
}

interface ForeignCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
}

function foreign<T extends KubeObject>(
  group: string,
  version: string,
  plural: string,
  kind: string,
): ResourceType<T> {
  return resourceType<T>({ group, version, plural, kind, namespaced: true });
}

/** Prometheus Operator: API reference, `ServiceMonitor`. */
export type ServiceMonitor = Foreign<{
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly endpoints: readonly { readonly port: string; readonly path: string; readonly interval: string }[];
}>;
export const ServiceMonitor = foreign<ServiceMonitor>(
  "monitoring.coreos.com",
  "v1",
  "servicemonitors",
  "ServiceMonitor",
);

/** A rule as a Prometheus reads it (Prometheus docs: "Alerting rules"). */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

/** Prometheus Operator: API reference, `PrometheusRule`. */
export type PrometheusRule = Foreign<{
  readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[];
}>;
export const PrometheusRule = foreign<PrometheusRule>(
  "monitoring.coreos.com",
  "v1",
  "prometheusrules",
  "PrometheusRule",
);

/** What a route names as its parent. */
export interface ParentRef {
  readonly name: string;
  readonly namespace?: string;
  readonly sectionName?: string;
}

/** Gateway API: `HTTPRoute`. */
export type HTTPRoute = Foreign<
  {
    readonly parentRefs: readonly ParentRef[];
    readonly hostnames: readonly string[];
    readonly rules: readonly {
      readonly matches: readonly { readonly path: { readonly type: string; readonly value: string } }[];
      readonly backendRefs: readonly { readonly name: string; readonly port: number }[];
    }[];
  },
  {
    readonly parents?: readonly {
      readonly parentRef: ParentRef;
      readonly conditions?: readonly ForeignCondition[];
    }[];
  }
>;
export const HTTPRoute = foreign<HTTPRoute>("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute");

/** cert-manager: API reference, `Certificate`. */
export type Certificate = Foreign<
  {
    readonly secretName: string;
    readonly dnsNames: readonly string[];
    readonly issuerRef: { readonly name: string; readonly kind: string; readonly group: string };
  },
  { readonly conditions?: readonly ForeignCondition[] }
>;
export const Certificate = foreign<Certificate>("cert-manager.io", "v1", "certificates", "Certificate");

/** CloudNativePG: API reference, `Cluster`. */
export type PostgresCluster = Foreign<
  {
    readonly instances: number;
    readonly storage: { readonly size: string; readonly storageClass?: string };
    readonly bootstrap: { readonly initdb: { readonly database: string; readonly owner: string } };
  },
  { readonly phase?: string; readonly phaseReason?: string; readonly readyInstances?: number }
>;
export const PostgresCluster = foreign<PostgresCluster>("postgresql.cnpg.io", "v1", "clusters", "Cluster");
