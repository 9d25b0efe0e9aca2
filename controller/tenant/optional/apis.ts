// Which APIs a tenant asks for that a cluster may not serve, and what becomes of it without them. Pure.
import type { LmsTenant } from "../../../api/index.ts";
import { HorizontalPodAutoscaler, PodDisruptionBudget, type ResourceType } from "../../engine/index.ts";
import { names } from "../names.ts";
import { mostReplicas } from "../scale.ts";
import { Certificate, HTTPRoute, PostgresCluster, PrometheusRule, ServiceMonitor } from "./kinds.ts";

/** Every kind that the operator looks for and goes without. */
export const OPTIONAL_KINDS: readonly ResourceType[] = [
  PodDisruptionBudget,
  HorizontalPodAutoscaler,
  ServiceMonitor,
  PrometheusRule,
  HTTPRoute,
  Certificate,
  PostgresCluster,
];

interface Wish {
  /** The field that asks; absent: nobody asked, it is done where it can be. */
  readonly field?: string;
  readonly types: readonly ResourceType[];
  readonly asked: (tenant: LmsTenant) => boolean;
  /** What is so without the API. */
  readonly without: (tenant: LmsTenant) => string;
  /** What to do about it. */
  readonly remedy: string;
}

const WISHES: readonly Wish[] = [
  {
    types: [PodDisruptionBudget],
    asked: (tenant) => mostReplicas(tenant) > 1,
    without: () => "draining nodes may take all replicas down at once",
    remedy: "use Kubernetes 1.21 or newer",
  },
  {
    field: "spec.autoscaling",
    types: [HorizontalPodAutoscaler],
    asked: ({ spec }) => spec.autoscaling !== undefined,
    without: ({ spec }) => `minReplicas (${spec.autoscaling?.minReplicas ?? 1}) run`,
    remedy: "use Kubernetes 1.23 or newer, or replace autoscaling by replicas",
  },
  {
    field: "spec.monitoring",
    types: [ServiceMonitor, PrometheusRule],
    asked: ({ spec }) => spec.monitoring?.enabled === true,
    without: () => "no Prometheus is told of the site",
    remedy: "install the Prometheus Operator, or remove the field",
  },
  {
    field: "spec.gateway",
    types: [HTTPRoute],
    asked: ({ spec }) => spec.gateway !== undefined,
    without: ({ metadata }) => `the site is reached through the Ingress ${names(metadata.name).ingress}`,
    remedy: "install the Gateway API, or remove the field",
  },
  {
    field: "spec.tls.issuerRef",
    types: [Certificate],
    asked: ({ spec }) => spec.tls?.issuerRef !== undefined,
    without: ({ metadata }) => `nobody fills the Secret ${names(metadata.name).certificateSecret}`,
    remedy: "install cert-manager, make that Secret yourself, or name another with spec.tls.secretRef",
  },
  {
    field: "spec.database.cloudNativePg",
    types: [PostgresCluster],
    asked: ({ spec }) => spec.database.cloudNativePg !== undefined,
    without: () => "there is no database",
    remedy: "install CloudNativePG, or create a new tenant with another database",
  },
];

/** An API that a tenant could use and the cluster does not serve. */
export interface Absence {
  /** Somebody asked for it in the manifest. */
  readonly asked: boolean;
  readonly message: string;
}

/**
 * What a tenant goes without on this cluster.
 * @param served whether the cluster serves a kind
 */
export function absences(tenant: LmsTenant, served: (type: ResourceType) => boolean): Absence[] {
  return WISHES.filter(({ asked }) => asked(tenant)).flatMap(({ field, types, without, remedy }) => {
    const missing = types.filter((type) => !served(type));
    const [first] = missing;
    if (first === undefined) return [];
    const kinds = missing.map(({ kind }) => kind).join(" and ");
    const what = `this cluster does not serve ${kinds} (${first.group}/${first.version}): ${without(tenant)}`;
    const said = field === undefined ? what : `${field}: ${what}`;
    return [{ asked: field !== undefined, message: `${said}; ${remedy}.` }];
  });
}
