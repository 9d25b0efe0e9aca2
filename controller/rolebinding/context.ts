// What the steps of a RoleBinding's reconcile are given.
import type { RoleBinding as RoleBindingObject } from "../../api/index.ts";
import type { Site } from "../attachment/site.ts";
import type { Step } from "../engine/index.ts";
import type { Context } from "../environment.ts";
import type { RoleBinding } from "../kinds.ts";

/** `site` is there for the steps after the one that finds it. */
export type BindingContext = Context<RoleBinding> & { found: { site?: Site } };
export type BindingStep = Step<BindingContext>;

/** The RoleBinding as its pure builders see it. */
export function bindingOf(ctx: BindingContext): RoleBindingObject {
  return ctx.object as unknown as RoleBindingObject;
}
