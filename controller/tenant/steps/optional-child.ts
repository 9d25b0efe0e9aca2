// Children of kinds that a cluster may not serve: made where they are wanted and can be, removed where they are not wanted
// any more, gone without otherwise. What a tenant goes without is told by optional-apis.ts.
import {
  ApiError,
  type ApplyOwnedOptions,
  done,
  isDeleting,
  isOwnedBy,
  mustBeCurrent,
  type KubeObject,
  type ResourceType,
  type StepResult,
} from "../../engine/index.ts";
import { besides, type TenantContext } from "../context.ts";
import { applyChildren, type Child, child } from "./child.ts";

/** The cache learns of a kind that goes when its watch ends. */
const LOOK_AGAIN_MS = 5_000;

/** One child of an optional kind as it should be. */
export interface OptionalChild {
  readonly type: ResourceType;
  readonly name: string;
  /** Absent: it should not be there. */
  readonly wanted: Child | undefined;
}

/** Declares a child that is wanted when there is a `desired`. */
export function optionalChild<T extends KubeObject>(
  type: ResourceType<T>,
  name: string,
  desired: T | undefined,
  field: string,
  options: ApplyOwnedOptions = {},
): OptionalChild {
  return {
    type: type as unknown as ResourceType,
    name,
    wanted: desired && child(type, desired, field, options),
  };
}

/** Whether the cluster serves a kind right now, as far as is known. */
export function isServed(ctx: Pick<TenantContext, "cache">, type: ResourceType): boolean {
  return ctx.cache(type).served === true;
}

/**
 * Makes true what can be.
 * @param story what they are together; told when they are made
 */
export async function applyOptional(
  ctx: TenantContext,
  story: { readonly reason: string; readonly what: string },
  children: readonly OptionalChild[],
): Promise<StepResult> {
  const possible = children.filter(({ type }) => isServed(ctx, type));
  let going = false;
  const wanted = possible.flatMap(({ wanted: one }) =>
    one === undefined ? [] : [{ ...one, apply: whileServed(one, () => (going = true)) }],
  );
  const unwanted = possible.filter((one) => one.wanted === undefined);
  await Promise.all(unwanted.map(({ type, name }) => removeChild(ctx, type, name)));
  const result = await applyChildren(ctx, story, wanted);
  return going && result.type === "done" ? done(LOOK_AGAIN_MS) : result;
}

/** Removes a child of ours, if there is one. What is not ours is left alone. */
export async function removeChild(ctx: TenantContext, type: ResourceType, name: string): Promise<void> {
  const live = ctx.cache(type).get(besides(ctx, name));
  if (live === undefined || !isOwnedBy(live, ctx.object.metadata.uid) || isDeleting(live)) return;
  await mustBeCurrent(ctx);
  const { uid } = live.metadata;
  const removed = await ctx.client
    .delete(type, besides(ctx, name), { preconditions: { uid } })
    .catch((error: unknown) => {
      if (isGoing(error)) return false;
      throw error;
    });
  if (!removed) return;
  ctx.log.info({ what: `${type.kind} ${name}` }, "removed: not wanted any more");
  ctx.events.normal("ChildRemoved", `Removed ${type.kind} ${name}, which is not wanted any more.`);
}

/** A kind may go between the look at the cache and the write: that is no failure of ours. */
function whileServed(one: Child, onGoing: () => void): Child["apply"] {
  return async (ctx) => {
    try {
      return await one.apply(ctx);
    } catch (error) {
      if (!isGoing(error)) throw error;
      onGoing();
      ctx.log.debug({ what: one.what }, "not made: the kind is going");
      return { action: "unchanged", differences: [], redeclared: false } as unknown as Awaited<
        ReturnType<Child["apply"]>
      >;
    }
  };
}

/** What a kind that is gone answers (404), and one that is on its way out (servers differ in the number). */
function isGoing(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status === 404 || /custom resource definition is terminating/.test(error.message);
}
