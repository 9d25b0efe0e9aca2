// People who can sign in, on a database of its own, for tests.
import type { Database } from "../db/index.ts";
import { createTestDatabase } from "../db/testing.ts";
import { createMetrics, type Metrics } from "../health/metrics.ts";
import { createMaintenance, type Maintenance } from "../site/maintenance.ts";
import { createSiteCache, DEFAULT_SITE, type SiteCache } from "../site/cache.ts";
import { type Accounts, createAccounts } from "./accounts.ts";
import { hashPassword } from "./passwords.ts";
import { createSessions, type Sessions } from "./sessions.ts";

export interface People {
  readonly db: Database;
  readonly site: SiteCache;
  readonly maintenance: Maintenance;
  readonly sessions: Sessions;
  readonly accounts: Accounts;
  readonly metrics: Metrics;
  /** An account with this password; its id. */
  add(name: string, password: string): Promise<number>;
  /** Sets the limits of sessions. */
  limit(access: { readonly sessionIdleMinutes: number; readonly sessionMaxHours: number }): Promise<void>;
  close(): Promise<void>;
}

export async function createPeople(): Promise<People> {
  const test = await createTestDatabase();
  const { db } = test;
  const site = await createSiteCache(db, () => {});
  const maintenance = await createMaintenance(db, () => {});
  const sessions = createSessions(db, site);
  const metrics = createMetrics(db);
  return {
    db,
    site,
    maintenance,
    sessions,
    accounts: createAccounts(db, sessions, metrics),
    metrics,
    async add(name, password) {
      const row = await db.first<{ id: number }>(
        "INSERT INTO account (name, email, display_name, password_hash) VALUES ($1, $2, $1, $3) RETURNING id",
        [name, `${name}@example.org`, await hashPassword(password)],
      );
      return row?.id ?? 0;
    },
    async limit(access) {
      const document = { ...DEFAULT_SITE.document, access: { catalog: "Public", ...access } };
      await db.execute(
        "INSERT INTO site (document) VALUES ($1) ON CONFLICT (one) DO UPDATE SET document = excluded.document, updated_at = clock_timestamp()",
        [JSON.stringify(document)],
      );
      await site.refresh();
    },
    close: () => test.close(),
  };
}
