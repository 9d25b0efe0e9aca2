// Migrates a site's database ahead of the runtime that needs it, or says what that would do.
import type { Logger } from "pino";
import type { MigrateReport, SchemaState } from "../../api/index.ts";
import { BackupError, explained } from "../backup/backup-error.ts";
import { messageOf } from "../backup/run.ts";
import { createDatabase, type DatabaseConfig } from "../db/database.ts";
import { databaseConfigFromEnv } from "../db/environment.ts";
import { reach } from "../db/reach.ts";
import { migrate, MigrationError, schemaState } from "../db/migrate.ts";

export interface MigrateOptions {
  readonly log: Logger;
  /** Version of this runtime. */
  readonly version: string;
  readonly plan: boolean;
  readonly signal?: AbortSignal;
}

/** A database of its own may be starting just now. */
const DATABASE_WITHIN_MS = 60_000;

/** Never rejects: whatever happens is in the report. */
export async function runMigrate(env: NodeJS.ProcessEnv, options: MigrateOptions): Promise<MigrateReport> {
  const { log, version, plan, signal } = options;
  let config: DatabaseConfig;
  try {
    config = { ...databaseConfigFromEnv(env), maxConnections: 2, applicationName: "provost-migrate" };
  } catch (error) {
    return migrateFailure(error, signal);
  }
  const db = createDatabase(config);
  try {
    await reach(db, DATABASE_WITHIN_MS, { signal });
    const applied = plan ? [] : await migrate(db, undefined, signal);
    const state: SchemaState = { runtimeVersion: version, ...(await schemaState(db)) };
    log.info({ ...state, applied }, plan ? "this is to be done" : "the database is migrated");
    return { ok: true, ...state, applied };
  } catch (error) {
    return migrateFailure(explained(error, config), signal);
  } finally {
    await db.close(1_000);
  }
}

/** The report of a run that failed. */
export function migrateFailure(error: unknown, signal: AbortSignal | undefined): MigrateReport {
  if (signal?.aborted)
    return {
      ok: false,
      reason: "Unexpected",
      message: `the migration was stopped (${messageOf(signal.reason)}); the one under way left nothing of itself: start it again`,
    };
  if (error instanceof MigrationError) return { ok: false, reason: error.reason, message: error.message };
  const unreachable = error instanceof BackupError && error.reason === "DatabaseUnreachable";
  return {
    ok: false,
    reason: unreachable ? "DatabaseUnreachable" : "Unexpected",
    message: messageOf(error),
  };
}
