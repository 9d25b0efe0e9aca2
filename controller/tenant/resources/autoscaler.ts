import type { LmsTenant } from "../../../api/index.ts";
import type { HorizontalPodAutoscaler } from "../../engine/index.ts";
import { childMeta, names } from "../names.ts";

type Autoscaling = NonNullable<LmsTenant["spec"]["autoscaling"]>;

/** Chooses the number of the runtime's replicas by their use of CPU. */
export function autoscaler(tenant: LmsTenant, autoscaling: Autoscaling): HorizontalPodAutoscaler {
  const { runtime } = names(tenant.metadata.name);
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: childMeta(tenant, runtime, "lms"),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: runtime },
      minReplicas: autoscaling.minReplicas,
      maxReplicas: autoscaling.maxReplicas,
      metrics: [
        {
          type: "Resource",
          resource: {
            name: "cpu",
            target: { type: "Utilization", averageUtilization: autoscaling.cpuPercent },
          },
        },
      ],
    },
  };
}
