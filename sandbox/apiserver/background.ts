// The server's own chores (collecting garbage, emptying namespaces, settling CRDs): one queue, worked off
// between requests. A chore waiting in it is not queued twice; a failing one is tried again later.
import type { Log } from "./core.ts";

const firstRetryMs = 50;
const lastRetryMs = 30_000;
/** How long chores may keep requests waiting before the event loop gets a turn. */
const sliceMs = 10;

export class Background {
  readonly #log: Log;
  readonly #waiting = new Map<string, () => void>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #scheduled = false;
  #stopped = false;

  constructor(log: Log) {
    this.#log = log;
  }

  add(key: string, work: () => void): void {
    if (this.#stopped) return;
    this.#waiting.set(key, work);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#run());
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting.clear();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #run(): void {
    this.#scheduled = false;
    const until = performance.now() + sliceMs;
    for (const [key, work] of this.#waiting) {
      this.#waiting.delete(key);
      this.#attempt(key, work);
      if (performance.now() > until) break;
    }
    if (this.#waiting.size === 0 || this.#stopped || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#run());
  }

  #attempt(key: string, work: () => void): void {
    try {
      work();
      this.#failures.delete(key);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      const delay = Math.min(lastRetryMs, firstRetryMs * 2 ** (failures - 1));
      this.#log(`${key}: ${error instanceof Error ? error.message : String(error)}; again in ${delay} ms`);
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.add(key, work);
      }, delay);
      timer.unref();
      this.#timers.add(timer);
    }
  }
}
