// Runs the keys of a queue: up to `concurrency` at once, wakes up for delayed keys, drains on stop.
import { setTimeout as sleep } from "node:timers/promises";
import type { KeyQueue, Taken } from "./queue.ts";

/**
 * Runs one key to its end and tells the queue what comes next. Must not throw; what it throws is reported. `abandon` gives
 * the worker back while the run goes on: for a run that does not heed its signal.
 */
export type Work = (taken: Taken, signal: AbortSignal, abandon: () => void) => Promise<void>;

/** Timers cannot be longer than this; a longer wait wakes up in between. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Workers of one queue. Call `poke` after every change of the queue. */
export class Workers {
  readonly #queue: KeyQueue;
  readonly #work: Work;
  readonly #onError: (key: string, error: unknown) => void;
  readonly #now: () => number;
  readonly #abort = new AbortController();
  readonly #runs = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #alarmAt: number | undefined;
  #poked = false;
  #state: "paused" | "running" | "stopped" = "paused";

  constructor(
    queue: KeyQueue,
    work: Work,
    onError: (key: string, error: unknown) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#queue = queue;
    this.#work = work;
    this.#onError = onError;
    this.#now = now;
  }

  /** Begins to take keys. */
  start(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    this.poke();
  }

  /** Something changed. What can be taken is taken soon, after everything that is arriving in the same turn. */
  poke(): void {
    if (this.#state !== "running" || this.#poked) return;
    this.#poked = true;
    setImmediate(() => this.#take());
  }

  #take(): void {
    this.#poked = false;
    if (this.#state !== "running") return;
    for (let taken = this.#queue.take(); taken !== undefined; taken = this.#queue.take()) this.#run(taken);
    this.#setAlarm();
  }

  /**
   * Takes no more keys and waits for the running ones; those still running after `deadlineMs` are aborted.
   * @returns how many had to be aborted
   */
  async drain(deadlineMs: number): Promise<number> {
    this.#state = "stopped";
    clearTimeout(this.#timer);
    const cancel = new AbortController();
    const all = Promise.all(this.#runs);
    const late = sleep(deadlineMs, true, { signal: cancel.signal }).catch(() => false);
    const timedOut = await Promise.race([all.then(() => false), late]);
    cancel.abort();
    const aborted = timedOut ? this.#runs.size : 0;
    this.#abort.abort(new Error("stopping"));
    if (aborted > 0) await Promise.race([all, sleep(1_000)]);
    return aborted;
  }

  /** Aborts everything that runs, now, and takes no more keys. */
  abort(reason: Error): void {
    this.#state = "stopped";
    clearTimeout(this.#timer);
    this.#abort.abort(reason);
  }

  #run(taken: Taken): void {
    const abandon = (): void => {
      this.#queue.abandon(taken.key);
      this.poke();
    };
    const run = this.#work(taken, this.#abort.signal, abandon)
      .catch((error: unknown) => this.#onError(taken.key, error))
      .finally(() => {
        this.#queue.done(taken.key);
        this.#runs.delete(run);
        this.poke();
      });
    this.#runs.add(run);
  }

  #setAlarm(): void {
    const at = this.#queue.wakeAt();
    if (at === this.#alarmAt) return;
    clearTimeout(this.#timer);
    this.#alarmAt = at;
    if (at === undefined) return;
    const ring = (): void => {
      this.#alarmAt = undefined;
      this.poke();
    };
    this.#timer = setTimeout(ring, Math.min(LONGEST_TIMER_MS, Math.ceil(Math.max(0, at - this.#now()))));
    this.#timer.unref();
  }
}
