// Restores a backup into an empty database: all of it in one transaction, or nothing.
import { pipeline } from "node:stream/promises";
import { createDatabase, type DatabaseConfig, type Transaction } from "../db/database.ts";
import { lockSchema, migrateWithin, SCHEMA_VERSION } from "../db/migrate.ts";
import { applyNewer, leadTo, type NewerMigration } from "../db/newer-migrations.ts";
import { checkSizes, partContent } from "./archive-read.ts";
import { Meter } from "./archive-stream.ts";
import { BackupError, explained } from "./backup-error.ts";
import type { Destination } from "./destination.types.ts";
import { decryptionWith, type Stage } from "./encryption.ts";
import { checkManifest } from "./manifest.ts";
import type { Manifest, Part } from "./manifest.types.ts";
import { detachForeignKeys } from "./restore-keys.ts";
import { columnList, quoted, readSequences, readTables, type Table } from "./tables.ts";

export interface RestoreOptions extends LoadOptions {
  /** Without a table. */
  readonly database: DatabaseConfig;
  /** Done in the transaction that fills the database, at its end. */
  readonly within?: (tx: Transaction) => Promise<void>;
}

export interface LoadOptions {
  readonly destination: Destination;
  /** As `readManifest` gives it. */
  readonly manifest: Manifest;
  /** Secret keys of age, `AGE-SECRET-KEY-1…`, one of which opens the backup when it is encrypted. */
  readonly identities?: readonly string[];
  /** The manifest's digest was known before it was read: nobody has changed it since. */
  readonly digestIsKnown?: boolean;
  /** Read every table back, and compare it with the manifest. */
  readonly compare?: boolean;
  readonly signal?: AbortSignal;
}

export interface Loaded {
  readonly rows: number;
  /** Tables of the backup that are not the runtime's, made by somebody else in its schema. They are not restored. */
  readonly ignored: readonly string[];
}

export interface Restored extends Loaded {
  /** From the first byte to a site that can be served. */
  readonly seconds: number;
}

/**
 * Makes the schema of the backup with the runtime's own migrations, fills it, and migrates on to the runtime's schema.
 * Every row and byte is compared with the manifest before anything is committed; on any failure, and when the process
 * dies, the database is as empty as it was.
 * @throws BackupError, DestinationError, or the reason of the signal
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { signal, within } = options;
  const from = performance.now();
  const load = await loader(options);
  const database = { ...options.database, maxConnections: 1, applicationName: "provost-restore" };
  const db = createDatabase(database);
  try {
    const restored = await db.transaction(
      async (tx) => {
        await tx.script(UNHURRIED);
        // Whoever else is about to fill this database, a runtime or another restore, waits, and then sees what it has.
        await lockSchema(tx);
        await refuseTables(tx, database);
        const loaded = await load(tx);
        await within?.(tx);
        return loaded;
      },
      { ...(signal && { signal }) },
    );
    return { ...restored, seconds: (performance.now() - from) / 1_000 };
  } catch (error) {
    signal?.throwIfAborted();
    throw explained(error, database);
  } finally {
    await db.close(CLOSE_WITHIN_MS);
  }
}

const CLOSE_WITHIN_MS = 1_000;

/** For a transaction that takes as long as it takes: the limits of a page's queries are not for it. */
export const UNHURRIED = `SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
  SET LOCAL lock_timeout = '60s'`;

/**
 * Looks at a backup before anything is touched, and returns what fills a schema that has no table of the runtime's with
 * it. What others have in the schema stays. To be run in a transaction that has the lock of the schema.
 * @throws BackupError, DestinationError
 */
export async function loader(options: LoadOptions): Promise<(tx: Transaction) => Promise<Loaded>> {
  const { destination, manifest, identities = [], signal } = options;
  checkManifest(manifest, manifest.path);
  const { encryption } = manifest;
  refuseTooNew(options);
  const decrypt = encryption && (await decryptionWith(identities, encryption.recipients));
  // What is missing or cut off need not be found out in the middle.
  await checkSizes(destination, manifest, signal);
  return (tx) => fill(tx, options, decrypt);
}

/**
 * A backup of a newer schema can be restored when it has the migrations that lead there, and they are what they were when
 * somebody saw its digest: they are run, and whoever may write to a bucket need not be allowed to run anything.
 */
function refuseTooNew({ manifest, digestIsKnown = false }: LoadOptions): void {
  const { path, schemaVersion, runtimeVersion } = manifest;
  if (schemaVersion <= SCHEMA_VERSION) return;
  const what = `${path} is of schema ${schemaVersion}, and this runtime knows ${SCHEMA_VERSION}`;
  if (!leadTo(schemaVersion, notKnownHere(manifest)))
    throw new BackupError(
      "BackupTooNew",
      `${what}: restore it with version ${runtimeVersion} or newer, of a schema of at least ${schemaVersion}`,
    );
  if (!digestIsKnown)
    throw new BackupError(
      "BackupTooNew",
      `${what}: it brings along how to get there, which is run only when its digest is given: name its Backup in source.backupRef, or restore it with a release of schema ${schemaVersion}`,
    );
}

/** Whoever restores may know more than whoever made the backup. */
const notKnownHere = ({ migrations = [] }: Manifest): NewerMigration[] =>
  migrations.filter(({ version }) => version > SCHEMA_VERSION);

async function fill(
  tx: Transaction,
  { destination, manifest, compare: readBack = false, signal }: LoadOptions,
  decrypt: Stage | undefined,
): Promise<Loaded> {
  // Somebody else's, then: neither emptied nor filled.
  const others = [...(await readTables(tx)), ...(await readSequences(tx))].map(({ name }) => name);
  await migrateWithin(tx, Math.min(manifest.schemaVersion, SCHEMA_VERSION));
  await applyNewer(tx, notKnownHere(manifest));
  const tables = (await readTables(tx)).filter(({ name }) => !others.includes(name));
  const ignored = compare(tables, manifest);
  const attachForeignKeys = await detachForeignKeys(tx, others);
  // Migrations bring rows along, such as the built-in roles; the backup has them as they were.
  await tx.script(tables.map(({ name }) => `DELETE FROM ${quoted(name)}`).join(";"));
  let rows = 0;
  for (const part of manifest.parts) {
    signal?.throwIfAborted();
    const content = partContent(destination, manifest, part, decrypt, signal);
    if (ignored.includes(part.table)) for await (const _ of content);
    else rows += await load(tx, part, content, manifest);
  }
  await setSequences(tx, manifest, others);
  await attachForeignKeys(manifest);
  if (readBack)
    for (const part of manifest.parts)
      if (!ignored.includes(part.table)) await compareStored(tx, part, manifest, signal);
  await migrateWithin(tx);
  // Without statistics the first pages are planned as if every table were empty.
  for (const { name } of await readTables(tx))
    if (!others.includes(name)) await tx.script(`ANALYZE ${quoted(name)}`);
  return { rows, ignored };
}

/** Rows lie in the order in which they were loaded: what the server gives back is, byte for byte, what was backed up. */
async function compareStored(
  tx: Transaction,
  { table, columns, bytes, sha256, rows }: Part,
  { path }: Manifest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const copy = tx.copyOut(
    `COPY (SELECT ${columnList(columns)} FROM ${quoted(table)}) TO STDOUT (FORMAT binary)`,
  );
  const read = new Meter();
  try {
    for await (const _ of read.through(copy.stream)) signal?.throwIfAborted();
    const found = await copy.rows();
    if (found === rows && read.bytes === bytes && read.sha256() === sha256) return;
    throw new BackupError(
      "Corrupted",
      `${path}: table ${table} was read back with ${found} of ${rows} rows and ${read.bytes} of ${bytes} bytes, or other ones: the database did not keep what it was given; use another server`,
    );
  } finally {
    copy.stream.destroy();
  }
}

/** Whoever names the wrong database must not lose it. */
async function refuseTables(tx: Transaction, { database }: DatabaseConfig): Promise<void> {
  const found = await tx.first<{ count: number; example: string }>(
    `SELECT count(*) AS count, min(c.oid::regclass::text) AS example FROM pg_class c
     JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')`,
  );
  if (!found || found.count === 0) return;
  throw new BackupError(
    "DatabaseNotEmpty",
    `database ${database ?? ""} is not empty (${found.count} tables, ${found.example} among them) and was left as it is: restore into an empty one (createdb), and name it in PGDATABASE`,
  );
}

/** The tables of the backup that the schema does not know. @throws BackupError when the schema has something it lacks */
function compare(tables: readonly Table[], { path, schemaVersion, parts }: Manifest): string[] {
  const lacks = (what: string): BackupError =>
    new BackupError(
      "SchemaMismatch",
      `${path} does not fit schema ${schemaVersion} of this runtime: ${what}; restore it with the version that made it`,
    );
  const partOf = new Map(parts.map((part) => [part.table, part]));
  for (const { name, columns } of tables) {
    const part = partOf.get(name);
    if (!part) throw lacks(`it has no table ${name}`);
    const differing = new Set(columns).symmetricDifference(new Set(part.columns));
    if (differing.size > 0 || part.columns.length !== columns.length)
      throw lacks(`table ${name} has other columns (${[...differing].join(", ")})`);
  }
  const known = new Set(tables.map(({ name }) => name));
  return parts.map(({ table }) => table).filter((table) => !known.has(table));
}

/** Loads a part; how many rows it had. */
async function load(
  tx: Transaction,
  { table, columns, rows, key }: Part,
  content: AsyncIterable<Uint8Array>,
  { path }: Manifest,
): Promise<number> {
  const copy = tx.copyIn(`COPY ${quoted(table)} (${columnList(columns)}) FROM STDIN (FORMAT binary)`);
  const unfit = (why: string, cause?: unknown): BackupError =>
    new BackupError(
      "Corrupted",
      `${path}/${key} is not what table ${table} takes: ${why}; use another backup`,
      {
        cause,
      },
    );
  try {
    await pipeline(content, copy);
  } catch (error) {
    // PostgreSQL, appendix A: data exceptions, violated constraints, a COPY format that is none.
    if (/^(22|23|08P01)/.test(String((error as { code?: unknown }).code)))
      throw unfit((error as Error).message, error);
    throw error;
  }
  const { rowCount } = copy as typeof copy & { readonly rowCount: number };
  if (rowCount !== rows) throw unfit(`it has ${rowCount} rows instead of ${rows}`);
  return rows;
}

async function setSequences(
  tx: Transaction,
  { path, sequences }: Manifest,
  others: readonly string[],
): Promise<void> {
  const stateOf = new Map(sequences.map((sequence) => [sequence.name, sequence]));
  for (const { name } of await readSequences(tx)) {
    if (others.includes(name)) continue;
    const state = stateOf.get(name);
    if (!state)
      throw new BackupError("SchemaMismatch", `${path} has no sequence ${name}; use another backup`);
    await tx.execute("SELECT setval($1::regclass, $2::bigint, $3)", [
      quoted(name),
      state.lastValue,
      state.isCalled,
    ]);
  }
}
