// The last step of a site that sleeps: it waits until nothing runs any more.
import { done, requeueAfter, StatefulSet } from "../../engine/index.ts";
import { besides, type TenantContext, type TenantStep } from "../context.ts";
import { names } from "../names.ts";
import { runtimeIsGone } from "../runtime.ts";

const LOOK_AGAIN_MS = 15_000;

export const asleep: TenantStep = {
  name: "asleep",
  run(ctx) {
    const { spec, status } = ctx.object;
    const message =
      spec.lifecycle === "Sleeping"
        ? "The site sleeps: set spec.lifecycle to Running to wake it."
        : `The site sleeps until ${status?.sleep?.until ?? "it is woken"}: remove spec.sleep to wake it.`;
    const condition = { status: "False", reason: "Sleeping", message } as const;
    ctx.draft.condition({ type: "Available", ...condition });
    if (ctx.object.spec.database.standalone) ctx.draft.condition({ type: "DatabaseReady", ...condition });
    ctx.draft.set({ readyReplicas: 0 });
    // Whatever comes back may not be what went to sleep.
    ctx.env.connections.known(ctx.key.namespace, ctx.key.name)?.forgetDigests();
    if (!runtimeIsGone(ctx) || databaseRuns(ctx))
      return requeueAfter(LOOK_AGAIN_MS, "FallingAsleep", "The site finishes what it is doing and stops.");
    return done(undefined, message);
  },
};

function databaseRuns(ctx: TenantContext): boolean {
  const database = ctx.cache(StatefulSet).get(besides(ctx, names(ctx.key.name).database));
  return (database?.status?.replicas ?? 0) > 0;
}
