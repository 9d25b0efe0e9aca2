// Numbered SQL files bring the schema up to date, one replica at a time. What they change stands in migrations/.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Database, Queryable, Transaction } from "./database.ts";
import { isUnavailable } from "./errors.ts";

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
  /** Oldest schema version whose runtime still works on this one (`-- compatible-from: N` in the file). */
  readonly compatibleFrom: number;
}

const FOLDER = path.join(import.meta.dirname, "migrations");

/** Number of the newest migration this runtime brings along. */
export const SCHEMA_VERSION = Math.max(0, ...fileNames(FOLDER).map((name) => Number(name.slice(0, 4))));

/** Held while migrating; any number does as long as nothing else uses it. */
export const SCHEMA_LOCK = 7_706_866;
/** How long {@link whileUnmigrated} waits for a migration under way, seconds. */
const PATIENCE_S = 300;
/**
 * Longest that a migration waits for a table: whoever comes after it waits behind it, and with them the whole site. It
 * lets them pass and tries again.
 */
const TABLE_WITHIN_MS = 1_000;
const TRY_AGAIN_MS = 500;
/** Somebody who holds a table for longer has to be found by a person. */
const TRIES = 200;

/** A schema that cannot become what this runtime needs. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
  readonly reason: "SchemaRefused" | "MigrationFailed";
  constructor(reason: MigrationError["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * Applies what is missing, each file in a transaction of its own, under an advisory lock so that replicas starting
 * together do it once. Returns the versions applied now.
 *
 * Throws when an applied file was changed since, and when the database was migrated by a newer runtime in a way this
 * one cannot work with. A newer schema that declares `-- compatible-from:` this version or older is accepted: that is
 * what lets an update roll and an image go back without a restore (docs/adr/0004).
 *
 * When `signal` is aborted, the migration under way is cancelled and leaves nothing of itself.
 *
 * A schema that is up to date is only looked at: a replica that starts does not wait for a backup (see `whileUnmigrated`).
 */
export async function migrate(db: Database, folder = FOLDER, signal?: AbortSignal): Promise<number[]> {
  const known = readMigrations(folder);
  const applied = await appliedMigrations(db);
  if (applied && !nextMigration(known, applied)) return [];
  const done: number[] = [];
  // One transaction per file: each takes the lock anew, so that a long migration does not hold finished ones open.
  for (;;) {
    const version = await patiently(
      () => db.transaction((tx) => applyNext(tx, known, signal, TABLE_WITHIN_MS), { signal }),
      signal,
    );
    if (version === undefined) return done;
    done.push(version);
  }
}

/** Again, as long as somebody holds a table that is needed. */
async function patiently<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let tries = 1; ; tries++)
    try {
      return await work();
    } catch (error) {
      // PostgreSQL, appendix A: lock_not_available.
      if ((error as { code?: unknown }).code !== "55P03" || tries === TRIES) throw error;
      await sleep(TRY_AGAIN_MS, undefined, signal ? { signal } : {});
    }
}

/**
 * Applies what is missing up to `version` in a transaction of the caller's: all of it stays, or nothing. Returns the
 * versions applied now; throws as {@link migrate} does.
 */
export async function migrateWithin(tx: Transaction, version = SCHEMA_VERSION): Promise<number[]> {
  const known = readMigrations(FOLDER).slice(0, version);
  const done: number[] = [];
  for (;;) {
    const applied = await applyNext(tx, known);
    if (applied === undefined) return done;
    done.push(applied);
  }
}

/** Takes the lock until the transaction ends and applies the first file that is missing; its version. */
async function applyNext(
  tx: Transaction,
  known: readonly Migration[],
  signal?: AbortSignal,
  tableWithinMs?: number,
): Promise<number | undefined> {
  await lockSchema(tx);
  if (tableWithinMs !== undefined) await tx.script(`SET LOCAL lock_timeout = ${tableWithinMs}`);
  await tx.script(`CREATE TABLE IF NOT EXISTS schema_migration (
    version          integer PRIMARY KEY,
    name             text NOT NULL,
    sha256           text NOT NULL,
    compatible_from  integer NOT NULL,
    applied_at       timestamptz NOT NULL DEFAULT now(),
    sql              text
  )`);
  await keepTexts(tx);
  const next = nextMigration(known, (await appliedMigrations(tx)) ?? []);
  if (!next) return undefined;
  signal?.throwIfAborted();
  await apply(tx, next);
  await tx.execute(
    "INSERT INTO schema_migration (version, name, sha256, compatible_from, sql) VALUES ($1, $2, $3, $4, $5)",
    [next.version, next.name, next.sha256, next.compatibleFrom, next.sql],
  );
  return next.version;
}

/** Databases from before have no place for the texts of migrations (see newer-migrations.ts). */
async function keepTexts(tx: Transaction): Promise<void> {
  const column = await tx.first<{ there: boolean }>(
    "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'schema_migration'::regclass AND attname = 'sql') AS there",
  );
  if (column?.there !== true)
    await tx.script("ALTER TABLE schema_migration ADD COLUMN IF NOT EXISTS sql text");
}

async function apply(tx: Transaction, { name, sql }: Migration): Promise<void> {
  try {
    await tx.script(sql);
  } catch (error) {
    // Worth another try, or cancelled.
    if (isUnavailable(error)) throw error;
    throw new MigrationError(
      "MigrationFailed",
      `migration ${name} failed and left nothing of itself: ${(error as Error).message}; go back to the release before, and report it`,
      { cause: error },
    );
  }
}

/** Keeps everybody else from migrating the database until the transaction ends. */
export async function lockSchema(tx: Transaction): Promise<void> {
  // Waiting for another replica's migration, and the migration itself, may take longer than a request may.
  await tx.script(`SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(${SCHEMA_LOCK})`);
}

/**
 * Does `work` while nobody migrates the database: what reads all of it for long would make a migration wait for its
 * tables, and behind the migration the whole site. As it is, the migration waits before it takes anything.
 */
export async function whileUnmigrated<T>(
  db: Database,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return db.transaction(
    async (tx) => {
      await tx.script(`SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
        SET LOCAL lock_timeout = '${PATIENCE_S}s'`);
      await tx.script(`SELECT pg_advisory_xact_lock_shared(${SCHEMA_LOCK})`);
      return work();
    },
    { signal },
  );
}

/**
 * Names of all that the migrations make, and `more` text of migrations: tables, views, functions and the like. Whatever else
 * is in the schema, somebody else has made.
 */
export function madeByMigrations(more: readonly string[] = []): ReadonlySet<string> {
  const made =
    /^CREATE (?:OR REPLACE )?(?:TABLE|VIEW|SEQUENCE|FUNCTION|TYPE|DOMAIN) (?:IF NOT EXISTS )?(\w+)/gm;
  const texts = [...readMigrations(FOLDER).map(({ sql }) => sql), ...more];
  const names = texts.flatMap((sql) => [...sql.matchAll(made)].map(([, name = ""]) => name));
  return new Set(["schema_migration", ...names]);
}

/** How many migrations of a newer runtime this database has. */
export async function newerCount(db: Queryable): Promise<number> {
  const applied = (await appliedMigrations(db)) ?? [];
  return applied.filter(({ version }) => version > SCHEMA_VERSION).length;
}

/** The version of the schema, whether this runtime knows it or not; `undefined` when none ever migrated this database. */
export async function schemaVersion(db: Queryable): Promise<number | undefined> {
  return (await appliedMigrations(db))?.at(-1)?.version;
}

/** Where the schema is, what this runtime would do to it, and who could work with it then. Throws as {@link migrate} does. */
export async function schemaState(db: Queryable): Promise<{
  readonly schemaVersion: number;
  readonly pending: readonly string[];
  readonly compatibleFrom: number;
}> {
  const known = readMigrations(FOLDER);
  const applied = (await appliedMigrations(db)) ?? [];
  nextMigration(known, applied);
  const pending = known.filter(({ version }) => !applied.some((row) => row.version === version));
  return {
    schemaVersion: applied.at(-1)?.version ?? 0,
    pending: pending.map(({ name }) => name),
    compatibleFrom: Math.max(
      0,
      ...applied.map((row) => row.compatible_from),
      ...pending.map((migration) => migration.compatibleFrom),
    ),
  };
}

async function appliedMigrations(db: Queryable): Promise<AppliedRow[] | undefined> {
  const found = await db.first<{ found: boolean }>(
    "SELECT to_regclass('schema_migration') IS NOT NULL AS found",
  );
  if (!found?.found) return undefined;
  return db.query<AppliedRow>(
    "SELECT version, name, sha256, compatible_from FROM schema_migration ORDER BY version",
  );
}

interface AppliedRow {
  readonly version: number;
  readonly name: string;
  readonly sha256: string;
  readonly compatible_from: number;
}

/** The first known migration that is not applied; throws when what is applied contradicts what is known. */
function nextMigration(known: readonly Migration[], applied: readonly AppliedRow[]): Migration | undefined {
  const newest = known.at(-1)?.version ?? 0;
  const byVersion = new Map(applied.map((row) => [row.version, row]));
  for (const row of applied) {
    const file = known.find((migration) => migration.version === row.version);
    if (file && file.sha256 !== row.sha256)
      throw new MigrationError(
        "SchemaRefused",
        `migration ${file.name} was changed after it had been applied (sha256 ${row.sha256.slice(0, 12)} then, ` +
          `${file.sha256.slice(0, 12)} now): restore the file and put the change into a new migration`,
      );
    if (!file && row.version > newest && row.compatible_from > newest)
      throw new MigrationError(
        "SchemaRefused",
        `the database is at schema ${row.version} (${row.name}), which needs a runtime of schema ${row.compatible_from} ` +
          `or newer; this one knows ${newest}: run a newer version, or restore a backup made before the update`,
      );
  }
  return known.find((migration) => !byVersion.has(migration.version));
}

function fileNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^[0-9]{4}_[a-z0-9_]+\.sql$/.test(name))
    .sort();
}

function readMigrations(folder: string): Migration[] {
  return fileNames(folder).map((name, index) => {
    const version = Number(name.slice(0, 4));
    if (version !== index + 1)
      throw new Error(`migration ${name} should have the number ${index + 1}: number them without gaps`);
    const sql = readFileSync(path.join(folder, name), "utf8");
    const declared = /^-- compatible-from: ([0-9]+)$/m.exec(sql)?.[1];
    return {
      version,
      name,
      sql,
      sha256: createHash("sha256").update(sql).digest("hex"),
      compatibleFrom: declared === undefined ? version : Number(declared),
    };
  });
}
