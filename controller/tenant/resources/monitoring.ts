// What a Prometheus of the Prometheus Operator is told of a site. Pure.
import type { LmsTenant } from "../../../api/index.ts";
import { childMeta, METRICS_LABEL, names } from "../names.ts";
import type { PrometheusRule, ServiceMonitor } from "../optional/kinds.ts";
import { alertRules } from "./alerts.ts";

type Monitoring = NonNullable<LmsTenant["spec"]["monitoring"]>;

/** Reads /metrics of every replica, those that are not ready included: they know why. */
export function serviceMonitor(tenant: LmsTenant, monitoring: Monitoring): ServiceMonitor {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "ServiceMonitor",
    metadata: selectable(tenant, monitoring),
    spec: {
      selector: { matchLabels: { "app.kubernetes.io/instance": tenant.metadata.name, ...METRICS_LABEL } },
      endpoints: [{ port: "admin", path: "/metrics", interval: monitoring.interval }],
    },
  };
}

/** Alerts on the metrics of one site. */
export function prometheusRule(tenant: LmsTenant, monitoring: Monitoring): PrometheusRule {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: selectable(tenant, monitoring),
    spec: { groups: [{ name: `lms-${tenant.metadata.name}`, rules: alertRules(tenant) }] },
  };
}

/** metadata with the labels that the Prometheus selects by; ours win, for by them we find our own again. */
function selectable(tenant: LmsTenant, { labels }: Monitoring) {
  const meta = childMeta(tenant, names(tenant.metadata.name).runtime, "lms");
  return { ...meta, labels: { ...labels, ...meta.labels } };
}
