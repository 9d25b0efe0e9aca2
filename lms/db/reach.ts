// Waits for a database for so long and no longer.
import type { Database } from "./database.ts";

/**
 * @param onWait learns why it has to wait, once
 * @throws the reason of `signal`, or why the database could not be reached the last time
 */
export async function reach(
  db: Database,
  withinMs: number,
  { signal, onWait }: { readonly signal?: AbortSignal | undefined; onWait?(error: Error): void } = {},
): Promise<void> {
  const patience = AbortSignal.timeout(withinMs);
  let last: Error | undefined;
  try {
    await db.connect({
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
      onRetry: (error) => {
        if (last === undefined) onWait?.(error);
        last = error;
      },
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw last ?? error;
  }
}
