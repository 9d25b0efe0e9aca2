// The runtime of a tenant as the cluster has it: its Deployment, and its pods.
import { Deployment, type Live, Pod } from "../engine/index.ts";
import { besides, type TenantContext } from "./context.ts";
import { type Component, names } from "./names.ts";

type Context = Pick<TenantContext, "key" | "cache">;

export function runtimeOf(ctx: Context): Live<Deployment> | undefined {
  return ctx.cache(Deployment).get(besides(ctx, names(ctx.key.name).runtime));
}

/** No replica of the LMS is left, and none is meant to be. */
export function runtimeIsGone(ctx: Context): boolean {
  const runtime = runtimeOf(ctx);
  return runtime === undefined || (runtime.spec?.replicas === 0 && (runtime.status?.replicas ?? 0) === 0);
}

/** The tenant's pods of a component. */
export function podsOf(ctx: Context, component: Component): Live<Pod>[] {
  return ctx
    .cache(Pod)
    .list(ctx.key.namespace)
    .filter(
      ({ metadata }) =>
        metadata.labels?.["app.kubernetes.io/instance"] === ctx.key.name &&
        metadata.labels["app.kubernetes.io/component"] === component,
    );
}
