// Why no replica of the LMS serves: the replicas that run are asked, for only they know what their database answers.
import { requeueAfter, type StepResult } from "../../engine/index.ts";
import { readSecret } from "../../environment.ts";
import { unreadiness } from "../../lms/readiness.ts";
import { besides, type TenantContext, tenantOf } from "../context.ts";
import { databaseSource } from "../database-source.ts";
import { databaseTrouble } from "../database-trouble.ts";
import { ADMIN_PORT, DATABASE_PORT, names } from "../names.ts";
import { podTrouble, waitingFor } from "../progress.ts";
import { podsOf } from "../runtime.ts";

const LOOK_AGAIN_MS = 15_000;
/** A replica that has just started has not yet heard from its database. */
const ASK_AGAIN_MS = 2_000;
/** A database of our own starts beside the LMS: until then its refusals tell nothing. */
const OWN_DATABASE_STARTS_MS = 20_000;

/** Says why the site does not serve, and when to look again at the latest. */
export async function notServing(
  ctx: TenantContext,
  workloadTrouble: string | undefined,
): Promise<StepResult> {
  const said = await saidByReplicas(ctx);
  const unreachable = said && (await unreachableDatabase(ctx, said));
  if (unreachable) {
    const condition = { status: "False", reason: "DatabaseUnreachable", message: unreachable } as const;
    ctx.draft.condition({ type: "Available", ...condition });
    ctx.draft.condition({ type: "DatabaseReady", ...condition });
    return requeueAfter(LOOK_AGAIN_MS, condition.reason, unreachable);
  }
  const trouble = workloadTrouble ?? podTrouble(podsOf(ctx, "lms"));
  const message = waitingFor("Waiting for the LMS to start", trouble);
  const reason = "WaitingForLms";
  ctx.draft.condition({ type: "Available", status: "False", reason, message });
  return requeueAfter(said === undefined ? LOOK_AGAIN_MS : ASK_AGAIN_MS, reason, message);
}

/** What a running replica says; `undefined` when none does. */
async function saidByReplicas(ctx: TenantContext): Promise<string | undefined> {
  const patience = ctx.object.spec.database.standalone ? OWN_DATABASE_STARTS_MS : 0;
  const runs = podsOf(ctx, "lms").some(({ metadata, status }) => {
    const startedAt = status?.containerStatuses?.[0]?.state?.running?.startedAt;
    if (startedAt === undefined || metadata.deletionTimestamp !== undefined) return false;
    return Date.now() - Date.parse(String(startedAt)) >= patience;
  });
  if (!runs) return undefined;
  const { health } = names(ctx.key.name);
  return unreadiness(ctx.client.serviceProxy(ctx.key.namespace, health, ADMIN_PORT), ctx.signal);
}

async function unreachableDatabase(ctx: TenantContext, said: string): Promise<string | undefined> {
  const { secret } = databaseSource(tenantOf(ctx));
  const { data } = (await readSecret(ctx, besides(ctx, secret))) ?? {};
  return data && databaseTrouble(said, { secret, data, defaultPort: DATABASE_PORT });
}
