// What a Lease says about who leads, and the Lease that says it is us. Pure; electing is elector.ts.
import type { Lease } from "../client/kinds.ts";

/** A Lease as it was seen last, and since when (on the local monotonic clock) it has looked like that. */
export interface Observed {
  readonly version: string;
  readonly sinceMs: number;
  readonly spec: NonNullable<Lease["spec"]>;
}

/**
 * Whether we may take the Lease. Clocks of other machines are not trusted: it has expired when it has looked the same
 * to us for its whole duration.
 */
export function mayTake(
  { spec, sinceMs }: Observed,
  identity: string,
  nowMs: number,
  durationMs: number,
): boolean {
  if (!spec.holderIdentity || spec.holderIdentity === identity) return true;
  const theirs = spec.leaseDurationSeconds === undefined ? durationMs : spec.leaseDurationSeconds * 1000;
  return nowMs - sinceMs >= theirs;
}

/** The spec of a Lease that we hold. */
export function heldSpec(
  identity: string,
  durationMs: number,
  now: Date,
  before: Lease["spec"],
): NonNullable<Lease["spec"]> {
  const mine = before?.holderIdentity === identity;
  return {
    holderIdentity: identity,
    // Never less than what we count on ourselves.
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime: mine && before.acquireTime ? before.acquireTime : microTime(now),
    renewTime: microTime(now),
    leaseTransitions: (before?.leaseTransitions ?? 0) + (mine || before === undefined ? 0 : 1),
  };
}

/** The spec of a Lease that we give up: the next one need not wait. */
export function releasedSpec(now: Date, before: NonNullable<Lease["spec"]>): NonNullable<Lease["spec"]> {
  return {
    holderIdentity: "",
    leaseDurationSeconds: 1,
    renewTime: microTime(now),
    acquireTime: microTime(now),
    leaseTransitions: before.leaseTransitions ?? 0,
  };
}

/** metav1.MicroTime: exactly six digits. */
export function microTime(date: Date): string {
  return date.toISOString().replace(/\.(\d{3})Z$/, ".$1000Z");
}
