// Keeps a schedule: what is due is ordered, and status remembers for which time. First remembered, then acted upon, and
// ordered under the name of its time: whoever comes after a crash finds what was there.
import { done, type Outcome, type ReconcileContext, rfc3339, stalled } from "../engine/index.ts";
import type { Environment } from "../environment.ts";
import { LmsTenant } from "../kinds.ts";
import { checkSchedule, due, type Schedule } from "./schedule.ts";

export type ScheduleContext = ReconcileContext<LmsTenant> & { readonly env: Environment };

/** What status remembers. */
export interface ScheduleState {
  readonly schedule?: string;
  readonly since?: string;
  readonly lastScheduledTime?: string;
  readonly nextScheduledTime?: string;
}

export interface KeptSchedule {
  readonly schedule: Schedule | undefined;
  /** Field of the tenant's status that has the state. */
  readonly field: "backup" | "drill";
  readonly state: ScheduleState | undefined;
  readonly suspended: boolean;
  /** The first one is due at once. */
  readonly immediate: boolean;
  /** Orders the run for a time; `false` when there is nothing to be done yet: it is asked again. */
  order(at: Date): Promise<boolean>;
  /** Tells of times that were passed over. */
  missed(count: number, instead: Date): void;
}

/** Orders what is due, if anything is, and looks again when the next one is. */
export async function keepSchedule(ctx: ScheduleContext, kept: KeptSchedule): Promise<Outcome> {
  const { schedule, state, suspended, immediate } = kept;
  const remember = async (fields: Readonly<Record<string, string | null>> | null): Promise<Outcome> => {
    await ctx.client.patchStatus(LmsTenant, ctx.object, { [kept.field]: fields });
    // With what is remembered now.
    return done(0);
  };
  if (schedule === undefined) return state === undefined ? done() : remember(null);
  const fault = checkSchedule(schedule);
  // The tenant's own condition tells it.
  if (fault !== undefined) return stalled("InvalidSchedule", fault);
  const now = new Date();
  if (state?.since === undefined || state.schedule !== textOf(schedule))
    return remember({ schedule: textOf(schedule), since: rfc3339(now), lastScheduledTime: null });
  const since = new Date(state.since);
  const last = state.lastScheduledTime === undefined ? undefined : new Date(state.lastScheduledTime);
  const { run, next, missed } = due(schedule, last, since, now);
  const wanted = run ?? (last === undefined && immediate ? since : undefined);
  if (wanted !== undefined && !suspended && (await kept.order(wanted))) {
    if (missed > 0) kept.missed(missed, wanted);
    return remember({ lastScheduledTime: rfc3339(wanted) });
  }
  const told = suspended || next === undefined ? undefined : rfc3339(next);
  if (told !== state.nextScheduledTime) return remember({ nextScheduledTime: told ?? null });
  return next === undefined ? done() : done(Math.max(0, next.getTime() - Date.now()));
}

/** Another text is another schedule, which begins anew. */
const textOf = ({ cron, timeZone }: Schedule): string => `${cron} ${timeZone}`;
