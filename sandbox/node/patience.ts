// Waiting for something that may never come: up to a limit.
import { setTimeout as sleep } from "node:timers/promises";

/** Whether `work` settles within `ms`; what becomes of it later is nobody's concern any more. */
export async function settlesWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const enough = new AbortController();
  const late = sleep(ms, false, { signal: enough.signal }).catch(() => false);
  const settled = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    enough.abort();
  }
}
