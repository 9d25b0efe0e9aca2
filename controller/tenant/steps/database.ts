// The database: one of the tenant's own, one that CloudNativePG runs, or somebody else's named by a Secret.
import {
  done,
  NetworkPolicy,
  PersistentVolumeClaim,
  requeueAfter,
  Service,
  stalled,
  StatefulSet,
} from "../../engine/index.ts";
import { readSecret } from "../../environment.ts";
import { besides, type TenantContext, tenantOf, type TenantStep } from "../context.ts";
import { externalDatabaseFault } from "../external-database.ts";
import { databaseClaim, databaseStatefulSet } from "../resources/database.ts";
import { databaseNetworkPolicy } from "../resources/network-policies.ts";
import { databaseService } from "../resources/services.ts";
import { isAsleep } from "../lifecycle.ts";
import { names } from "../names.ts";
import { runtimeIsGone } from "../runtime.ts";
import { applyChildren, child } from "./child.ts";
import { cloudNativePgDatabase } from "./cloud-native-pg.ts";

/** The Secret may be made by a slow tool; its appearance wakes us anyway. */
const LOOK_AGAIN_MS = 60_000;

export const database: TenantStep = {
  name: "database",
  run(ctx) {
    const { standalone, external, cloudNativePg } = ctx.object.spec.database;
    if (standalone) return ownDatabase(ctx, standalone);
    if (cloudNativePg) return cloudNativePgDatabase(ctx, cloudNativePg);
    return othersDatabase(ctx, external?.secretRef.name ?? "");
  },
};

type Standalone = NonNullable<TenantContext["object"]["spec"]["database"]["standalone"]>;

function ownDatabase(ctx: TenantContext, standalone: Standalone) {
  const tenant = tenantOf(ctx);
  const field = "spec.database.standalone";
  return applyChildren(ctx, { reason: "DatabaseMade", what: "the database" }, [
    child(PersistentVolumeClaim, databaseClaim(tenant, standalone), `${field}.storage`, {
      // Without an owner it outlives the tenant; one that was left behind is taken up again (ADR 5).
      ownerReference: tenant.spec.deletionPolicy === "Delete",
      adopt: true,
    }),
    child(Service, databaseService(tenant), field),
    child(NetworkPolicy, databaseNetworkPolicy(tenant), field),
    child(StatefulSet, databaseStatefulSet(tenant, standalone, replicasOf(ctx)), field),
  ]);
}

/** The LMS goes to sleep first, with its database beside it. What sleeps is not woken to look whether it does. */
function replicasOf(ctx: TenantContext): 0 | 1 {
  if (!isAsleep(ctx.object)) return 1;
  const live = ctx.cache(StatefulSet).get(besides(ctx, names(ctx.key.name).database));
  return live?.spec?.replicas === 0 || runtimeIsGone(ctx) ? 0 : 1;
}

async function othersDatabase(ctx: TenantContext, name: string) {
  const secret = await readSecret(ctx, besides(ctx, name));
  const fault = externalDatabaseFault(name, secret?.data);
  if (fault === undefined) {
    ctx.draft.condition({
      type: "DatabaseReady",
      status: "True",
      reason: "ExternalDatabase",
      message: `The database of Secret ${name} is used; the LMS says when it cannot reach it.`,
    });
    return done();
  }
  ctx.draft.condition({
    type: "DatabaseReady",
    status: "False",
    reason: fault.reason,
    message: fault.message,
  });
  return fault.terminal
    ? stalled(fault.reason, fault.message)
    : requeueAfter(LOOK_AGAIN_MS, fault.reason, fault.message);
}
