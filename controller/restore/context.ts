// What the steps of a Restore's reconcile are given.
import type { Restore as RestoreObject } from "../../api/index.ts";
import type { Job, Live, ObjectKey, Step } from "../engine/index.ts";
import type { Context } from "../environment.ts";
import type { Restore } from "../kinds.ts";

/** `job` is there for the step after the one that orders it. */
export type RestoreContext = Context<Restore> & { found: { job?: Live<Job> } };
export type RestoreStep = Step<RestoreContext>;

/** The Restore as its pure builders see it. */
export function restoreOf(ctx: RestoreContext): RestoreObject {
  return ctx.object as unknown as RestoreObject;
}

/** Key of the tenant that a Restore is about. */
export function tenantKeyOf(restore: Pick<RestoreObject, "metadata" | "spec">): ObjectKey {
  return { namespace: restore.metadata.namespace ?? "", name: restore.spec.tenantRef.name };
}
