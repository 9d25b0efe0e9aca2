// An update as status remembers it. Pure.
import { randomBytes } from "node:crypto";
import type { LmsTenantStatus } from "../../api/index.ts";
import { rfc3339 } from "../engine/index.ts";
import { LONGEST_NAME, nameOfRun } from "../runs/name.ts";

export type UpdateState = NonNullable<LmsTenantStatus["update"]>;
export type UpdateStepName = UpdateState["step"];
export type UpdateResult = NonNullable<UpdateState["result"]>;
export type Release = UpdateState["to"];
type History = NonNullable<LmsTenantStatus["updates"]>;

/** Kept of those that came to an end. */
const HISTORY = 10;
/** Of a Backup or a Restore, less the longest that is put behind it (`-verify`). */
const LONGEST_ID = LONGEST_NAME - "-verify".length;

export const isUnderWay = (
  state: UpdateState | undefined,
): state is UpdateState & { readonly result?: undefined } =>
  state !== undefined && state.result === undefined;

/** Steps in which the new release is meant to run. */
const ON_NEW: readonly UpdateStepName[] = ["Rollout", "Soak"];
/** Steps in which nothing is meant to run; a migration is one when the release before cannot work with its schema. */
const HALTED: readonly UpdateStepName[] = ["Stop", "FinalBackup", "RevertStop", "Restore"];
/** Steps in which nothing of the site has been touched. */
const UNTOUCHED: readonly UpdateStepName[] = ["Approval", "Window", "Check", "Backup", "Verify"];

/** The image that an update wants the site to be on. */
export function imageOfUpdate({ step, result, from, to }: UpdateState): string {
  // What could not go back stays on what at least knows the data.
  if (result !== undefined) return result === "Succeeded" || result === "Failed" ? to.image : from.image;
  return ON_NEW.includes(step) ? to.image : from.image;
}

/** Whether an update wants no replica to run just now. */
export function isHalted(state: UpdateState | undefined): boolean {
  if (!isUnderWay(state)) return false;
  return HALTED.includes(state.step) || (state.step === "Migrate" && state.schema?.compatible === false);
}

/** Whether an update is on its way back. */
export const goesBack = ({ step }: Pick<UpdateState, "step">): boolean =>
  step === "RevertStop" || step === "Restore" || step === "Revert";

/** Whether an update is being carried out: it waits neither for people nor for the clock nor for other sites. */
export const isBusy = (
  state: UpdateState | undefined,
): state is UpdateState & { readonly result?: undefined } =>
  isUnderWay(state) && state.step !== "Approval" && state.step !== "Window";

/** Whether an update can still be forgotten as if it had never been. */
export const isUntouched = ({ step }: UpdateState): boolean => UNTOUCHED.includes(step);

/** A new update. `token` when somebody has to approve of it. */
export function begun(
  tenant: { readonly name: string; readonly generation: number },
  from: Release,
  to: Release & { readonly security?: boolean },
  supervised: boolean,
  now: Date,
): UpdateState {
  const { security, ...release } = to;
  const startedAt = rfc3339(now);
  return {
    id: idFor(tenant.name),
    generation: tenant.generation,
    from,
    to: release,
    ...(security && { security }),
    step: "Approval",
    startedAt,
    steps: [{ name: "Approval", startedAt }],
    ...(supervised && { approvalToken: randomBytes(12).toString("hex") }),
  };
}

function idFor(tenant: string): string {
  return nameOfRun(tenant, `update-${randomBytes(3).toString("hex")}`, LONGEST_ID);
}

/** The same update at its next step. */
export function atStep(state: UpdateState, step: UpdateStepName, now: Date): UpdateState {
  const startedAt = rfc3339(now);
  const before = closedSteps(state, startedAt).filter(({ name }) => name !== step);
  return { ...state, step, steps: [...before, { name: step, startedAt }] };
}

const closedSteps = ({ steps = [] }: UpdateState, completedAt: string) =>
  steps.map((one) => (one.completedAt === undefined ? { ...one, completedAt } : one));

/** When the step under way was begun. */
export function stepStartedAt({ steps = [], step, startedAt }: UpdateState): Date {
  return new Date(steps.find(({ name }) => name === step)?.startedAt ?? startedAt);
}

/** The same update at its end. */
export function ended(
  state: UpdateState,
  end: { readonly result: UpdateResult; readonly reason: string; readonly message: string },
  now: Date,
): UpdateState {
  const completedAt = rfc3339(now);
  return { ...state, ...end, completedAt, steps: closedSteps(state, completedAt) };
}

/** The history with an update that came to its end. */
export function remembered(history: History | undefined, state: UpdateState): History {
  const { id, from, to, startedAt, completedAt = startedAt, result = "Failed", reason, message } = state;
  const one = {
    ...{ id, from, to, startedAt, completedAt, result },
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
  };
  return [one, ...(history ?? []).filter((other) => other.id !== id)].slice(0, HISTORY);
}

/** Name of the Restore that tries the new release on the backup. */
export const rehearsalOf = ({ id }: { readonly id: string }): string => `${id}-verify`;
