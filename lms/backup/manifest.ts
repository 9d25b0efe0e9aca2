// The manifest of a backup as a file: what it says of itself must hold before anything else in it is believed.
import { digestOf } from "../../api/index.ts";
import { BackupError } from "./backup-error.ts";
import { KEYS, type Manifest, MANIFEST_FORMAT, type Part } from "./manifest.types.ts";

/** Folder of a backup below its location. */
export function backupPath(site: string, id: string): string {
  const path = `${site}/${id}`;
  if (PATH.test(path)) return path;
  throw new BackupError(
    "InvalidSettings",
    `"${path}" is not namespace/site/id: give lower case letters, digits, dots and inner hyphens`,
  );
}

/** Names of Kubernetes: none begins with a dot, so none leads out of the location. */
const PATH = /^[a-z0-9][a-z0-9.-]*\/[a-z0-9][a-z0-9.-]*\/[a-z0-9][a-z0-9.-]*$/;

/** Signs a manifest with its digest. */
export function sealed(manifest: Omit<Manifest, "digest">): Manifest {
  return { ...manifest, digest: digestOf(manifest) };
}

/** The manifest as it is stored. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 1)}\n`;
}

/**
 * Reads a stored manifest.
 * @throws BackupError `Corrupted` when a byte of it is not as it was written, or it is not that of the backup at `path`
 */
export function parseManifest(text: string, path: string): Manifest {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (error) {
    throw corrupted(path, `it is not JSON, or not all of it (${(error as Error).message})`);
  }
  checkManifest(manifest, path);
  // What the digest does not cover: a byte between the values, a member that comes twice.
  if (text !== manifestText(manifest)) throw corrupted(path, "it was written anew by another program");
  return manifest;
}

/** @throws BackupError `Corrupted` */
export function checkManifest(value: unknown, path: string): asserts value is Manifest {
  const given = (value ?? {}) as Partial<Manifest>;
  if (given.format !== MANIFEST_FORMAT)
    throw corrupted(path, `its format is ${JSON.stringify(given.format)}, and not ${MANIFEST_FORMAT}`);
  const { digest, ...rest } = given;
  const actual = digestOf(rest);
  if (digest !== actual) throw corrupted(path, `its digest is ${actual}, and it says ${String(digest)}`);
  const fault = faultOf(given as Manifest, path);
  if (fault !== undefined) throw corrupted(path, fault);
}

function corrupted(path: string, why: string): BackupError {
  return new BackupError(
    "Corrupted",
    `${path}/${KEYS.manifest} is not as it was written: ${why}; use another backup`,
  );
}

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isTime = (value: unknown): boolean => typeof value === "string" && !Number.isNaN(Date.parse(value));
const isHash = (value: unknown): boolean => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

/** The first thing that is wrong with a manifest whose digest is right: who wrote it was not this program. */
function faultOf(manifest: Manifest, path: string): string | undefined {
  const { site, id, origin, expiresAt, encryption, migrations = [], parts, sequences } = manifest;
  if (manifest.path !== path || `${site}/${id}` !== path)
    return `it is that of ${String(manifest.path)} (site ${String(site)}, id ${String(id)})`;
  if (!PATH.test(path)) return "its path is not namespace/site/id";
  for (const field of ["takenAt", "completedAt"] as const)
    if (!isTime(manifest[field])) return `its ${field} is not a time`;
  for (const field of ["runtimeVersion", "serverVersion"] as const)
    if (!isText(manifest[field])) return `its ${field} is not a text`;
  for (const field of ["schemaVersion", "rows", "files", "fileBytes", "storedBytes"] as const)
    if (!isCount(manifest[field])) return `its ${field} is not a count`;
  if (origin !== "schedule" && origin !== "manual") return "its origin is unknown";
  if (expiresAt !== undefined && !isTime(expiresAt)) return "its expiresAt is not a time";
  if (manifest.compression !== "zstd") return "its compression is unknown";
  if (encryption !== undefined && !(encryption?.format === "age" && areTexts(encryption.recipients)))
    return "its encryption is unknown";
  if (manifest.encrypted !== (encryption !== undefined)) return "its encrypted contradicts its encryption";
  if (!Array.isArray(migrations) || !migrations.every(isMigration)) return "a migration of it is not one";
  if (!Array.isArray(parts) || !parts.every(isPart)) return "a part of it is not one";
  for (const field of ["table", "key"] as const)
    if (new Set(parts.map((part) => part[field])).size < parts.length) return `two parts have one ${field}`;
  if (sum(parts, "rows") !== manifest.rows) return "its rows are not those of its parts";
  if (sum(parts, "storedBytes") !== manifest.storedBytes) return "its storedBytes are not those of its parts";
  const isSequence = (one: Manifest["sequences"][number]): boolean =>
    isObject(one) &&
    isText(one.name) &&
    typeof one.isCalled === "boolean" &&
    /^-?[0-9]{1,19}$/.test(String(one.lastValue));
  if (!Array.isArray(sequences) || !sequences.every(isSequence)) return "a sequence of it is not one";
  return undefined;
}

function isMigration(one: NonNullable<Manifest["migrations"]>[number]): boolean {
  if (!isObject(one)) return false;
  const { version, name, sql, sha256, compatibleFrom } = one;
  return [version, compatibleFrom].every(isCount) && [name, sql].every(isText) && isHash(sha256);
}

function isPart(part: Part): boolean {
  if (!isObject(part)) return false;
  const { table, columns, rows, key, bytes, sha256, storedBytes, storedSha256 } = part;
  return (
    isText(table) &&
    areTexts(columns) &&
    [rows, bytes, storedBytes].every(isCount) &&
    [sha256, storedSha256].every(isHash) &&
    isPartKey(key)
  );
}

/** Whether a key below the folder of a backup is one of a part, and so leads nowhere else. */
export function isPartKey(key: string): boolean {
  return /^parts\/[a-z0-9_][a-z0-9_.]*\.copy\.zst(\.age)?$/.test(key);
}

const sum = (parts: readonly Part[], field: "rows" | "storedBytes"): number =>
  parts.reduce((total, part) => total + part[field], 0);
