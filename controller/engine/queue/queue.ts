// A keyed work queue: decides which key runs next and when. Pure but for the injected clock; running is workers.ts.
//
// Promises: a key is in the queue at most once; it never runs twice at once; a key added while it runs, runs once
// more; the most urgent reason wins; groups take fair turns and no group can hold all workers.
import { Delays } from "./delays.ts";
import { moreUrgent, type Priority } from "./priority.ts";
import { Ready } from "./ready.ts";

const FIRST_BACKOFF_MS = 5;
const LONGEST_BACKOFF_MS = 1_000_000;

export interface QueueOptions {
  /** Keys that may run at once. */
  readonly concurrency: number;
  /** Keys with the same group share one fair turn. */
  readonly groupOf: (key: string) => string;
  /** Monotonic, milliseconds. */
  readonly now: () => number;
  /** In [0, 1): jitter of backoff (up to +10 %). Default: none. */
  readonly random?: () => number;
  readonly observer?: QueueObserver;
}

/** For metrics. */
export interface QueueObserver {
  added?(): void;
  retried?(): void;
  taken?(waitedMs: number): void;
  finished?(workedMs: number): void;
}

/** A key that is to run now. Call `done` when it has. */
export interface Taken {
  readonly key: string;
  readonly priority: Priority;
  /** Failures in a row before this run. */
  readonly failures: number;
}

interface Running {
  readonly group: string;
  readonly since: number;
  /** Added again meanwhile. */
  again: Priority | undefined;
  /** Does not end although it was told to: it holds its key, and no worker any more. */
  abandoned: boolean;
}

/** See the promises above. */
export class KeyQueue {
  readonly #options: QueueOptions;
  readonly #ready = new Ready();
  readonly #readySince = new Map<string, number>();
  readonly #delays = new Delays();
  readonly #delayedPriority = new Map<string, Priority>();
  readonly #running = new Map<string, Running>();
  readonly #runningOfGroup = new Map<string, number>();
  #abandoned = 0;
  readonly #failures = new Map<string, number>();
  /** With other groups around, one group must leave a quarter of the workers (at least one) to them. */
  readonly #groupLimit: number;

  constructor(options: QueueOptions) {
    const { concurrency } = options;
    if (!Number.isInteger(concurrency) || concurrency < 1)
      throw new RangeError(`concurrency must be a whole number of at least 1, got ${concurrency}`);
    this.#options = options;
    this.#groupLimit = Math.max(1, concurrency - Math.max(1, Math.floor(concurrency / 4)));
  }

  /** Keys ready to run. */
  get depth(): number {
    return this.#ready.size;
  }
  /** Keys running now. */
  get running(): number {
    return this.#running.size;
  }
  /** Keys waiting for their time. */
  get delayed(): number {
    return this.#delays.size;
  }
  /** Whether the key runs now. */
  isRunning(key: string): boolean {
    return this.#running.has(key);
  }
  /** Since when each running key runs, on the injected clock. */
  runningSince(): number[] {
    return [...this.#running.values()].map((run) => run.since);
  }

  /** Run the key as soon as possible. */
  add(key: string, priority: Priority = "change"): void {
    const running = this.#running.get(key);
    if (running !== undefined) {
      if (running.again === undefined) this.#options.observer?.added?.();
      running.again = running.again === undefined ? priority : moreUrgent(running.again, priority);
      return;
    }
    if (this.#ready.add(key, this.#options.groupOf(key), priority)) {
      this.#readySince.set(key, this.#options.now());
      this.#options.observer?.added?.();
    }
  }

  /** Run the key in `delayMs` at the latest. Any run of the key in between makes this void. */
  addAfter(key: string, delayMs: number, priority: Priority = "change"): void {
    if (delayMs <= 0) {
      this.add(key, priority);
      return;
    }
    if (this.#delays.add(key, this.#options.now() + delayMs)) this.#delayedPriority.set(key, priority);
  }

  /**
   * The run failed: run again after 5 ms, 10 ms, ... 1000 s, and not before `atLeastMs` (of which 1000 s
   * count).
   * @returns the delay in milliseconds
   */
  retry(key: string, priority: Priority = "change", atLeastMs = 0): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const base = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 30));
    const delayMs = Math.min(
      LONGEST_BACKOFF_MS,
      Math.max(atLeastMs, base * (1 + 0.1 * (this.#options.random?.() ?? 0))),
    );
    this.#options.observer?.retried?.();
    this.addAfter(key, delayMs, priority);
    return delayMs;
  }

  /** The run succeeded (or its failure is final): the next failure starts the backoff anew. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The object is gone: nothing of the key waits any more. A running one finishes. */
  remove(key: string): void {
    this.forget(key);
    this.#ready.delete(key);
    this.#readySince.delete(key);
    this.#dropDelay(key);
    const running = this.#running.get(key);
    if (running !== undefined) running.again = undefined;
  }

  /** The next key to run, if a worker is free and a key is ready. */
  take(): Taken | undefined {
    this.#promoteDue();
    if (this.#running.size - this.#abandoned >= this.#options.concurrency) return undefined;
    const taken = this.#ready.take((group) => this.#runningOfGroup.get(group) ?? 0, this.#groupLimit);
    if (taken === undefined) return undefined;
    const { key, group, priority } = taken;
    const now = this.#options.now();
    // This run looks at everything: what was scheduled for later is for the run to decide again.
    this.#dropDelay(key);
    this.#running.set(key, { group, since: now, again: undefined, abandoned: false });
    this.#runningOfGroup.set(group, (this.#runningOfGroup.get(group) ?? 0) + 1);
    this.#options.observer?.taken?.(now - (this.#readySince.get(key) ?? now));
    this.#readySince.delete(key);
    return { key, priority, failures: this.#failures.get(key) ?? 0 };
  }

  /** The run of a taken key has ended, however. */
  done(key: string): void {
    const run = this.#running.get(key);
    if (run === undefined) return;
    this.#running.delete(key);
    if (run.abandoned) this.#abandoned--;
    else this.#leaveGroup(run.group);
    this.#options.observer?.finished?.(this.#options.now() - run.since);
    if (run.again === undefined) return;
    this.#ready.add(key, run.group, run.again);
    this.#readySince.set(key, this.#options.now());
  }

  /** The run of a taken key does not end: others may have its worker. The key stays taken until `done`. */
  abandon(key: string): void {
    const run = this.#running.get(key);
    if (run === undefined || run.abandoned) return;
    run.abandoned = true;
    this.#abandoned++;
    this.#leaveGroup(run.group);
  }

  /** When `take` may have a key that it has not now: the earliest delayed time on the injected clock. */
  wakeAt(): number | undefined {
    return this.#delays.earliest();
  }

  #leaveGroup(group: string): void {
    const left = (this.#runningOfGroup.get(group) ?? 1) - 1;
    if (left === 0) this.#runningOfGroup.delete(group);
    else this.#runningOfGroup.set(group, left);
  }

  #promoteDue(): void {
    const now = this.#options.now();
    for (let key = this.#delays.due(now); key !== undefined; key = this.#delays.due(now)) {
      const priority = this.#delayedPriority.get(key) ?? "change";
      this.#delayedPriority.delete(key);
      this.add(key, priority);
    }
  }

  #dropDelay(key: string): void {
    this.#delays.delete(key);
    this.#delayedPriority.delete(key);
  }
}
