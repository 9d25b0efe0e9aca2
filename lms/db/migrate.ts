// Numbered SQL files bring the schema up to date, one replica at a time. What they change stands in migrations/.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Database } from "./database.ts";

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
const ADVISORY_LOCK = 7_706_866;

/**
 * Applies what is missing, each file in a transaction of its own, under an advisory lock so that replicas starting
 * together do it once. Returns the versions applied now.
 *
 * Throws when an applied file was changed since, and when the database was migrated by a newer runtime in a way this
 * one cannot work with. A newer schema that declares `-- compatible-from:` this version or older is accepted: that is
 * what lets an update roll and an image go back without a restore (docs/adr/0004).
 *
 * When `signal` is aborted, the migration under way is cancelled and leaves nothing of itself.
 */
export async function migrate(db: Database, folder = FOLDER, signal?: AbortSignal): Promise<number[]> {
  const known = readMigrations(folder);
  const done: number[] = [];
  const options = { signal };
  // One transaction per file: each takes the lock anew, so that a long migration does not hold finished ones open.
  for (;;) {
    const applied = await db.transaction(async (tx) => {
      // Waiting for another replica's migration, and the migration itself, may take longer than a request may.
      await tx.script(`SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`);
      await tx.script(`CREATE TABLE IF NOT EXISTS schema_migration (
        version          integer PRIMARY KEY,
        name             text NOT NULL,
        sha256           text NOT NULL,
        compatible_from  integer NOT NULL,
        applied_at       timestamptz NOT NULL DEFAULT now()
      )`);
      const rows = await tx.query<AppliedRow>(
        "SELECT version, name, sha256, compatible_from FROM schema_migration ORDER BY version",
      );
      const next = nextMigration(known, rows);
      if (!next) return undefined;
      signal?.throwIfAborted();
      await tx.script(next.sql);
      await tx.execute(
        "INSERT INTO schema_migration (version, name, sha256, compatible_from) VALUES ($1, $2, $3, $4)",
        [next.version, next.name, next.sha256, next.compatibleFrom],
      );
      return next.version;
    }, options);
    if (applied === undefined) return done;
    done.push(applied);
  }
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
      throw new Error(
        `migration ${file.name} was changed after it had been applied (sha256 ${row.sha256.slice(0, 12)} then, ` +
          `${file.sha256.slice(0, 12)} now): restore the file and put the change into a new migration`,
      );
    if (!file && row.version > newest && row.compatible_from > newest)
      throw new Error(
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
