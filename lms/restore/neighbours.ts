// Whoever else is at work in a database that is restored in place: how long the restore waits for them, who of them waits
// no longer, and how they are named.
import { setTimeout as sleep } from "node:timers/promises";
import { BackupError } from "../backup/backup-error.ts";
import { quoted } from "../backup/tables.ts";
import type { DatabaseConfig, Transaction } from "../db/database.ts";
import { lockSchema, SCHEMA_LOCK } from "../db/migrate.ts";

export interface Patience {
  /** A backup under way, or a migration: the site serves meanwhile. */
  readonly schemaMs: number;
  /** Requests under way have at most 30 s (see lms/db/database.ts): the site is closed meanwhile. */
  readonly tablesMs: number;
}

export const PATIENCE: Patience = { schemaMs: 600_000, tablesMs: 60_000 };

export interface Waiting {
  readonly database: DatabaseConfig;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits for backups, migrations and other restores, and keeps them from beginning until the transaction ends.
 *
 * It is taken once and for all: with a shared lock that is to become this one later, two restores would wait for each
 * other, and so would a migration and the safety backup.
 */
export async function claimSchema(tx: Transaction, { database, patience }: Waiting): Promise<void> {
  await tx.script(`SAVEPOINT claim; SET LOCAL lock_timeout = ${patience.schemaMs}`);
  try {
    await lockSchema(tx);
    await tx.script("RELEASE SAVEPOINT claim");
  } catch (error) {
    if (!timedOut(error)) throw error;
    await tx.script("ROLLBACK TO SAVEPOINT claim");
    const holders = await tx.query<Holder>(
      `${HOLDERS} AND l.locktype = 'advisory' AND l.objsubid = 1 AND l.classid = 0 AND l.objid = ${SCHEMA_LOCK}`,
    );
    throw inUse(
      "a backup, a migration or another restore is under way",
      database,
      patience.schemaMs,
      holders,
    );
  }
}

/** Who is writing to a table ends, who is about to waits; readers go on. */
export async function stopWriters(
  tx: Transaction,
  tables: readonly string[],
  waiting: Waiting,
): Promise<void> {
  await lockTables(tx, tables, "SHARE", waiting, async () => {});
}

/**
 * Waits until nobody uses the tables. Who waits to write is told so now, as nothing of it was acknowledged: he may have
 * read before, and then each would wait for the other.
 */
export async function takeTables(
  tx: Transaction,
  tables: readonly string[],
  waiting: Waiting,
): Promise<void> {
  await lockTables(tx, tables, "ACCESS EXCLUSIVE", waiting, async () => {
    await tx.query(
      `SELECT pg_cancel_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
       WHERE NOT l.granted AND l.mode <> 'AccessShareLock' AND a.usename = current_user AND ${ON_TABLES}`,
      [tables],
    );
  });
}

/**
 * Shorter than PostgreSQL looks for deadlocks (deadlock_timeout, 1 s): who holds one of the tables and waits for another
 * gets it when the try has failed, and nobody's transaction is broken off.
 */
const TRY_MS = 500;
const PAUSE_MS = 100;

async function lockTables(
  tx: Transaction,
  tables: readonly string[],
  mode: "SHARE" | "ACCESS EXCLUSIVE",
  { database, patience, signal }: Waiting,
  beforeTry: () => Promise<void>,
): Promise<void> {
  if (tables.length === 0) return;
  const until = performance.now() + patience.tablesMs;
  for (;;) {
    signal?.throwIfAborted();
    await beforeTry();
    await tx.script(`SAVEPOINT tables; SET LOCAL lock_timeout = ${TRY_MS}`);
    try {
      await tx.script(`LOCK TABLE ${tables.map(quoted).join(", ")} IN ${mode} MODE`);
      await tx.script(`SET LOCAL lock_timeout = ${patience.tablesMs}; RELEASE SAVEPOINT tables`);
      return;
    } catch (error) {
      if (!timedOut(error)) throw error;
    }
    await tx.script("ROLLBACK TO SAVEPOINT tables");
    if (performance.now() > until) {
      const harmless = mode === "SHARE" ? "AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')" : "";
      const holders = await tx.query<Holder>(`${HOLDERS} AND ${ON_TABLES} ${harmless}`, [tables]);
      throw inUse("its tables are in use", database, patience.tablesMs, holders);
    }
    await sleep(PAUSE_MS, undefined, signal ? { signal } : {});
  }
}

/** PostgreSQL, appendix A: lock_not_available, deadlock_detected. */
const timedOut = (error: unknown): boolean =>
  ["55P03", "40P01"].includes(String((error as { code?: unknown }).code));

const ON_TABLES = `l.locktype = 'relation' AND l.pid <> pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.relation IN (SELECT oid FROM pg_class
    WHERE relname = ANY ($1) AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()))`;

const HOLDERS = `SELECT DISTINCT l.pid, a.usename::text AS "user", a.application_name AS program, a.state,
    extract(epoch FROM clock_timestamp() - a.xact_start)::int AS seconds
  FROM pg_locks l JOIN pg_stat_activity a USING (pid)
  WHERE l.granted AND l.pid <> pg_backend_pid()
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

interface Holder {
  readonly pid: number;
  readonly user: string | null;
  readonly program: string;
  /** These two are hidden from whoever may not see what others do. */
  readonly state: string | null;
  readonly seconds: number | null;
}

function inUse(
  what: string,
  { database }: DatabaseConfig,
  waitedMs: number,
  holders: readonly Holder[],
): BackupError {
  const named = holders.map(({ pid, user, program, state, seconds }) => {
    const since = state !== null && seconds !== null ? [`${state}, ${seconds} s in its transaction`] : [];
    return `process ${pid} (${[program || "unnamed", `user ${user ?? "unknown"}`, ...since].join(", ")})`;
  });
  return new BackupError(
    "DatabaseInUse",
    `database ${database ?? ""}: ${what}, for longer than ${waitedMs / 1_000} s${
      named.length > 0 ? `: ${named.join(", ")}` : ""
    }; nothing was touched: wait until that has ended, or end it with pg_terminate_backend, then restore again`,
  );
}
