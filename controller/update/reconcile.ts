// Updates: from a release that a site should be on to one that it is on, or back. STEPS is the story; status remembers
// how far it is before anything is done, and what is made has the update's name: whoever comes after a crash goes on.
import { isDeepStrictEqual } from "node:util";
import type { LmsTenant as LmsTenantObject } from "../../api/index.ts";
import {
  done,
  extend,
  isDeleting,
  mergePatchOf,
  type Outcome,
  type ReconcileContext,
} from "../engine/index.ts";
import { type Environment, namespaceIsGoing } from "../environment.ts";
import { LmsTenant } from "../kinds.ts";
import type { ScheduleContext } from "../runs/keep-schedule.ts";
import { isAsleep, isPaused } from "../tenant/lifecycle.ts";
import type { Advance, Policy, UpdateContext, UpdateStep } from "./context.ts";
import { catalogNamed } from "./offers.ts";
import { currentOf } from "./release.ts";
import {
  atStep,
  begun,
  ended,
  goesBack,
  isUnderWay,
  isUntouched,
  type Release,
  remembered,
  type UpdateState,
  type UpdateStepName,
} from "./state.ts";
import { approval, named, window } from "./steps/begin.ts";
import { backup, finalBackup, verify } from "./steps/backup.ts";
import { check } from "./steps/check.ts";
import { migrate, rollout, soak, stop } from "./steps/replace.ts";
import { restore, RETRY, revert, revertStop } from "./steps/revert.ts";
import { type Target, targetOf } from "./target.ts";
import { withoutStop } from "../words.ts";

export const STEPS: readonly UpdateStep[] = [
  approval,
  window,
  check,
  backup,
  verify,
  stop,
  finalBackup,
  migrate,
  rollout,
  soak,
  // The way back.
  revertStop,
  restore,
  revert,
];
const BY_NAME = new Map<UpdateStepName, UpdateStep>(STEPS.map((step) => [step.name, step]));

/** What was given up before anything was touched is tried again after this. */
const TRY_AGAIN_MS = 3_600_000;

/** Begins the update that a tenant's manifest asks for, or brings the one under way one step further. */
export async function reconcileUpdate(
  reconcile: ReconcileContext<LmsTenant>,
  env: Environment,
): Promise<Outcome> {
  const ctx: ScheduleContext = extend(reconcile, { env });
  const tenant = ctx.object as unknown as LmsTenantObject;
  const { spec, status } = tenant;
  if (isDeleting(ctx.object) || namespaceIsGoing(ctx) || isPaused(tenant) || isAsleep(tenant)) return done();
  if (!spec.update) return status?.update === undefined ? done() : forget(ctx);
  // Until a site is set up, its runtime simply is what is declared.
  if (status?.siteDigest === undefined) return done();
  const target = wantedBy(ctx, tenant, spec.update);
  const { update } = status;
  if (isUnderWay(update)) {
    if (!isUntouched(update) || isFor(update, target))
      return advance(extend(ctx, { tenant, policy: spec.update, update, now: new Date() }));
    if (target.kind !== "release")
      return write(ctx, update, ended(update, notWanted(update, target), new Date()));
  }
  if (target.kind !== "release") return done();
  const waitMs = update && !isUnderWay(update) ? patienceFor(ctx, update, target.release) : 0;
  if (waitMs > 0) return waitMs === Infinity ? done() : done(waitMs);
  return begin(ctx, tenant, target, spec.update);
}

/** The release that a tenant should be on. */
export function wantedBy(
  ctx: Pick<ScheduleContext, "cache" | "env">,
  tenant: LmsTenantObject,
  { catalogRef }: Policy,
): Target {
  return targetOf(tenant, currentOf(tenant), catalogNamed(ctx, catalogRef.name));
}

const isFor = ({ to }: UpdateState, target: Target): boolean =>
  target.kind === "release" && target.release.image === to.image;

function notWanted({ to }: UpdateState, target: Target) {
  const why = target.kind === "unknown" ? `: ${target.message}` : "";
  return {
    result: "Abandoned",
    reason: "NotWanted",
    message: `the update to ${named(to)} is not asked for any more${withoutStop(why)}`,
  } as const;
}

/** How long to wait before a release is tried again; Infinity: until somebody asks for it. */
export function patienceFor(
  { object }: Pick<ScheduleContext, "object">,
  { id, generation, to, result, reason, completedAt }: UpdateState,
  wanted: Release,
): number {
  if (to.image !== wanted.image || result === "Succeeded") return 0;
  if (object.metadata.annotations?.[RETRY] === id) return 0;
  if (result !== "Abandoned") return Infinity;
  if (reason === "NotWanted" || object.metadata.generation !== generation) return 0;
  return Math.max(0, Date.parse(completedAt ?? "") + TRY_AGAIN_MS - Date.now());
}

async function begin(
  ctx: ScheduleContext,
  tenant: LmsTenantObject,
  { release, security }: Extract<Target, { kind: "release" }>,
  { approval: how }: Policy,
): Promise<Outcome> {
  const { image, version } = currentOf(tenant);
  // The tenant's controller tells it as soon as the site serves.
  if (image === undefined) return done();
  const from = { image, ...(version !== undefined && { version }) };
  const next = begun(declaredIn(ctx), from, { ...release, security }, how === "Supervised", new Date());
  ctx.events.normal("UpdateFound", `From ${named(from)} to ${named(release)} (${next.id}).`);
  return write(ctx, tenant.status?.update, next);
}

/** Whose an update is, and of which manifest. */
const declaredIn = ({ key, object }: Pick<ScheduleContext, "key" | "object">) => ({
  name: key.name,
  generation: object.metadata.generation ?? 0,
});

async function advance(ctx: UpdateContext): Promise<Outcome> {
  const { update } = ctx;
  const step = BY_NAME.get(update.step);
  if (!step) throw new Error(`update: there is no step ${update.step}`);
  const what = await step.run(ctx);
  const next = after(ctx, what);
  if (next.step !== update.step) ctx.log.info({ update: next.id, step: next.step }, "the update goes on");
  if (goesBack(next) && !goesBack(update))
    ctx.events.warning(
      "UpdateRollingBack",
      `The update to ${named(update.to)} goes back: ${next.message ?? ""}.`,
    );
  const outcome = await write(ctx, update, next);
  return "wait" in what ? done(what.wait.afterMs) : outcome;
}

/** The state that an answer leads to. On the way back, why it goes back is what counts until the end. */
function after(ctx: UpdateContext, what: Advance): UpdateState {
  const { update, now } = ctx;
  if ("again" in what) return fromTheWindow(ctx);
  if ("wait" in what) {
    const { reason, message } = what.wait;
    return goesBack(update) ? update : { ...update, reason, message };
  }
  const { reason: _, message: __, ...bare } = update;
  const set = { ...(goesBack(update) ? update : bare), ...what.set };
  const known = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined));
  return "to" in what
    ? atStep(known as unknown as UpdateState, what.to, now)
    : ended(known as unknown as UpdateState, what.end, now);
}

/** As approved as it was, and with nothing else of the first try. */
function fromTheWindow(ctx: UpdateContext): UpdateState {
  const { from, to, security } = ctx.update;
  const anew = begun(declaredIn(ctx), from, { ...to, ...(security && { security }) }, false, ctx.now);
  return atStep(anew, "Window", ctx.now);
}

/** Remembers; what differs is acted upon by the next run. */
async function write(
  ctx: ScheduleContext,
  before: UpdateState | undefined,
  next: UpdateState,
): Promise<Outcome> {
  if (isDeepStrictEqual(before, next)) return done();
  const over = !isUnderWay(next);
  const history = (ctx.object as unknown as LmsTenantObject).status?.updates;
  await ctx.client.patchStatus(LmsTenant, ctx.object, {
    update: mergePatchOf(before, next),
    ...(over && { updates: remembered(history, next) }),
  });
  if (over) {
    const text = `${next.message ?? ""}.`.replace(/^./, (letter) => letter.toUpperCase());
    if (next.result === "Succeeded") ctx.events.normal("Updated", text);
    else ctx.events.warning(`Update${next.result ?? "Failed"}`, `${next.reason ?? ""}: ${text}`);
  }
  return done(0);
}

async function forget(ctx: ScheduleContext): Promise<Outcome> {
  await ctx.client.patchStatus(LmsTenant, ctx.object, { update: null });
  return done();
}
