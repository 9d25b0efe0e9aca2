// How many replicas serve: who says so, and who keeps them from going all at once.
import { Deployment, HorizontalPodAutoscaler, isDeleting, PodDisruptionBudget } from "../../engine/index.ts";
import { besides, type TenantContext, tenantOf, type TenantStep } from "../context.ts";
import { isStopped } from "../lifecycle.ts";
import { names } from "../names.ts";
import { autoscaler } from "../resources/autoscaler.ts";
import { disruptionBudget } from "../resources/disruption-budget.ts";
import { appliesReplicas, mostReplicas } from "../scale.ts";
import { applyOptional, isServed, optionalChild } from "./optional-child.ts";

/** Holds the number of replicas from when we let go of it until an autoscaler says another. */
const HANDOVER_MANAGER = "provost-handover";

export const scale: TenantStep = {
  name: "scale",
  run(ctx) {
    const tenant = tenantOf(ctx);
    const { runtime } = names(ctx.key.name);
    const { autoscaling } = tenant.spec;
    return applyOptional(ctx, { reason: "ScalingMade", what: "what scales and guards the replicas" }, [
      optionalChild(
        HorizontalPodAutoscaler,
        runtime,
        autoscaling && !isStopped(tenant) ? autoscaler(tenant, autoscaling) : undefined,
        "spec.autoscaling",
      ),
      optionalChild(
        PodDisruptionBudget,
        runtime,
        mostReplicas(tenant) > 1 && !isStopped(tenant) ? disruptionBudget(tenant) : undefined,
        "spec.replicas",
      ),
    ]);
  },
};

/**
 * Whether an autoscaler says how many replicas there are. The first time, the number that runs is handed over: a field
 * that nobody applies any more falls back to its default, one replica (Kubernetes docs: "Server-Side Apply",
 * transferring ownership). A Deployment that is not there yet begins with the fewest.
 */
export async function autoscaled(ctx: TenantContext): Promise<boolean> {
  if (!ctx.object.spec.autoscaling || isStopped(tenantOf(ctx)) || !isServed(ctx, HorizontalPodAutoscaler))
    return false;
  const key = besides(ctx, names(ctx.key.name).runtime);
  const live = ctx.cache(Deployment).get(key);
  if (live === undefined || isDeleting(live)) return false;
  if (!appliesReplicas(live, ctx.client.fieldManager)) return true;
  const { uid } = live.metadata;
  const handover = { metadata: { ...key, uid }, spec: { replicas: Math.max(1, live.spec?.replicas ?? 1) } };
  // One that slept has none, and an autoscaler wakes nobody (Kubernetes docs: "Horizontal Pod Autoscaling").
  // Not by force: when somebody has scaled since we looked it is a conflict, and we look again.
  await ctx.client.apply(Deployment, handover as Deployment, { fieldManager: HANDOVER_MANAGER });
  return true;
}
