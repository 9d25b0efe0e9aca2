// The queue behind every controller of the sandbox: each key at most once, errors retried with backoff.
// Reconcilers are synchronous, because the cluster is; what they decide lives in their own files.
import { ApiError } from "../apiserver/status.ts";

/** Where the sandbox writes its own log lines. */
export type Log = (line: string) => void;

/** Handles one key; returns after how many milliseconds it wants to be asked again, if at all. */
export type Reconcile = (key: string) => number | undefined;

export interface Loop {
  add(key: string): void;
  addAfter(key: string, delayMs: number): void;
  stop(): void;
}

const firstRetryMs = 10;
const longestRetryMs = 30_000;
/** Node's timers overflow beyond 2^31-1 ms and would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Starts a loop; keys are handled on a later turn of the event loop, in the order they were added. */
export function startLoop(name: string, reconcile: Reconcile, log: Log): Loop {
  const queued = new Set<string>();
  const timers = new Map<string, NodeJS.Timeout>();
  const failures = new Map<string, number>();
  let scheduled: NodeJS.Immediate | undefined;
  let stopped = false;

  const schedule = (): void => {
    if (scheduled === undefined && !stopped) scheduled = setImmediate(drain);
  };

  const add = (key: string): void => {
    queued.add(key);
    schedule();
  };

  const addAfter = (key: string, delayMs: number): void => {
    if (stopped) return;
    clearTimeout(timers.get(key));
    const timer = setTimeout(
      () => {
        timers.delete(key);
        add(key);
      },
      Math.min(Math.max(delayMs, 1), longestTimerMs),
    );
    timers.set(key, timer);
  };

  const handle = (key: string): void => {
    try {
      const again = reconcile(key);
      failures.delete(key);
      if (again !== undefined) addAfter(key, again);
    } catch (error) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      addAfter(key, Math.min(firstRetryMs * 2 ** count, longestRetryMs));
      // A conflict or a vanished object means somebody else was quicker; the next look will see it.
      const expected = error instanceof ApiError && (error.code === 409 || error.code === 404);
      if (!expected || count > 5) log(`${name} ${key}: ${error instanceof Error ? error.message : error}`);
    }
  };

  function drain(): void {
    scheduled = undefined;
    if (stopped) return;
    const batch = [...queued];
    queued.clear();
    for (const key of batch) handle(key);
  }

  return {
    add,
    addAfter,
    stop() {
      stopped = true;
      clearImmediate(scheduled);
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
