// The way to one LMS. A silent LMS must not hold the workers that others need: only so many calls are on the way at
// once, none for longer than its time, and while it is silent nobody else sets out.
import { setTimeout as sleep } from "node:timers/promises";
import { StepError } from "../engine/index.ts";

export interface LaneOptions {
  /** Calls on the way at once; the runtime has that many database connections. */
  readonly most?: number;
  /** A call that waits for its turn gives up when those on the way have taken this long. */
  readonly turnMs?: number;
  /** After a call that was never answered, nobody sets out for this long. */
  readonly pauseMs?: number;
}

/** Limits the calls to one LMS. */
export class Lane {
  readonly #most: number;
  readonly #turnMs: number;
  readonly #pauseMs: number;
  /** When each call on the way set out, oldest first. */
  readonly #onTheWay = new Map<symbol, number>();
  #freed = Promise.withResolvers<undefined>();
  #closedUntil = -Infinity;

  constructor({ most = 8, turnMs = 2_000, pauseMs = 3_000 }: LaneOptions = {}) {
    this.#most = most;
    this.#turnMs = turnMs;
    this.#pauseMs = pauseMs;
  }

  /**
   * Makes a call when it is its turn. `call` gets a signal that aborts after `timeoutMs`.
   * @throws StepError LmsUnreachable when the LMS is silent
   */
  async run<T>(
    signal: AbortSignal,
    timeoutMs: number,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const place = await this.#turn(signal);
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await call(AbortSignal.any([signal, timeout]));
      this.#closedUntil = -Infinity;
      return answer;
    } catch (error) {
      if (!timeout.aborted || signal.aborted) throw error;
      this.#closedUntil = performance.now() + this.#pauseMs;
      throw silence(`it did not answer within ${timeoutMs / 1000} s`, error);
    } finally {
      this.#onTheWay.delete(place);
      this.#freed.resolve(undefined);
      this.#freed = Promise.withResolvers();
    }
  }

  /** Waits for a turn and takes it: between looking and taking nobody else may come. */
  async #turn(signal: AbortSignal): Promise<symbol> {
    for (;;) {
      signal.throwIfAborted();
      const now = performance.now();
      if (now < this.#closedUntil) throw silence("it did not answer the last call");
      if (this.#onTheWay.size < this.#most) {
        const place = Symbol();
        this.#onTheWay.set(place, now);
        return place;
      }
      const [oldest = now] = this.#onTheWay.values();
      const left = oldest + this.#turnMs - now;
      if (left <= 0) throw silence(`${this.#onTheWay.size} calls wait for an answer`);
      const stop = new AbortController();
      await Promise.race([
        this.#freed.promise,
        sleep(left, undefined, { signal: AbortSignal.any([signal, stop.signal]) }).catch(() => undefined),
      ]);
      stop.abort();
    }
  }
}

function silence(why: string, cause?: unknown): StepError {
  return new StepError("LmsUnreachable", `The LMS does not answer: ${why}. Trying again.`, { cause });
}
