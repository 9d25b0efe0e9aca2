// The contract between whoever orders a migration ahead of an update (the controller's Job, a person with a shell) and
// the runtime that carries it out: environment in, one JSON result out. Neither imports the other.

/** What `provost lms migrate` is told beside libpq's variables. */
export const MIGRATE_ENVIRONMENT = {
  /** `true`: only say what would be done. */
  plan: "PROVOST_MIGRATE_PLAN",
  /** File that gets the {@link MigrateReport} (on Kubernetes the container's termination message: 4 KiB at most). */
  report: "PROVOST_MIGRATE_REPORT",
} as const;

/** Why a migration failed; each has words of its own for what to do. */
export const MIGRATE_FAILURES = [
  /** PostgreSQL does not answer, or does not let us in. */
  "DatabaseUnreachable",
  /** The schema is newer than what this runtime can work with, or a migration was changed after it had been applied. */
  "SchemaRefused",
  /** A migration failed; it left nothing of itself, those before it stay. */
  "MigrationFailed",
  /** Anything else, the end of the process included. */
  "Unexpected",
] as const;
export type MigrateFailure = (typeof MIGRATE_FAILURES)[number];

/** Where the schema is, and who can work with it. */
export interface SchemaState {
  /** Version of the runtime that says so. */
  readonly runtimeVersion: string;
  /** Number of the last migration applied; 0 in an empty database. */
  readonly schemaVersion: number;
  /** Names of the migrations that this runtime still has to apply. */
  readonly pending: readonly string[];
  /**
   * Oldest schema that a runtime must know to work with this database once nothing is pending. A runtime that knows less
   * than this stops working with the first of them: it cannot go on while they are applied, and coming back to it takes
   * the data of before.
   */
  readonly compatibleFrom: number;
}

export type MigrateReport =
  | (SchemaState & { readonly ok: true; readonly applied: readonly number[] })
  | { readonly ok: false; readonly reason: MigrateFailure; readonly message: string };
