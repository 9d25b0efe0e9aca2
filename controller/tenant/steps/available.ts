// Waits until the database and the runtime run. Their status changes wake us; the clock is for when they do not.
import { done, PersistentVolumeClaim, requeueAfter, StatefulSet } from "../../engine/index.ts";
import { besides, type TenantContext, type TenantStep } from "../context.ts";
import { names } from "../names.ts";
import { podTrouble, rolloutLacks, waitingFor, workloadTrouble } from "../progress.ts";
import { cloudNativePgReady } from "./cloud-native-pg.ts";
import { podsOf, runtimeOf } from "../runtime.ts";
import { notServing } from "./not-serving.ts";

const LOOK_AGAIN_MS = 15_000;

export const databaseReady: TenantStep = {
  name: "database-ready",
  run(ctx) {
    const { standalone, cloudNativePg } = ctx.object.spec.database;
    if (cloudNativePg) return cloudNativePgReady(ctx);
    if (!standalone) return done();
    const name = names(ctx.key.name).database;
    const workload = ctx.cache(StatefulSet).get(besides(ctx, name));
    if ((workload?.status?.readyReplicas ?? 0) > 0) {
      ctx.draft.condition({
        type: "DatabaseReady",
        status: "True",
        reason: "DatabaseReady",
        message: "PostgreSQL accepts connections.",
      });
      return done();
    }
    return waitingForDatabase(ctx, databaseTrouble(ctx));
  },
};

export const available: TenantStep = {
  name: "available",
  run(ctx) {
    const workload = runtimeOf(ctx);
    const ready = workload?.status?.readyReplicas ?? 0;
    ctx.draft.set({ readyReplicas: ready });
    if (ready > 0) {
      ctx.draft.condition({
        type: "Available",
        status: "True",
        reason: "Serving",
        message: "The LMS answers.",
      });
      return done();
    }
    // Whatever comes back may not be what went away.
    ctx.env.connections.known(ctx.key.namespace, ctx.key.name)?.forgetDigests();
    return notServing(ctx, workloadTrouble(workload?.status?.conditions));
  },
};

/** Last of all: the site is configured and serves while a new release comes in, and is Ready when it is in. */
export const rolledOut: TenantStep = {
  name: "rolled-out",
  run(ctx) {
    const workload = runtimeOf(ctx);
    const lacks = workload && rolloutLacks(workload);
    if (lacks === undefined) return done();
    const trouble = podTrouble(podsOf(ctx, "lms"));
    return requeueAfter(LOOK_AGAIN_MS, "RollingOut", waitingFor(`The site serves; ${lacks}`, trouble));
  },
};

function databaseTrouble(ctx: TenantContext): string | undefined {
  const name = names(ctx.key.name).databaseClaim;
  const claim = ctx.cache(PersistentVolumeClaim).get(besides(ctx, name));
  const trouble = podTrouble(podsOf(ctx, "database"));
  // A claim that waits for its first pod is Pending too, and well: it only tells something beside a pod that has no node.
  if (claim?.status?.phase !== "Pending" || trouble === undefined) return trouble;
  return `${trouble}; PersistentVolumeClaim ${name} is not bound: is there a StorageClass, and room?`;
}

function waitingForDatabase(ctx: TenantContext, trouble: string | undefined) {
  const reason = "WaitingForDatabase";
  const message = waitingFor("Waiting for PostgreSQL to start", trouble);
  ctx.draft.condition({ type: "DatabaseReady", status: "False", reason, message });
  return requeueAfter(LOOK_AGAIN_MS, reason, message);
}
