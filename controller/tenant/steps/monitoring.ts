// Tells a Prometheus of the Prometheus Operator about the site.
import { tenantOf, type TenantStep } from "../context.ts";
import { isAsleep } from "../lifecycle.ts";
import { names } from "../names.ts";
import { PrometheusRule, ServiceMonitor } from "../optional/kinds.ts";
import { prometheusRule, serviceMonitor } from "../resources/monitoring.ts";
import { applyOptional, optionalChild } from "./optional-child.ts";

export const monitoring: TenantStep = {
  name: "monitoring",
  run(ctx) {
    const tenant = tenantOf(ctx);
    const { runtime } = names(ctx.key.name);
    const declared =
      tenant.spec.monitoring?.enabled && !isAsleep(tenant) ? tenant.spec.monitoring : undefined;
    const field = "spec.monitoring";
    return applyOptional(ctx, { reason: "MonitoringMade", what: "the monitoring" }, [
      optionalChild(ServiceMonitor, runtime, declared && serviceMonitor(tenant, declared), field),
      optionalChild(PrometheusRule, runtime, declared && prometheusRule(tenant, declared), field),
    ]);
  },
};
