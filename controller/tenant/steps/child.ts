// Applies child objects of a tenant and tells what is worth telling.
import {
  type ApplyOwnedOptions,
  done,
  isInvalid,
  type KubeObject,
  mustStand,
  type ResourceType,
  stalled,
  type StepResult,
} from "../../engine/index.ts";
import type { TenantContext } from "../context.ts";

/** One child as it should be. */
export interface Child {
  /** `Service academy-lms`. */
  readonly what: string;
  apply(ctx: TenantContext): ReturnType<TenantContext["apply"]>;
  /** The part of the spec that it follows from, named when the API server refuses it. */
  readonly field: string;
}

/** Declares a child. Fields that others changed by hand are taken back: the manifest is what was declared. */
export function child<T extends KubeObject>(
  type: ResourceType<T>,
  desired: T,
  field: string,
  options: ApplyOwnedOptions = {},
): Child {
  return {
    what: `${type.kind} ${desired.metadata?.name ?? ""}`,
    field,
    apply: (ctx) =>
      ctx.apply(type, desired, {
        force: true,
        beforeCreate: () => mustStand(ctx),
        ...options,
      }) as ReturnType<Child["apply"]>,
  };
}

/**
 * Applies children, all at once.
 * @param story what they are together, e.g. `the database`; told when they are made
 */
export async function applyChildren(
  ctx: TenantContext,
  story: { readonly reason: string; readonly what: string },
  children: readonly Child[],
): Promise<StepResult> {
  const made: string[] = [];
  const results = await Promise.all(children.map((one) => applyOne(ctx, one, made)));
  if (made.length > 0) ctx.events.normal(story.reason, `Made ${story.what}: ${made.sort().join(", ")}.`);
  return results.find((result) => result.type !== "done") ?? done();
}

async function applyOne(
  ctx: TenantContext,
  { what, field, apply }: Child,
  made: string[],
): Promise<StepResult> {
  try {
    const { action, differences, redeclared } = await apply(ctx);
    if (action === "unchanged") return done();
    ctx.log.info({ what, differences }, `${what} ${action}`);
    if (action === "created") made.push(what);
    else if (!redeclared)
      ctx.events.normal(
        "DriftCorrected",
        `${what} had been changed; made as declared again: ${list(differences)}.`,
      );
    return done();
  } catch (error) {
    // An invalid child stays invalid until the spec changes.
    if (!isInvalid(error)) throw error;
    const why = error.message.replace(/^.*?: 422 /, "");
    return stalled("ChildRefused", `${field}: the API server refuses ${what}: ${why}. Correct the field.`);
  }
}

function list(differences: readonly string[]): string {
  return differences.slice(0, 6).join(", ");
}
