// Whether a failed API call is sent again, and when. Pure.
import { ApiError, TransportError } from "./errors.ts";
import { neverSent } from "./transport.ts";

export interface Attempt {
  /** 0 for the first try that failed. */
  readonly retries: number;
  /** Sending it twice has the same effect as once. */
  readonly idempotent: boolean;
  readonly error: unknown;
}

export const MAX_RETRIES = 4;
/** A longer wait is the queue's business: a worker must not sleep that long. */
const LONGEST_WAIT_MS = 5_000;
const FIRST_WAIT_MS = 50;

/** Milliseconds to wait before the next try, or `undefined` for giving up. `random` is in [0, 1). */
export function retryDelayMs({ retries, idempotent, error }: Attempt, random: number): number | undefined {
  if (retries >= MAX_RETRIES) return undefined;
  const backoff = FIRST_WAIT_MS * 2 ** retries * (1 + random);
  if (error instanceof ApiError) {
    // 429 and 503 with Retry-After promise that nothing was done.
    const turnedAway = error.status === 429 || (error.status === 503 && error.retryAfterMs !== undefined);
    if (!turnedAway) return undefined;
    const wait = (error.retryAfterMs ?? 0) + backoff;
    return wait <= LONGEST_WAIT_MS ? wait : undefined;
  }
  if (error instanceof TransportError) return idempotent || neverSent(error) ? backoff : undefined;
  return undefined;
}
