// Makes a backup: one consistent cut of a site's database, streamed to where backups lie. The manifest comes last.
import { createDatabase, type DatabaseConfig, type Transaction } from "../db/database.ts";
import { SCHEMA_VERSION, schemaVersion, whileUnmigrated } from "../db/migrate.ts";
import { newerMigrations } from "../db/newer-migrations.ts";
import { readManifest } from "./archive-read.ts";
import { compressed, contentStream, Meter } from "./archive-stream.ts";
import { type Attempt, beginAttempt, checkAttempt } from "./attempt.ts";
import { BackupError, explained } from "./backup-error.ts";
import { type Destination, DestinationError } from "./destination.types.ts";
import { encryptionTo, type Stage } from "./encryption.ts";
import { halfTime, isServed } from "./give-way.ts";
import { backupPath, manifestText, sealed } from "./manifest.ts";
import { KEYS, type Manifest, MANIFEST_FORMAT, type Part } from "./manifest.types.ts";
import { columnList, inLoadOrder, quoted, readSequences, readTables, type Table } from "./tables.ts";

export interface BackupOptions {
  readonly database: DatabaseConfig;
  readonly destination: Destination;
  /** `namespace/tenant`. */
  readonly site: string;
  readonly id: string;
  readonly origin: "schedule" | "manual";
  /** RFC 3339. */
  readonly expiresAt?: string;
  /** Public keys of age, `age1…`; not encrypted without any. */
  readonly recipients?: readonly string[];
  readonly runtimeVersion: string;
  /** The caller has the lock of the schema, and keeps it until the backup is made: nobody migrates meanwhile. */
  readonly schemaIsHeld?: boolean;
  readonly signal?: AbortSignal;
  readonly now?: () => Date;
}

/** What the transaction saw. */
type Cut = Pick<
  Manifest,
  "takenAt" | "schemaVersion" | "migrations" | "serverVersion" | "files" | "fileBytes" | "parts" | "sequences"
>;

/**
 * Writes a backup and returns its manifest; that of the complete one when there is one of this id. What a run that died
 * left under the id is removed.
 * @throws BackupError, DestinationError, or the reason of the signal
 */
export async function writeBackup(options: BackupOptions): Promise<Manifest> {
  const { destination, site, id, recipients = [], signal, now = () => new Date() } = options;
  const path = backupPath(site, id);
  const encrypt = recipients.length > 0 ? encryptionTo(recipients) : undefined;
  const complete = await completeManifest(destination, path, signal);
  if (complete) return complete;
  const database = { ...options.database, maxConnections: 2, applicationName: "provost-backup" };
  const db = createDatabase(database);
  try {
    const write = (): Promise<{ attempt: Attempt; cut: Cut }> =>
      db.transaction(
        async (tx) => {
          await tx.script(SNAPSHOT);
          // Before the first query: the transaction sees what was committed by then.
          const takenAt = now().toISOString();
          const about = await readSite(tx, database);
          const begun = { path, site, id, startedAt: takenAt };
          const attempt = await beginAttempt(destination, begun, signal);
          const pace = (await isServed(tx)) ? halfTime : asItIs;
          const content = await writeParts(tx, attempt, { encrypt, pace }, options);
          return { attempt, cut: { takenAt, ...about, ...content } };
        },
        { ...(signal && { signal }) },
      );
    const { attempt, cut } = await (options.schemaIsHeld ? write() : whileUnmigrated(db, write, signal));
    // Somebody may have given this run up for lost and made the backup in its place.
    const other = await completeManifest(destination, path, signal);
    if (other) return other;
    await checkAttempt(destination, attempt, cut.parts, signal);
    const manifest = manifestOf(cut, options, path, now());
    await destination.write(`${path}/${KEYS.manifest}`, contentStream(manifestText(manifest)), signal);
    return manifest;
  } catch (error) {
    signal?.throwIfAborted();
    throw explained(error, database);
  } finally {
    await db.close(CLOSE_WITHIN_MS);
  }
}

const CLOSE_WITHIN_MS = 1_000;

/** Runs as long as it takes: the limits of a page's queries are not for this. */
const SNAPSHOT = `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
  SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = '60s'`;

async function completeManifest(
  destination: Destination,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Manifest | undefined> {
  try {
    return await readManifest(destination, path, signal);
  } catch (error) {
    if (error instanceof DestinationError && error.reason === "NotFound") return undefined;
    throw error;
  }
}

async function readSite(
  tx: Transaction,
  { database }: DatabaseConfig,
): Promise<Pick<Cut, "schemaVersion" | "migrations" | "serverVersion" | "files" | "fileBytes">> {
  // A copy takes no knowledge of what it copies: before a rollback the schema is one of a newer runtime.
  const version = await schemaVersion(tx);
  if (version === undefined)
    throw new BackupError(
      "SchemaMismatch",
      `database ${database ?? ""} has no site in it: correct PGDATABASE, or start the site first`,
    );
  const about = await tx.first<Pick<Cut, "serverVersion" | "files" | "fileBytes">>(
    `SELECT current_setting('server_version') AS "serverVersion", count(*) AS files,
       coalesce(sum(size_bytes), 0)::bigint AS "fileBytes" FROM blob`,
  );
  const migrations = version > SCHEMA_VERSION ? await newerMigrations(tx) : [];
  return {
    schemaVersion: version,
    ...(migrations.length > 0 && { migrations }),
    ...(about as NonNullable<typeof about>),
  };
}

/** What every part passes through, beside counting and compression. */
interface Stages {
  readonly pace: Stage;
  readonly encrypt: Stage | undefined;
}
const asItIs: Stage = (source) => source;

async function writeParts(
  tx: Transaction,
  attempt: Attempt,
  stages: Stages,
  { destination, signal }: BackupOptions,
): Promise<Pick<Cut, "parts" | "sequences">> {
  const parts: Part[] = [];
  for (const [at, table] of inLoadOrder(await readTables(tx)).entries()) {
    const key = partKey(table, at, attempt, stages.encrypt !== undefined);
    parts.push(await writePart(tx, table, key, attempt, stages, destination, signal));
  }
  return { parts, sequences: await readSequences(tx) };
}

function partKey({ name }: Table, at: number, { suffix }: Attempt, encrypted: boolean): string {
  const plain = /^[a-z0-9_]+$/.test(name) ? name : `table_.${at}`;
  return `${KEYS.parts}${plain}${suffix}.copy.zst${encrypted ? ".age" : ""}`;
}

async function writePart(
  tx: Transaction,
  { name, columns }: Table,
  key: string,
  { path }: Attempt,
  { pace, encrypt = asItIs }: Stages,
  destination: Destination,
  signal: AbortSignal | undefined,
): Promise<Part> {
  const [plain, stored] = [new Meter(), new Meter()];
  const query = `SELECT ${columnList(columns)} FROM ${quoted(name)}`;
  const copy = tx.copyOut(`COPY (${query}) TO STDOUT (FORMAT binary)`);
  const content = stored.through(encrypt(compressed(plain.through(pace(copy.stream)))));
  let rows: number;
  try {
    const written = await destination.write(`${path}/${key}`, contentStream(content), signal);
    if (written !== stored.bytes)
      throw new BackupError(
        "Corrupted",
        `${path}/${key}: ${destination.text} took ${written} of ${stored.bytes} bytes: start again`,
      );
    rows = await copy.rows();
  } finally {
    // A destination that refuses at once has not read a byte, and the server would wait for somebody who does.
    copy.stream.destroy();
  }
  return {
    table: name,
    columns,
    rows,
    key,
    bytes: plain.bytes,
    sha256: plain.sha256(),
    storedBytes: stored.bytes,
    storedSha256: stored.sha256(),
  };
}

function manifestOf(
  cut: Cut,
  { site, id, origin, expiresAt, recipients = [], runtimeVersion }: BackupOptions,
  path: string,
  completedAt: Date,
): Manifest {
  const { takenAt, schemaVersion, migrations, serverVersion, files, fileBytes, parts, sequences } = cut;
  const encrypted = recipients.length > 0;
  return sealed({
    format: MANIFEST_FORMAT,
    site,
    id,
    path,
    origin,
    ...(expiresAt !== undefined && { expiresAt }),
    takenAt,
    completedAt: completedAt.toISOString(),
    runtimeVersion,
    schemaVersion,
    serverVersion,
    ...(migrations && { migrations }),
    rows: parts.reduce((total, { rows }) => total + rows, 0),
    files,
    fileBytes,
    storedBytes: parts.reduce((total, { storedBytes }) => total + storedBytes, 0),
    compression: "zstd",
    encrypted,
    ...(encrypted && { encryption: { format: "age", recipients } }),
    parts,
    sequences,
  });
}
