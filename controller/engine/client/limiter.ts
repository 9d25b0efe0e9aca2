// A token bucket in front of one API server. Waiting callers are served in order.
import { setTimeout as sleep } from "node:timers/promises";

export interface Limiter {
  /** Resolves when a request may be sent; rejects when `signal` aborts first. */
  take(signal?: AbortSignal): Promise<void>;
}

/**
 * @param perSecond sustained rate
 * @param burst tokens that may pile up
 * @param now injected clock, milliseconds
 * @param wait resolves after so many milliseconds of that clock
 */
export function tokenBucket(
  perSecond: number,
  burst: number,
  now: () => number = () => performance.now(),
  wait: (ms: number, signal: AbortSignal | undefined) => Promise<unknown> = (ms, signal) =>
    sleep(ms, undefined, signal ? { signal } : {}),
): Limiter {
  if (!(perSecond > 0) || !(burst >= 1))
    throw new RangeError(`rate limit: perSecond must be > 0 and burst >= 1, got ${perSecond}/${burst}`);
  // The time at which the bucket would be full again: one number holds the whole state (GCRA).
  let fullAt = now();
  const tokenMs = 1000 / perSecond;
  return {
    async take(signal) {
      const at = now();
      fullAt = Math.max(fullAt, at) + tokenMs;
      const waitMs = fullAt - at - burst * tokenMs;
      if (waitMs <= 0) return;
      try {
        await wait(waitMs, signal);
      } catch (error) {
        // Whoever gave up has not sent anything.
        fullAt -= tokenMs;
        throw error;
      }
    },
  };
}
