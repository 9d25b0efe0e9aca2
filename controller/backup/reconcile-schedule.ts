// The schedule of a tenant's backups: when one is due a Backup is created, and status remembers for which time.
import type { LmsTenant as LmsTenantObject } from "../../api/index.ts";
import {
  done,
  isAlreadyExists,
  isDeleting,
  mustStand,
  type Outcome,
  type ReconcileContext,
  rfc3339,
  stalled,
} from "../engine/index.ts";
import { type Environment, namespaceIsGoing } from "../environment.ts";
import { Backup, LmsTenant } from "../kinds.ts";
import { checkSchedule, due, runName } from "./schedule.ts";
import { scheduleOf, scheduleText } from "./policy.ts";

type Context = ReconcileContext<LmsTenant> & { readonly env: Environment };

/** Creates the Backup that is due, if one is, and looks again when the next one is. */
export async function reconcileSchedule(
  reconcile: ReconcileContext<LmsTenant>,
  env: Environment,
): Promise<Outcome> {
  const ctx: Context = Object.assign(Object.create(reconcile) as ReconcileContext<LmsTenant>, { env });
  if (isDeleting(ctx.object) || namespaceIsGoing(ctx)) return done();
  const tenant = ctx.object as unknown as LmsTenantObject;
  const schedule = scheduleOf(tenant);
  const state = tenant.status?.backup;
  if (schedule === undefined) return state === undefined ? done() : remember(ctx, null);
  const fault = checkSchedule(schedule);
  // The tenant's own condition tells it.
  if (fault !== undefined) return stalled("InvalidSchedule", fault);
  const now = new Date();
  // First remembered, then acted upon: whoever comes after a crash starts from the same time.
  if (state?.since === undefined || state.schedule !== scheduleText(schedule))
    return remember(ctx, {
      schedule: scheduleText(schedule),
      since: rfc3339(now),
      lastScheduledTime: null,
    });
  const since = new Date(state.since);
  const last = state.lastScheduledTime === undefined ? undefined : new Date(state.lastScheduledTime);
  const { run, next, missed } = due(schedule, last, since, now);
  const isFirst = last === undefined && tenant.spec.backup?.immediate === true;
  const wanted = run ?? (isFirst ? since : undefined);
  const suspended = tenant.spec.backup?.suspend === true;
  if (wanted !== undefined && !suspended) {
    await order(ctx, wanted);
    if (missed > 0)
      ctx.events.warning(
        "BackupsMissed",
        `${missed} scheduled backups were missed; the one of ${rfc3339(wanted)} is caught up.`,
      );
    return remember(ctx, { lastScheduledTime: rfc3339(wanted) });
  }
  const told = suspended ? undefined : timeOf(next);
  if (told !== state.nextScheduledTime) return remember(ctx, { nextScheduledTime: told ?? null });
  return next === undefined ? done() : done(Math.max(0, next.getTime() - Date.now()));
}

const timeOf = (date: Date | undefined): string | undefined => date && rfc3339(date);

/** One time, one name: a second try finds what the first one made. */
async function order(ctx: Context, at: Date): Promise<void> {
  await mustStand(ctx);
  const { namespace, name } = ctx.key;
  const backup = {
    metadata: { name: runName(name, at), namespace, labels: shardLabels(ctx) },
    spec: { tenantRef: { name }, scheduledTime: rfc3339(at) },
  };
  try {
    await ctx.client.create(Backup, backup as unknown as Backup);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** A Backup belongs to the shard of its tenant. */
function shardLabels({ env, object }: Context): Record<string, string> {
  const { selector } = env.settings;
  const labels = object.metadata.labels ?? {};
  const named = (selector ?? "").match(/[\w./-]+(?=\s*(=|==|\s+in\b))/g) ?? [];
  return Object.fromEntries(
    named.flatMap((label) => (labels[label] === undefined ? [] : [[label, labels[label]]])),
  );
}

async function remember(
  ctx: Context,
  backup: Readonly<Record<string, string | null>> | null,
): Promise<Outcome> {
  await ctx.client.patchStatus(LmsTenant, ctx.object, { backup });
  // With what is remembered now.
  return done(0);
}
