// How updates stand, for Prometheus: computed from the cache whenever it is read, so that nothing is told of a tenant that
// is gone.
import Gauge from "prom-client/lib/gauge.js";
import type { LmsTenantStatus } from "../../api/index.ts";
import type { Manager } from "../engine/index.ts";
import { LmsTenant } from "../kinds.ts";
import { isBusy, stepStartedAt } from "./state.ts";

type Update = LmsTenantStatus["update"];

/** Whether the last update neither went well nor is one that nobody asked for any more. */
export const hasFailed = (update: Update): boolean =>
  update?.result !== undefined && update.result !== "Succeeded" && update.reason !== "NotWanted";

/** Since when an update under way is at its step, seconds since 1970; `undefined` while it waits for people or the clock. */
export function busySince(update: Update): number | undefined {
  return isBusy(update) ? stepStartedAt(update).getTime() / 1_000 : undefined;
}

/** Adds the gauges to the manager's registry. */
export function updateMetrics(manager: Manager): void {
  const tenants = manager.cache(LmsTenant);
  const gauge = (name: string, help: string, value: (update: Update) => number | undefined): void => {
    new Gauge({
      name,
      help,
      labelNames: ["tenant_namespace", "tenant"],
      registers: [manager.registry],
      collect() {
        this.reset();
        for (const { metadata, spec, status } of tenants.list()) {
          const found = spec.update && value(status?.update as Update);
          if (found === undefined) continue;
          this.set({ tenant_namespace: metadata.namespace ?? "", tenant: metadata.name }, found);
        }
      },
    });
  };
  gauge(
    "provost_update_failed",
    "1 when the last update of a tenant was rolled back, abandoned or failed.",
    (update) => Number(hasFailed(update)),
  );
  gauge(
    "provost_update_step_start_timestamp_seconds",
    "When the step that an update under way is at was begun.",
    busySince,
  );
}
