// Wiring of the runtime: configuration, database, migrations, two listeners, jobs, and how all of it stops.
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import path from "node:path";
import type { FastifyInstance } from "fastify";
import { destination, type Logger, pino } from "pino";
import { createAccounts } from "./accounts/accounts.ts";
import { createSessions } from "./accounts/sessions.ts";
import { createAdminServer } from "./admin/server.ts";
import { tokenCheck } from "./admin/tokens.ts";
import { configFromEnv } from "./config.ts";
import type { LmsContext } from "./context.ts";
import {
  createDatabase,
  type Database,
  isUnavailable,
  migrate,
  SCHEMA_VERSION,
  unlessAborted,
} from "./db/index.ts";
import { type Drain, drainable } from "./health/drain.ts";
import { createMetrics, type Metrics } from "./health/metrics.ts";
import { probe } from "./health/probe.ts";
import { createReadiness, type Readiness } from "./health/readiness.ts";
import { type Jobs, startJobs } from "./jobs/schedule.ts";
import { createSiteCache, type SiteCache } from "./site/cache.ts";
import { createMaintenance, type Maintenance } from "./site/maintenance.ts";
import { createSiteServer } from "./site/server.ts";
import { registerSite } from "./web/index.ts";

export interface Lms {
  /** Ports in use. */
  readonly httpPort: number;
  readonly adminPort: number;
  readonly context: LmsContext;
  readonly jobs: Jobs;
  /** Takes no more requests, finishes those in flight (10 s at most), closes the database. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Aborted: the start-up is given up at once, whatever it waits for; a migration under way is undone. */
  readonly signal?: AbortSignal;
  readonly log?: Logger;
}

/** How long requests in flight may take when the runtime stops. */
const STOP_WITHIN_MS = 10_000;
/** A start-up that is given up has probes to answer and connections to end, nothing that anybody waits for. */
const GIVE_UP_WITHIN_MS = 500;

/** Version of the runtime: package.json's. */
export const VERSION = (
  JSON.parse(readFileSync(path.join(import.meta.dirname, "../package.json"), "utf8")) as { version: string }
).version;

/**
 * Starts the runtime and resolves when it serves. The admin listener answers probes from the first moment; the site
 * opens when the database is reached and migrated, however long that takes.
 */
export async function startLms(env: NodeJS.ProcessEnv, options: StartOptions = {}): Promise<Lms> {
  const config = configFromEnv(env);
  const log = options.log ?? createLog(config.logLevel);
  const db = createDatabase(config.database, (error) =>
    log.warn({ reason: reasonOf(error) }, "a database connection was lost"),
  );
  const metrics = createMetrics(db);
  const readiness = createReadiness(db);
  let context: LmsContext | undefined;
  let sitePort = config.httpPort;
  const admin = createAdminServer({
    authenticate: tokenCheck(config.adminTokenDir),
    readiness,
    metrics,
    log,
    version: VERSION,
    deps: () =>
      context && {
        ...context,
        probe: () => probe(context as LmsContext, { host: config.host, port: sitePort }),
      },
  });
  const drainAdmin = drainable(admin);
  try {
    await admin.listen({ host: config.host, port: config.adminPort });
    log.info({ adminPort: portOf(admin) }, "starting");
    context = await createContext({ db, metrics, readiness, log, signal: options.signal });
    const site = createSiteServer(context);
    const drainSite = drainable(site);
    registerSite(site, context);
    await site.listen({ host: config.host, port: config.httpPort });
    sitePort = portOf(site);
    const jobs = startJobs(context);
    readiness.set(undefined);
    const { lingerMs } = config;
    const lms = running({ context, site, admin, jobs, readiness, drainSite, drainAdmin, lingerMs });
    log.info({ httpPort: lms.httpPort, adminPort: lms.adminPort }, "the site is open");
    return lms;
  } catch (error) {
    await Promise.allSettled([drainAdmin.end(GIVE_UP_WITHIN_MS), db.close(GIVE_UP_WITHIN_MS)]);
    throw error;
  }
}

function createLog(level: string): Logger {
  return pino(
    {
      level,
      base: { version: VERSION },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Nothing logs these on purpose; if an error carries one along, it stays out.
      redact: {
        paths: ["*.password", "*.token", "*.authorization", "*.cookie", "err.parameters"],
        remove: true,
      },
    },
    destination({ dest: 1, sync: true }),
  );
}

interface Basis {
  readonly db: Database;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly log: Logger;
  readonly signal: AbortSignal | undefined;
}

/** Waits until `work` is done that needs the database; gives up only on what waiting cannot mend. */
async function untilDone<T>({ db, readiness, log, signal }: Basis, work: () => Promise<T>): Promise<T> {
  let told = 0;
  const onRetry = (error: Error): void => {
    readiness.set(`waiting for the database: ${reasonOf(error)}`);
    // The pauses grow to 5 s; a line every half minute is enough.
    if (Date.now() - told > 30_000) {
      told = Date.now();
      log.warn({ reason: reasonOf(error) }, "waiting for the database");
    }
  };
  for (;;) {
    await db.connect({ ...(signal && { signal }), onRetry });
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (!isUnavailable(error)) throw error;
      onRetry(error as Error);
    }
  }
}

async function migrateDatabase({ db, log }: Basis, signal?: AbortSignal): Promise<void> {
  const applied = await migrate(db, undefined, signal);
  if (applied.length > 0) log.info({ applied, schemaVersion: SCHEMA_VERSION }, "the database is migrated");
}

/** An AggregateError (one host, several addresses) has an empty message of its own. */
const reasonOf = (error: Error): string =>
  error.message || (error instanceof AggregateError ? String(error.errors[0]) : error.name);

/**
 * What the site's parts share, when the database is reached and migrated. While the site is being restored nobody waits
 * for its tables: this replica, too, says so to visitors, and migrates when it is over.
 */
async function createContext(basis: Basis): Promise<LmsContext> {
  const { db, metrics, readiness, log, signal } = basis;
  let maintenance: Maintenance | undefined;
  let site: SiteCache | undefined;
  let unfit: string | undefined;
  const readAnew = async (): Promise<void> => {
    try {
      // The restore may have been one of another release.
      await migrateDatabase(basis);
      await site?.refresh();
      if (unfit !== undefined && readiness.reason() === unfit) readiness.set(undefined);
    } catch (error) {
      if (!isUnavailable(error)) readiness.set((unfit = `after a restore: ${(error as Error).message}`));
      throw error;
    }
  };
  const parts = await untilDone(basis, async () => {
    maintenance ??= await unlessAborted(
      createMaintenance(
        db,
        (error) => log.error({ err: error }, "whether the site is being restored was not found out"),
        readAnew,
      ),
      signal,
    );
    const underWay = maintenance.underWay();
    if (!underWay) {
      readiness.set("migrating the database");
      await migrateDatabase(basis, signal);
    }
    site = await unlessAborted(
      createSiteCache(
        db,
        (error) => log.error({ err: error }, "the site's settings were not read"),
        underWay,
      ),
      signal,
    );
    return { maintenance, site };
  });
  const tell = (underWay: boolean): void =>
    log.warn(underWay ? "the site is being restored" : "the site is open again");
  if (parts.maintenance.underWay()) tell(true);
  parts.maintenance.onChange(tell);
  const sessions = createSessions(db, parts.site);
  return { db, ...parts, sessions, accounts: createAccounts(db, sessions, metrics), log, metrics };
}

const portOf = (app: FastifyInstance): number => (app.server.address() as AddressInfo).port;

interface Parts {
  readonly context: LmsContext;
  readonly site: FastifyInstance;
  readonly admin: FastifyInstance;
  readonly jobs: Jobs;
  readonly readiness: Readiness;
  readonly drainSite: Drain;
  readonly drainAdmin: Drain;
  readonly lingerMs: number;
}

function running(parts: Parts): Lms {
  const { context, site, admin, jobs, readiness, drainSite, drainAdmin, lingerMs } = parts;
  let stopping: Promise<void> | undefined;

  async function stop(): Promise<void> {
    readiness.set("the runtime is stopping");
    // Whoever has not heard of it yet is still answered.
    drainSite.announce();
    await sleep(lingerMs);
    context.maintenance.stop();
    // Probes are answered to the last.
    // A job that takes longer ends with its connection: what it had committed stays, the rest waits for its next time.
    const jobsEnd = unlessAborted(jobs.stop(), AbortSignal.timeout(STOP_WITHIN_MS)).catch(() =>
      context.log.warn("a job is cut short"),
    );
    await Promise.all([drainSite.end(STOP_WITHIN_MS), jobsEnd]);
    await drainAdmin.end(STOP_WITHIN_MS);
    await context.db.close();
  }
  return {
    httpPort: portOf(site),
    adminPort: portOf(admin),
    context,
    jobs,
    stop: () => (stopping ??= stop()),
  };
}

/** Runs the runtime as a process: until a signal asks it to stop, or until something happens that nobody expected. */
export async function runLms(env: NodeJS.ProcessEnv): Promise<void> {
  let log = createLog("info");
  const die = (error: unknown, what: string): never => {
    log.fatal({ err: error }, what);
    process.exit(1);
  };
  process.on("uncaughtException", (error) => die(error, "an error nobody handled: the runtime ends"));
  process.on("unhandledRejection", (error) => die(error, "a rejection nobody handled: the runtime ends"));
  const asked = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      if (asked.signal.aborted) return;
      log.info({ signal }, "stopping");
      asked.abort();
    });
  try {
    log = createLog(configFromEnv(env).logLevel);
    const lms = await startLms(env, { signal: asked.signal, log });
    if (!asked.signal.aborted)
      await new Promise((resolve) => asked.signal.addEventListener("abort", resolve, { once: true }));
    await lms.stop();
    log.info("stopped");
  } catch (error) {
    if (!asked.signal.aborted) die(error, (error as Error).message);
  }
  process.exit(0);
}

if (import.meta.main) await runLms(process.env);
