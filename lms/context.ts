// What every part of the runtime is handed: database, site settings, sessions, log, metrics. Types only; main.ts makes it.
import type { Logger } from "pino";
import type { Accounts } from "./accounts/accounts.ts";
import type { Sessions } from "./accounts/sessions.ts";
import type { Database } from "./db/database.ts";
import type { Metrics } from "./health/metrics.ts";
import type { SiteCache } from "./site/cache.ts";
import type { Maintenance } from "./site/maintenance.ts";

export interface LmsContext {
  readonly db: Database;
  /** The site document applied last, rendered; read without waiting, fresh on every replica. */
  readonly site: SiteCache;
  /** Whether the site is being restored. */
  readonly maintenance: Maintenance;
  /** Who is signed in. */
  readonly sessions: Sessions;
  /** Sign-in and passwords. */
  readonly accounts: Accounts;
  readonly log: Logger;
  readonly metrics: Metrics;
}
