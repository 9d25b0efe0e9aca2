// Makes a new site like the one that is named, which begins with the backup, and waits until it has.
import type {
  LmsTenant as LmsTenantObject,
  LmsTenantSpec,
  Restore as RestoreObject,
} from "../../../api/index.ts";
import {
  done,
  findCondition,
  isAlreadyExists,
  isInvalid,
  mustStand,
  requeueAfter,
  rfc3339,
  stalled,
  type StepResult,
} from "../../engine/index.ts";
import { LmsTenant } from "../../kinds.ts";
import { runId } from "../../runs/id.ts";
import { LOOK_AGAIN_MS, siteOf } from "../../runs/site.ts";
import { waitingFor } from "../../tenant/progress.ts";
import { restoreOf, type RestoreContext, type RestoreStep, tenantKeyOf } from "../context.ts";
import { type Source, sourceOf } from "../source.ts";

/** On a tenant that a Restore made: which one. */
const RESTORED_BY = "provost.dev/restored-by";

export const newTenant: RestoreStep = {
  name: "new-tenant",
  async run(ctx) {
    const made = newSite(ctx) ?? (await makeNewSite(ctx));
    if ("type" in made) return made;
    if (made.metadata.annotations?.[RESTORED_BY] !== runId(restoreOf(ctx)))
      return stalled(
        "NameTaken",
        `spec.newTenant.name: LmsTenant ${made.metadata.name} exists and was not made by this Restore: create a Restore with another name for it.`,
      );
    if (ctx.object.status?.startedAt === undefined) ctx.draft.set({ startedAt: rfc3339(new Date()) });
    return begun(ctx, made);
  },
};

const newSite = (ctx: RestoreContext): LmsTenantObject | undefined =>
  ctx.cache(LmsTenant).get(keyOfNew(ctx)) as LmsTenantObject | undefined;

const keyOfNew = (ctx: RestoreContext) => ({
  namespace: ctx.key.namespace,
  name: restoreOf(ctx).spec.newTenant?.name ?? "",
});

async function makeNewSite(ctx: RestoreContext): Promise<LmsTenantObject | StepResult> {
  const restore = restoreOf(ctx);
  const model = siteOf(ctx, tenantKeyOf(restore), "Restore");
  if ("type" in model) return model;
  if (!model.spec.database.standalone)
    return stalled(
      "DatabaseShared",
      `The database of LmsTenant ${model.metadata.name} is not the operator's, and two sites cannot share it: declare an LmsTenant with a database of its own and spec.bootstrap.restoreFrom instead.`,
    );
  const source = sourceOf(ctx, restore.spec.source, model, "spec.source");
  if ("type" in source) return source;
  const tenant = {
    metadata: {
      ...keyOfNew(ctx),
      annotations: { [RESTORED_BY]: runId(restore) },
      labels: model.metadata.labels,
    },
    spec: specOfNew(model.spec, restore, source),
  };
  await mustStand(ctx);
  try {
    const made = await ctx.client.create(LmsTenant, tenant as unknown as LmsTenantObject);
    ctx.events.normal("TenantMade", `LmsTenant ${tenant.metadata.name} begins with the backup.`);
    return made as unknown as LmsTenantObject;
  } catch (error) {
    // The cache lags behind.
    if (isAlreadyExists(error))
      return (await ctx.client.get(LmsTenant, keyOfNew(ctx))) as unknown as LmsTenantObject;
    if (!isInvalid(error)) throw error;
    const why = error.message.replace(/^.*?: 422 /, "");
    return stalled(
      "TenantRefused",
      `spec.newTenant: the API server refuses it: ${why}. Create another Restore.`,
    );
  }
}

function specOfNew(model: LmsTenantSpec, restore: RestoreObject, source: Source): object {
  const { hostname = "", anonymize = false } = restore.spec.newTenant ?? {};
  const { destination, path, identities } = source;
  const { bootstrap: _, ...spec } = model;
  return {
    ...spec,
    hostname,
    // Whatever the model is just now.
    lifecycle: "Running",
    paused: false,
    bootstrap: {
      restoreFrom: { path, destination, anonymize, ...(identities && { identitySecretRef: identities }) },
    },
  };
}

function begun(ctx: RestoreContext, made: LmsTenantObject): StepResult {
  const { name } = made.metadata;
  const { bootstrap, conditions, url } = made.status ?? {};
  const ready = findCondition(conditions, "Ready");
  if (bootstrap === undefined || ready?.status !== "True")
    return requeueAfter(
      LOOK_AGAIN_MS,
      "WaitingForTenant",
      waitingFor(`LmsTenant ${name} is being made`, ready?.message),
    );
  const { path, takenAt, restoredAt } = bootstrap;
  ctx.draft.set({ completedAt: rfc3339(new Date()), path, takenAt });
  const message = `LmsTenant ${name} serves at ${url ?? ""} with the data of ${takenAt}, restored at ${restoredAt}.`;
  ctx.draft.condition({ type: "Complete", status: "True", reason: "Complete", message });
  ctx.events.normal("RestoreComplete", message);
  return done(undefined, message);
}
