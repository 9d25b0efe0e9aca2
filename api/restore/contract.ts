// The contract between whoever orders a restore (the controller's Job) and the runtime that carries it out: environment
// in, one JSON result out. Neither imports the other. What a backup is stands in ../backup/contract.ts.
import { BACKUP_FAILURES, type BackupSummary } from "../backup/contract.ts";

/**
 * - `empty`: into an empty database; refused when it has tables. A new site begins like this.
 * - `in-place`: over what a site has, in one transaction: all of the backup is there afterwards, or all of what was
 *   there before. A safety backup of what goes is made first, in the same moment; the site shows that it is being
 *   restored meanwhile.
 * - `verify`: into an empty scratch database, on which everything that should hold is then tried.
 */
export const RESTORE_MODES = ["empty", "in-place", "verify"] as const;
export type RestoreMode = (typeof RESTORE_MODES)[number];

/** Before the name of a variable of the AWS SDK: credentials of the source alone, when the safety backup has others. */
export const SOURCE_PREFIX = "PROVOST_SOURCE_";

/**
 * What `provost lms restore` is told beside libpq's variables, which name the database to restore into. With `in-place`,
 * the variables of BACKUP_ENVIRONMENT order the safety backup (location, site, id, recipients, expiresAt; its origin is
 * `manual`).
 *
 * Credentials of S3 come in the AWS SDK's own variables; where the source has others than the safety backup, with
 * {@link SOURCE_PREFIX} before their names.
 */
export const RESTORE_ENVIRONMENT = {
  /** One of {@link RESTORE_MODES}. */
  mode: "PROVOST_RESTORE_MODE",
  /** Where the backup lies, see ../backup/location.ts. */
  location: "PROVOST_RESTORE_LOCATION",
  /** Folder of the backup below the location: `namespace/site/id`. */
  path: "PROVOST_RESTORE_PATH",
  /** `sha256:…` that the backup's manifest must have; any will do when absent. */
  digest: "PROVOST_RESTORE_DIGEST",
  /** Name of this restore; a second run with the same id finds what the first one did, and reports it. */
  id: "PROVOST_RESTORE_ID",
  /** age identities (`AGE-SECRET-KEY-1…`), one to a line, comments allowed: the text of an identity file. */
  identities: "PROVOST_RESTORE_IDENTITIES",
  /** `true`: people become strangers (names, addresses, passwords, what they wrote); see docs/guides/restores.md. */
  anonymize: "PROVOST_RESTORE_ANONYMIZE",
  /** File that gets the {@link RestoreReport} (on Kubernetes the container's termination message: 4 KiB at most). */
  report: "PROVOST_RESTORE_REPORT",
} as const;

/** Why a restore failed; each has words of its own for what to do. In every case the database is as it was before. */
export const RESTORE_FAILURES = [
  ...BACKUP_FAILURES,
  /** There is no such backup, or it is not complete. */
  "BackupNotFound",
  /** It is encrypted, and none of the identities given (perhaps none at all) can read it. */
  "WrongKey",
  /** The backup comes from a newer runtime than this one. */
  "BackupTooNew",
  /** `empty` and `verify`: the database has tables. */
  "DatabaseNotEmpty",
  /** `in-place`: what others have made depends on its tables, or others use it for too long; the message names them. */
  "DatabaseInUse",
  /** `in-place`: the safety backup failed. */
  "SafetyBackupFailed",
  /** `verify`: it was restored, and something does not hold. */
  "NotWhole",
] as const;
export type RestoreFailure = (typeof RESTORE_FAILURES)[number];

/** One thing that a drill tried. */
export interface RestoreCheck {
  /** `Rows`, `Files`, `ForeignKeys`, `Grades`, `Enrolments`, `Administrator`, `Runtime`, `SignIn`, `Pages`. */
  readonly name: string;
  readonly ok: boolean;
  /** What was found, for people: `12 of 12 tables, 48,211 rows as stored`. */
  readonly detail: string;
}

/** What was restored, and how long it took. */
export interface RestoreSummary {
  readonly id: string;
  readonly path: string;
  /** Of the backup's manifest. */
  readonly digest: string;
  /** The moment the backup was taken: what the site is now, or would be. RFC 3339. */
  readonly takenAt: string;
  readonly restoredAt: string;
  readonly rows: number;
  readonly files: number;
  /** Schema of the backup, and of the database afterwards. */
  readonly fromSchema: number;
  readonly schemaVersion: number;
  /** From the first byte read to a database that is ready; with `verify`, to the first page of the running site. */
  readonly seconds: number;
  readonly anonymized: boolean;
}

/** The one JSON object a restore leaves behind. */
export type RestoreReport =
  | {
      readonly ok: true;
      readonly restore: RestoreSummary;
      /** `in-place`: what was there before. */
      readonly safety?: BackupSummary;
      /** `verify`. */
      readonly checks?: readonly RestoreCheck[];
      /** `verify`: the backup could not be marked as verified where it lies: in words. */
      readonly markTrouble?: string;
    }
  | {
      readonly ok: false;
      readonly reason: RestoreFailure;
      readonly message: string;
      readonly safety?: BackupSummary;
      readonly checks?: readonly RestoreCheck[];
    };
