// Why a backup, its check or its restore fails, in words that say what to do.
import type { RestoreFailure } from "../../api/index.ts";
import type { DatabaseConfig } from "../db/database.ts";
import { isUnavailable } from "../db/errors.ts";

export class BackupError extends Error {
  readonly reason: RestoreFailure;

  constructor(reason: RestoreFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BackupError";
    this.reason = reason;
  }
}

/** What PostgreSQL's codes (appendix A of its manual) ask for. */
const REFUSALS: Readonly<Record<string, string>> = {
  "28P01": "check PGUSER and PGPASSWORD",
  "28000": "check PGUSER, PGSSLMODE and the server's pg_hba.conf",
  "3D000": "create the database, or correct PGDATABASE",
  "42501": "let PGUSER be the role that owns the site's tables",
  "55P03": "a migration of this database is under way: try again when it has ended",
};

/** An error of the database in our words; every other one as it is. */
export function explained(error: unknown, config: DatabaseConfig): unknown {
  if (!(error instanceof Error) || error instanceof BackupError) return error;
  const { code = "" } = error as { code?: string };
  const remedy =
    REFUSALS[code] ??
    (isUnavailable(error) ? "check PGHOST and PGPORT, and that the server runs, then try again" : undefined);
  if (remedy === undefined) return error;
  const { host, port, database, user } = config;
  const where = `database ${database ?? ""} at ${host ?? "localhost"}:${port ?? 5432}, user ${user ?? ""}`;
  return new BackupError("DatabaseUnreachable", `${where}: ${wordsOf(error)}; ${remedy}`, { cause: error });
}

/** An AggregateError (one host, several addresses) has an empty message of its own. */
function wordsOf(error: Error): string {
  const told = error instanceof AggregateError ? (error.errors[0] as Error) : error;
  return told.message;
}
