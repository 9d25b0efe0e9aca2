// What the steps of an update are given, and what they may answer.
import type { LmsTenant as LmsTenantObject } from "../../api/index.ts";
import type { Live, Pod } from "../engine/index.ts";
import type { LmsClient } from "../lms/client.ts";
import type { ScheduleContext } from "../runs/keep-schedule.ts";
import type { UpdateResult, UpdateState, UpdateStepName } from "./state.ts";

export type Policy = NonNullable<LmsTenantObject["spec"]["update"]>;

export type UpdateContext = ScheduleContext & {
  readonly tenant: LmsTenantObject;
  readonly policy: Policy;
  /** The update under way. */
  readonly update: UpdateState;
  readonly now: Date;
};

/** What status is to remember beside. */
type Fields = { readonly [K in keyof UpdateState]?: UpdateState[K] | undefined };

export interface Why {
  /** Stable CamelCase word. */
  readonly reason: string;
  /** For people, without a full stop. */
  readonly message: string;
}

export type Advance =
  | { readonly to: UpdateStepName; readonly set?: Fields }
  | { readonly wait: Why & { readonly afterMs: number } }
  | { readonly end: Why & { readonly result: UpdateResult }; readonly set?: Fields }
  /** Nothing was touched and the time is over: the same update from its beginning. */
  | { readonly again: true };

/** One step. It may be run any number of times: what it makes has the update's name. Throwing means: again, with backoff. */
export interface UpdateStep {
  readonly name: UpdateStepName;
  run(ctx: UpdateContext): Promise<Advance> | Advance;
}

/** What is waited for wakes us; this is for when that is missed. */
export const LOOK_AGAIN_MS = 10_000;

export const waiting = (reason: string, message: string, afterMs = LOOK_AGAIN_MS): Advance => ({
  wait: { reason, message, afterMs },
});

/** Gives up what has touched nothing. */
export const abandon = (reason: string, message: string): Advance => ({
  end: { result: "Abandoned", reason, message },
});

/** Turns round: the release before is to serve again, with its data where that takes it. */
export const back = ({ update }: UpdateContext, { reason, message }: Why): Advance => ({
  to: update.schema?.compatible === false ? "RevertStop" : "Revert",
  set: { reason, message },
});

export const minutesSince = (then: Date, now: Date): number => (now.getTime() - then.getTime()) / 60_000;

/** A replica of the site, and how to speak to it. */
export interface Replica {
  readonly pod: Live<Pod>;
  readonly lms: LmsClient;
}
