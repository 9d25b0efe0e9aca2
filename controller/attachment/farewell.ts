// The way out of a deleted Course or RoleBinding: what it declared is taken off the site, and if the site does not answer
// for long, the object is let go. Nothing hangs on a dead LMS for ever.
import type { ApplyResult } from "../../api/index.ts";
import {
  ApiError,
  done,
  keyString,
  type KubeObject,
  NotLeaderError,
  removeFinalizer,
  requeueAfter,
  type StepResult,
} from "../engine/index.ts";
import type { Context } from "../environment.ts";
import { LmsProblem } from "../lms/errors.ts";
import type { LmsClient } from "../lms/client.ts";
import { type Attached, tenantKeyOf } from "./attached.ts";
import { absenceOf, lmsAt, tenantAt } from "./site.ts";

/** Holds an object until the site has let go of what it declared. */
export const FINALIZER = "provost.dev/site";

/** What to take off the site. */
export interface Farewell {
  /** For people: `course "maths"`. */
  readonly what: string;
  remove(lms: LmsClient, signal: AbortSignal): Promise<ApplyResult>;
}

const ASK_AGAIN_MS = 2_000;

/** The one step of an object that is being deleted. */
export async function sayFarewell<T extends KubeObject & Attached>(
  ctx: Context<T>,
  farewell: Farewell,
  now = Date.now(),
): Promise<StepResult> {
  const { metadata } = ctx.object as unknown as KubeObject;
  if (!metadata?.finalizers?.includes(FINALIZER)) return done();
  const key = tenantKeyOf(ctx.object as unknown as Attached);
  const tenant = tenantAt(ctx, key);
  const absence = absenceOf(ctx, tenant);
  // A namespace that is not allowed any more may still have something on the site.
  if (absence === "not-found" || absence === "going")
    return letGo(ctx, `LmsTenant ${keyString(key)} is ${WORDS[absence]}: nothing to take off the site.`);

  const deadline = Date.parse(metadata.deletionTimestamp ?? "") + ctx.env.settings.finalizerDeadlineMs;
  const left = deadline - now;
  try {
    const lms = await lmsAt(ctx, key);
    if (lms === undefined) throw new Error(`LmsTenant ${keyString(key)} has no admin token`);
    // A silent LMS must not hold a worker for longer than it may hold the object.
    const patience = AbortSignal.timeout(Math.min(Math.max(left, 1_000), 10_000));
    const result = await farewell.remove(lms, AbortSignal.any([ctx.signal, patience]));
    const archived = result.changes.some((change) => change.op === "archive");
    if (archived) ctx.events.normal("Archived", `Archived ${farewell.what}: learners have work on it.`);
    else if (result.changed) ctx.events.normal("Removed", `Removed ${farewell.what} from the site.`);
    await removeFinalizer(ctx, FINALIZER);
    return done();
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (error instanceof ApiError || error instanceof NotLeaderError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof LmsProblem && error.problem.code === "ManagedByAnother")
      return letGo(ctx, `Left ${farewell.what} as it is: ${why}`);
    if (left <= 0)
      return letGo(
        ctx,
        `Left ${farewell.what} on the site after waiting for ${seconds(ctx)} s: ${why}`,
        true,
      );
    return requeueAfter(
      Math.min(ASK_AGAIN_MS, left),
      "WaitingForLms",
      `Waiting for the LMS to take ${farewell.what} off the site (for ${seconds(ctx)} s at most, until ${new Date(deadline).toISOString()}): ${why}`,
    );
  }
}

const WORDS = { "not-found": "gone", going: "being deleted" } as const;

function seconds(ctx: { env: { settings: { finalizerDeadlineMs: number } } }): number {
  return Math.round(ctx.env.settings.finalizerDeadlineMs / 1000);
}

async function letGo<T extends KubeObject>(
  ctx: Context<T>,
  message: string,
  loss = false,
): Promise<StepResult> {
  if (loss) ctx.events.warning("LetGo", message);
  else ctx.events.normal("LetGo", message);
  await removeFinalizer(ctx, FINALIZER);
  return done();
}
