// Finds the site an object is attached to, or says why there is none yet.
import type { LmsTenant as LmsTenantObject } from "../../api/index.ts";
import {
  findCondition,
  isDeleting,
  keyString,
  Namespace,
  type ObjectKey,
  type ReconcileContext,
  requeueAfter,
  stalled,
  type StepResult,
} from "../engine/index.ts";
import { type Environment, readSecret, secretText } from "../environment.ts";
import { LmsTenant } from "../kinds.ts";
import type { LmsClient } from "../lms/client.ts";
import { isAsleep, isPaused } from "../tenant/lifecycle.ts";
import { names } from "../tenant/names.ts";
import { type Attached, mayAttach, takesDocuments, tenantKeyOf } from "./attached.ts";

/** A site that takes documents. */
export interface Site {
  readonly tenant: LmsTenantObject;
  readonly lms: LmsClient;
}

/** Why a tenant cannot be reached, apart from waiting for it: it is not there, or does not want the object. */
export type Absence = "not-found" | "not-allowed" | "going";

type SiteContext = Pick<ReconcileContext, "key" | "signal" | "cache"> & { readonly env: Environment };

/** The tenant may appear at any moment; it wakes us, and this is for when it cannot. */
const LOOK_AGAIN_MS = 60_000;

/** The site, or the result of a step that needs one. */
export async function siteOf(ctx: SiteContext, object: Attached): Promise<Site | StepResult> {
  const key = tenantKeyOf(object);
  const tenant = tenantAt(ctx, key);
  const name = keyString(key);
  switch (absenceOf(ctx, tenant)) {
    case "not-found":
      return requeueAfter(
        LOOK_AGAIN_MS,
        "TenantNotFound",
        `Waiting for LmsTenant ${name}, which does not exist: apply it, or correct spec.tenantRef.`,
      );
    case "not-allowed":
      return stalled(
        "NamespaceNotAllowed",
        `spec.tenantRef: LmsTenant ${name} takes nothing from namespace ${ctx.key.namespace}: allow it in the tenant's spec.allowedNamespaces, or move this object.`,
      );
    case "going":
      return requeueAfter(LOOK_AGAIN_MS, "TenantNotFound", `LmsTenant ${name} is being deleted.`);
    case undefined:
      break;
  }
  if (tenant !== undefined && (isPaused(tenant) || isAsleep(tenant))) {
    const [reason, what] = isPaused(tenant) ? ["TenantPaused", "is paused"] : ["TenantSleeping", "sleeps"];
    return requeueAfter(LOOK_AGAIN_MS, reason, `LmsTenant ${name} ${what}: what is declared here waits.`);
  }
  if (tenant === undefined || !takesDocuments(tenant)) {
    const ready = findCondition(tenant?.status?.conditions, "Ready");
    const why = ready && ready.status !== "True" ? ready.message : "it has just been declared.";
    return requeueAfter(LOOK_AGAIN_MS, "TenantNotReady", `Waiting for LmsTenant ${name}: ${why}`);
  }
  const lms = await lmsAt(ctx, key);
  if (lms === undefined)
    return requeueAfter(
      LOOK_AGAIN_MS,
      "TenantNotReady",
      `Waiting for LmsTenant ${name}: its admin token is being made.`,
    );
  return { tenant, lms };
}

/** The tenant as the cache knows it. */
export function tenantAt(ctx: SiteContext, key: ObjectKey): LmsTenantObject | undefined {
  return ctx.cache(LmsTenant).get(key) as unknown as LmsTenantObject | undefined;
}

/** Why nothing can be attached to the tenant, if so. */
export function absenceOf(ctx: SiteContext, tenant: LmsTenantObject | undefined): Absence | undefined {
  if (tenant === undefined) return "not-found";
  if (isDeleting(tenant)) return "going";
  return mayAttach(tenant, ctx.key.namespace, namespaceLabels(ctx)) ? undefined : "not-allowed";
}

/** The LMS of a tenant, whether it answers or not; `undefined` when there is no token for it. */
export async function lmsAt(ctx: SiteContext, key: ObjectKey): Promise<LmsClient | undefined> {
  const secret = await readSecret(ctx, { namespace: key.namespace, name: names(key.name).adminSecret });
  const token = secretText(secret, "token");
  return token === undefined ? undefined : ctx.env.connections.lms(key.namespace, key.name, token);
}

function namespaceLabels(ctx: SiteContext): Readonly<Record<string, string>> | undefined {
  // Not cached when the operator serves a single namespace: nothing can come from another one then.
  if (ctx.env.settings.singleNamespace) return undefined;
  return ctx.cache(Namespace).get({ namespace: "", name: ctx.key.namespace })?.metadata.labels;
}
