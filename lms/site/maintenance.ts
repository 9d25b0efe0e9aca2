// Whether the site is being restored: everybody has to know at once, and nobody may ask the database for every page.
import type { Database } from "../db/index.ts";

export interface Maintenance {
  /** Whether a restore is under way: nothing may be read or written meanwhile. */
  underWay(): boolean;
  /** Called after it has begun or ended. */
  onChange(changed: (underWay: boolean) => void): void;
  /** Reads it anew; for tests. */
  refresh(): Promise<void>;
  /** Looks no more. */
  stop(): void;
}

/** While it lasts the table is looked at this often: whoever restores may die without a word. */
const LOOK_AGAIN_MS = 2_000;

/** Follows the table until it is stopped. Call once migrations are done. */
export async function createMaintenance(db: Database, onError: (error: Error) => void): Promise<Maintenance> {
  let underWay = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const subscribers: ((underWay: boolean) => void)[] = [];

  async function refresh(): Promise<void> {
    clearTimeout(timer);
    try {
      const row = await db.first<{ now: boolean }>(
        "SELECT EXISTS (SELECT FROM maintenance WHERE expires_at > now()) AS now",
      );
      const now = row?.now === true;
      if (now !== underWay) {
        underWay = now;
        for (const changed of subscribers) changed(now);
      }
    } finally {
      clearTimeout(timer);
      if (underWay && !stopped) timer = setTimeout(look, LOOK_AGAIN_MS).unref();
    }
  }

  const look = (): void =>
    void refresh().catch((error: unknown) => {
      if (!stopped) onError(error as Error);
    });

  db.listener.on("maintenance_changed", look);
  await refresh();
  return {
    underWay: () => underWay,
    onChange: (changed) => void subscribers.push(changed),
    refresh,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
