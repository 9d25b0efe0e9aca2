// A database run by CloudNativePG: its Cluster is declared, and its answer waited for.
import { done, requeueAfter, stalled, type StepResult } from "../../engine/index.ts";
import { readSecret, secretText } from "../../environment.ts";
import { besides, type TenantContext, tenantOf } from "../context.ts";
import { names } from "../names.ts";
import { PostgresCluster } from "../optional/kinds.ts";
import { postgresCluster } from "../resources/postgres-cluster.ts";
import { applyChildren, child } from "./child.ts";
import { isServed } from "./optional-child.ts";

/** What CloudNativePG says wakes us; this is for when it cannot. */
const LOOK_AGAIN_MS = 60_000;
const FIELD = "spec.database.cloudNativePg";

type Declared = NonNullable<TenantContext["object"]["spec"]["database"]["cloudNativePg"]>;

/** Declares the Cluster; done when there are credentials to connect with. */
export async function cloudNativePgDatabase(ctx: TenantContext, declared: Declared): Promise<StepResult> {
  const tenant = tenantOf(ctx);
  const { appSecret, database } = names(ctx.key.name);
  if (!isServed(ctx, PostgresCluster))
    return waiting(
      ctx,
      "ApiAbsent",
      `${FIELD}: this cluster does not serve Cluster (postgresql.cnpg.io/v1): install CloudNativePG, and this goes on by itself; or create a new tenant with another database.`,
    );
  const foreign = await foreigner(ctx, database);
  if (foreign) return foreign;
  const result = await applyChildren(ctx, { reason: "DatabaseMade", what: "the database" }, [
    child(PostgresCluster, postgresCluster(tenant, declared), FIELD, {
      // Without an owner it outlives the tenant; one that was left behind is taken up again (ADR 5).
      ownerReference: tenant.spec.deletionPolicy === "Delete",
      adopt: true,
    }),
  ]);
  if (result.type !== "done") return result;
  const secret = await readSecret(ctx, besides(ctx, appSecret));
  if (secretText(secret, "password") === undefined)
    return waiting(
      ctx,
      "WaitingForDatabase",
      `Waiting for CloudNativePG to make Secret ${appSecret}. ${said(ctx)}`,
    );
  return done();
}

/** Done when an instance of the Cluster is ready. */
export function cloudNativePgReady(ctx: TenantContext): StepResult {
  const { database } = names(ctx.key.name);
  const ready = ctx.cache(PostgresCluster).get(besides(ctx, database))?.status?.readyInstances ?? 0;
  if (ready === 0) return waiting(ctx, "WaitingForDatabase", `Waiting for PostgreSQL to start. ${said(ctx)}`);
  ctx.draft.condition({
    type: "DatabaseReady",
    status: "True",
    reason: "DatabaseReady",
    message: `CloudNativePG runs the Cluster ${database}; the LMS says when it cannot reach it.`,
  });
  return done();
}

/** Somebody's own Cluster of that name is not touched, for a site must not take over a database by its name alone. */
async function foreigner(ctx: TenantContext, name: string): Promise<StepResult | undefined> {
  const key = besides(ctx, name);
  const cached = ctx.cache(PostgresCluster).get(key);
  // The cache holds what has our labels, and only that.
  const live = cached ?? (await ctx.client.find(PostgresCluster, key));
  if (!live || live.metadata.labels?.["app.kubernetes.io/managed-by"] === "provost") return undefined;
  const message = `${FIELD}: Cluster ${name} exists and was not made by the operator: rename or delete it, or give the LmsTenant another name; to use it as it is, set spec.database.external in a new tenant.`;
  ctx.draft.condition({ type: "DatabaseReady", status: "False", reason: "DatabaseNotOurs", message });
  return stalled("DatabaseNotOurs", message);
}

/** Where CloudNativePG is with it, in its own words. */
function said(ctx: TenantContext): string {
  const { database } = names(ctx.key.name);
  const { phase, phaseReason } = ctx.cache(PostgresCluster).get(besides(ctx, database))?.status ?? {};
  if (phase === undefined)
    return `It has not said anything of Cluster ${database} yet: does its operator run?`;
  const why = phaseReason ? ` (${phaseReason})` : "";
  return `It says of Cluster ${database}: ${phase}${why}.`;
}

function waiting(ctx: TenantContext, reason: string, message: string): StepResult {
  ctx.draft.condition({ type: "DatabaseReady", status: "False", reason, message });
  return requeueAfter(LOOK_AGAIN_MS, reason, message);
}
