// What the steps of a tenant's reconcile are given, and the LMS they speak to.
import { readSecret, secretText, type Context } from "../environment.ts";
import { type ObjectKey, requeueAfter, type Step, type StepResult } from "../engine/index.ts";
import type { LmsTenant } from "../kinds.ts";
import type { LmsClient } from "../lms/client.ts";
import { catalogNamed } from "../update/offers.ts";
import { runtimeImage } from "../update/release.ts";
import { names } from "./names.ts";

/** The catalog's changes wake us; this is for when they are missed. */
const CATALOG_AGAIN_MS = 60_000;

export type TenantContext = Context<LmsTenant>;
export type TenantStep = Step<TenantContext>;

/** The tenant as its pure builders see it. */
export function tenantOf(ctx: TenantContext): LmsTenant {
  return ctx.object as unknown as LmsTenant;
}

/** The image that the tenant's runtime is to have; waits for a release that no catalog has. */
export function imageFor(ctx: Pick<TenantContext, "object" | "cache" | "env">): string | StepResult {
  const tenant = ctx.object as unknown as LmsTenant;
  const name = tenant.spec.update?.catalogRef.name;
  const catalog = name === undefined ? undefined : catalogNamed(ctx, name);
  const choice = runtimeImage(tenant, catalog, ctx.env.settings.lmsImage);
  if ("image" in choice) return choice.image;
  return requeueAfter(
    CATALOG_AGAIN_MS,
    "ReleaseNotFound",
    `spec.version: ReleaseCatalog ${choice.catalog} has no release ${choice.missing}: add it there, or name another.`,
  );
}

/** Key of something beside the tenant. */
export function besides(ctx: { readonly key: ObjectKey }, name: string): ObjectKey {
  return { namespace: ctx.key.namespace, name };
}

/** The tenant's LMS; waits while the admin token is being made. */
export async function lmsOf(ctx: TenantContext): Promise<LmsClient | StepResult> {
  const { adminSecret } = names(ctx.key.name);
  const token = secretText(await readSecret(ctx, besides(ctx, adminSecret)), "token");
  if (token === undefined)
    return requeueAfter(1_000, "WaitingForToken", `Secret ${adminSecret} has no admin token yet.`);
  return ctx.env.connections.lms(ctx.key.namespace, ctx.key.name, token);
}
