// What the steps of a tenant's reconcile are given, and the LMS they speak to.
import { readSecret, secretText, type Context } from "../environment.ts";
import { type ObjectKey, requeueAfter, type Step, type StepResult } from "../engine/index.ts";
import type { LmsTenant } from "../kinds.ts";
import type { LmsClient } from "../lms/client.ts";
import { names } from "./names.ts";

export type TenantContext = Context<LmsTenant>;
export type TenantStep = Step<TenantContext>;

/** The tenant as its pure builders see it. */
export function tenantOf(ctx: TenantContext): LmsTenant {
  return ctx.object as unknown as LmsTenant;
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
