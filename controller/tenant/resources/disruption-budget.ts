import type { LmsTenant } from "../../../api/index.ts";
import type { PodDisruptionBudget } from "../../engine/index.ts";
import { childMeta, names, selector } from "../names.ts";

/** Whoever drains nodes takes one replica at a time. It holds nobody up: one may always go. */
export function disruptionBudget(tenant: LmsTenant): PodDisruptionBudget {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: childMeta(tenant, names(tenant.metadata.name).runtime, "lms"),
    spec: { maxUnavailable: 1, selector: { matchLabels: selector(tenant.metadata.name, "lms") } },
  };
}
