// The contract between whoever orders a backup (the controller's Job, a person with a shell) and the runtime that makes
// it: environment in, one JSON result out. Neither imports the other.

/**
 * What `provost lms backup` is told beside libpq's variables. Credentials of S3 come in the AWS SDK's own variables
 * (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), and AWS_CA_BUNDLE names the certificates to trust.
 */
export const BACKUP_ENVIRONMENT = {
  /** Where backups lie, see location.ts, e.g. `file:///backups` or `s3://bucket/prefix?endpoint=https://s3.example.org`. */
  location: "PROVOST_BACKUP_LOCATION",
  /** The site's name in the location, `namespace/tenant`. */
  site: "PROVOST_BACKUP_SITE",
  /** Name of this backup in the location; a second run with the same id finds the first one's work, and reports it. */
  id: "PROVOST_BACKUP_ID",
  /** `schedule` (kept by the retention policy) or `manual` (kept until it expires). */
  origin: "PROVOST_BACKUP_ORIGIN",
  /** RFC 3339 time after which a manual backup may be removed; kept until somebody removes it when absent. */
  expiresAt: "PROVOST_BACKUP_EXPIRES_AT",
  /** age recipients (`age1…`), with commas; not encrypted when absent. */
  recipients: "PROVOST_BACKUP_RECIPIENTS",
  /** Retention policy of scheduled backups as JSON, see {@link Retention}; nothing is removed when absent. */
  retention: "PROVOST_BACKUP_RETENTION",
  /** File that gets the {@link BackupReport} (on Kubernetes the container's termination message: 4 KiB at most). */
  report: "PROVOST_BACKUP_REPORT",
} as const;

/** How many scheduled backups are kept. A backup is kept when any of the rules keeps it. */
export interface Retention {
  /** The newest. At least 1. */
  readonly keepLast: number;
  /** The last one of each of so many days, ISO weeks, months (in `timeZone`) that have any. */
  readonly daily?: number;
  readonly weekly?: number;
  readonly monthly?: number;
  /** IANA time zone in which a day begins; UTC when absent. */
  readonly timeZone?: string;
}

/** What one complete backup is, as its manifest says. */
export interface BackupSummary {
  readonly id: string;
  /** Folder of the backup below the location, e.g. `academy/main/nightly-20261126-1a2b3c4d`. */
  readonly path: string;
  /** The moment of the cut: what was committed before is in it, what came later is not. RFC 3339. */
  readonly takenAt: string;
  readonly completedAt: string;
  readonly runtimeVersion: string;
  readonly schemaVersion: number;
  /** Rows of all tables. */
  readonly rows: number;
  /** Files among them, and their bytes. */
  readonly files: number;
  readonly fileBytes: number;
  /** Bytes as stored, compressed and perhaps encrypted. */
  readonly storedBytes: number;
  readonly encrypted: boolean;
  /** `sha256:…` of the manifest; it names every part with its own digest. */
  readonly digest: string;
}

/** Why a backup failed; each has words of its own for what to do. */
export const BACKUP_FAILURES = [
  /** PostgreSQL does not answer, refuses the credentials, or went away. */
  "DatabaseUnreachable",
  /** The bucket's server does not answer. */
  "DestinationUnreachable",
  /** The bucket, or the folder, does not exist. */
  "DestinationMissing",
  /** Credentials or permissions do not allow it. */
  "DestinationDenied",
  /** The disk is full, or a quota is used up. */
  "DestinationFull",
  /** An environment variable or a setting is wrong. */
  "InvalidSettings",
  /** What was read back is not what was written. */
  "Corrupted",
  /** The schema of the database is not one of this runtime's. */
  "SchemaMismatch",
  /** Something nobody foresaw; the message has it. */
  "Unexpected",
] as const;
export type BackupFailure = (typeof BACKUP_FAILURES)[number];

/** The one JSON object a backup run leaves behind. */
export type BackupReport =
  | {
      readonly ok: true;
      readonly backup: BackupSummary;
      /** Ids of the backups that retention removed after this one was complete; of very many the first, to fit the report. */
      readonly removed: readonly string[];
      /** Retention could not be carried out, though the backup is complete: in words. */
      readonly removalTrouble?: string;
    }
  | { readonly ok: false; readonly reason: BackupFailure; readonly message: string };
