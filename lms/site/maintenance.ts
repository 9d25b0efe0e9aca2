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

/**
 * Follows the table until it is stopped; before the migrations have made it, nothing is under way. `beforeOpen` is done
 * before anybody learns that a restore has ended, and tried again when it fails: what is in memory is of the site as it was.
 */
export async function createMaintenance(
  db: Database,
  onError: (error: Error) => void,
  beforeOpen: () => Promise<void> = async () => {},
): Promise<Maintenance> {
  let underWay = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const subscribers: ((underWay: boolean) => void)[] = [];

  async function look(): Promise<void> {
    clearTimeout(timer);
    try {
      const now = await announced(db);
      if (!now && underWay) await beforeOpen();
      if (now !== underWay) {
        underWay = now;
        for (const changed of subscribers) changed(now);
      }
    } finally {
      clearTimeout(timer);
      if (underWay && !stopped) timer = setTimeout(lookAgain, LOOK_AGAIN_MS).unref();
    }
  }

  let looking: Promise<unknown> = Promise.resolve();
  /** One after the other: an answer that comes late must not undo a newer one. */
  function refresh(): Promise<void> {
    const next = looking.then(look);
    looking = next.catch(() => {});
    return next;
  }

  const lookAgain = (): void =>
    void refresh().catch((error: unknown) => {
      if (!stopped) onError(error as Error);
    });

  await refresh();
  db.listener.on("maintenance_changed", lookAgain);
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

async function announced(db: Database): Promise<boolean> {
  const table = await db.first<{ there: boolean }>("SELECT to_regclass('maintenance') IS NOT NULL AS there");
  if (table?.there !== true) return false;
  const row = await db.first<{ now: boolean }>(
    "SELECT EXISTS (SELECT FROM maintenance WHERE expires_at > now()) AS now",
  );
  return row?.now === true;
}
