// How many replicas a site may have, and who says how many it has. Pure.
import type { LmsTenant } from "../../api/index.ts";
import type { Live } from "../engine/index.ts";
import { isStopped } from "./lifecycle.ts";

/** The replicas that we declare as long as no autoscaler does. */
export function fixedReplicas(tenant: LmsTenant): number {
  const { spec } = tenant;
  if (isStopped(tenant)) return 0;
  return spec.autoscaling?.minReplicas ?? spec.replicas;
}

/** The most there may be, with an autoscaler or without. */
export function mostReplicas({ spec }: LmsTenant): number {
  return spec.autoscaling?.maxReplicas ?? spec.replicas;
}

/** Whether a field manager has applied the number of replicas of a live workload: not applying it any more resets it. */
export function appliesReplicas(live: { readonly metadata: Live["metadata"] }, manager: string): boolean {
  return (live.metadata.managedFields ?? []).some((entry) => {
    if (entry.manager !== manager || entry.operation !== "Apply" || entry.subresource) return false;
    const spec = (entry.fieldsV1 as Record<string, object> | undefined)?.["f:spec"];
    return spec !== undefined && "f:replicas" in spec;
  });
}
