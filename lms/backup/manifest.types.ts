// What is in a backup: the last object written, the first one read. A backup without a manifest is not one.
import type { BackupSummary } from "../../api/index.ts";
import type { NewerMigration } from "../db/newer-migrations.ts";

export const MANIFEST_FORMAT = "provost-backup/1";

/** Keys below the folder of one backup. */
export const KEYS = {
  /** Written first: says that we began this, so that remains of a crash can be told from other people's objects. */
  started: "started.json",
  manifest: "manifest.json",
  /** Written by who has restored it and found it whole: `Verified`. */
  verified: "verified.json",
  /** `parts/<table>.copy.zst`, after a run that died `parts/<table>.<attempt>.copy.zst`; with `.age` at its end when encrypted. */
  parts: "parts/",
} as const;

export interface Part {
  readonly table: string;
  /** In the order of the rows' columns. Generated columns are not stored, they are computed again. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** Below the folder of the backup. */
  readonly key: string;
  /** Of PostgreSQL's binary COPY format, before compression. */
  readonly bytes: number;
  readonly sha256: string;
  /** As stored. */
  readonly storedBytes: number;
  readonly storedSha256: string;
}

export interface Sequence {
  readonly name: string;
  readonly lastValue: string;
  readonly isCalled: boolean;
}

export interface Manifest extends Omit<BackupSummary, "digest"> {
  readonly format: typeof MANIFEST_FORMAT;
  /** `namespace/tenant`. */
  readonly site: string;
  readonly origin: "schedule" | "manual";
  readonly expiresAt?: string;
  readonly compression: "zstd";
  readonly encryption?: { readonly format: "age"; readonly recipients: readonly string[] };
  readonly serverVersion: string;
  /** Those that the runtime which made this backup did not know itself: it had been rolled back to. */
  readonly migrations?: readonly NewerMigration[];
  /** In an order in which they can be loaded: no table before those it refers to. */
  readonly parts: readonly Part[];
  readonly sequences: readonly Sequence[];
  /** `sha256:…` of everything else in here, as canonical JSON: a manifest that was touched says so itself. */
  readonly digest: string;
}

/** Says that a backup was restored and found whole. */
export interface Verified {
  readonly format: typeof MANIFEST_FORMAT;
  readonly id: string;
  /** Of the manifest that was verified. */
  readonly digest: string;
  readonly verifiedAt: string;
  /** How long it took to restore, seconds: the measured RTO. */
  readonly seconds: number;
}
