// Removes what retention lets go, and the remains of runs that never ended. Everything else in a bucket is somebody
// else's: an object goes only when it lies where ours lie, below a folder that a manifest or a start of ours vouches for.
import type { Retention } from "../../api/index.ts";
import { readManifest } from "./archive-read.ts";
import { type Destination, DestinationError } from "./destination.types.ts";
import { KEYS, type Manifest, type Verified } from "./manifest.types.ts";
import { type Kept, keep } from "./retention.ts";

/** A run that takes longer than this has died. */
const REMAINS_AFTER_MS = 48 * 3_600_000;
/** Of one run: all of them have room in its report (4 KiB), so that nobody keeps speaking of one that is gone. */
const MOST_REMOVED = 40;

export interface PruneOptions {
  readonly destination: Destination;
  /** `namespace/tenant`. */
  readonly site: string;
  readonly policy: Retention;
  readonly now: Date;
  readonly signal?: AbortSignal;
}

export interface Pruned {
  /** Ids of backups that are gone, oldest first. */
  readonly removed: readonly string[];
  /** Ids of runs that never ended and whose remains are gone. */
  readonly remains: readonly string[];
  /** Keys below the folders that were removed that are not ours, and folders that nothing vouches for. They stay. */
  readonly foreign: readonly string[];
  /** Why not everything that should go is gone, in words. */
  readonly trouble?: string;
}

interface Folder {
  readonly id: string;
  /** With a slash at its end. */
  readonly path: string;
  /** Below `path`. */
  readonly keys: readonly string[];
}

/** Rejects when nothing could be decided; trouble with a removal is told in the result. */
export async function prune({ destination, site, policy, now, signal }: PruneOptions): Promise<Pruned> {
  const removed: string[] = [];
  const remains: string[] = [];
  const foreign: string[] = [];
  const complete = new Map<Folder, Kept>();
  const dead: Folder[] = [];
  for (const folder of await foldersOf(destination, site, signal)) {
    const found = await judge(destination, site, folder, signal);
    if (found === "foreign") foreign.push(folder.path);
    else if ("startedAt" in found) {
      if (now.getTime() - Date.parse(found.startedAt) > REMAINS_AFTER_MS) dead.push(folder);
    } else complete.set(folder, found);
  }
  const going = keep([...complete.values()], policy, now).remove.slice(0, MOST_REMOVED);
  const folderOf = new Map([...complete].map(([folder, { id }]) => [id, folder]));

  let trouble: string | undefined;
  try {
    for (const id of going) {
      const folder = folderOf.get(id);
      if (!folder) continue;
      foreign.push(...(await removeFolder(destination, folder, signal)));
      removed.push(id);
    }
    for (const folder of dead) {
      foreign.push(...(await removeFolder(destination, folder, signal)));
      remains.push(folder.id);
    }
  } catch (error) {
    // What refuses one removal refuses the next.
    trouble = signal?.aborted ? "removing was stopped" : (error as Error).message;
  }
  return { removed, remains, foreign, ...(trouble !== undefined && { trouble }) };
}

/** Everything below the site, by its folders. */
async function foldersOf(
  destination: Destination,
  site: string,
  signal: AbortSignal | undefined,
): Promise<Folder[]> {
  const folders = new Map<string, string[]>();
  for await (const { key } of destination.list(`${site}/`, signal)) {
    const [, id, below] = /^([^/]+)\/(.+)$/s.exec(key.slice(site.length + 1)) ?? [];
    if (id === undefined || below === undefined) continue;
    const keys = folders.get(id);
    if (keys) keys.push(below);
    else folders.set(id, [below]);
  }
  return [...folders].map(([id, keys]) => ({ id, path: `${site}/${id}/`, keys }));
}

interface Started {
  readonly site: string;
  readonly id: string;
  /** RFC 3339. */
  readonly startedAt: string;
}

/** Whose a folder is: a complete backup of ours, a run of ours that is not complete, or none of our business. */
async function judge(
  destination: Destination,
  site: string,
  { id, path, keys }: Folder,
  signal: AbortSignal | undefined,
): Promise<Kept | Started | "foreign"> {
  if (keys.includes(KEYS.manifest)) {
    const manifest = await ours(destination, path, signal);
    if (manifest?.site !== site || manifest.id !== id) return "foreign";
    const { takenAt, origin, expiresAt, digest } = manifest;
    const verified = keys.includes(KEYS.verified)
      ? await readJson<Verified>(destination, `${path}${KEYS.verified}`, signal)
      : undefined;
    return {
      id,
      takenAt,
      origin,
      ...(expiresAt !== undefined && { expiresAt }),
      verified: verified?.id === id && verified.digest === digest,
    };
  }
  if (!keys.includes(KEYS.started)) return "foreign";
  const started = await readJson<Started>(destination, `${path}${KEYS.started}`, signal);
  return started?.site === site && started.id === id && !Number.isNaN(Date.parse(started.startedAt))
    ? started
    : "foreign";
}

/** The manifest; nothing when it is not one, or was touched. */
async function ours(
  destination: Destination,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Manifest | undefined> {
  try {
    return await readManifest(destination, path.slice(0, -1), signal);
  } catch (error) {
    signal?.throwIfAborted();
    // A store that does not answer says nothing about the manifest.
    if (error instanceof DestinationError && error.reason !== "NotFound") throw error;
    return undefined;
  }
}

/** What is in a small file, taken for what it should be: every field is looked at before it is trusted. */
async function readJson<T>(
  destination: Destination,
  key: string,
  signal: AbortSignal | undefined,
): Promise<(Partial<T> & T) | undefined> {
  const chunks = await Array.fromAsync((await destination.read(key, signal)) as AsyncIterable<Buffer>);
  try {
    return (JSON.parse(Buffer.concat(chunks).toString()) as T | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** `parts/<table>.copy.zst` and `.copy.zst.age`, and the files that speak of the backup. */
function isOurs(key: string): boolean {
  if (key === KEYS.started || key === KEYS.manifest || key === KEYS.verified) return true;
  return key.startsWith(KEYS.parts) && /^[a-z0-9_.]+\.copy\.zst(\.age)?$/.test(key.slice(KEYS.parts.length));
}

/**
 * Removes what is ours in a folder and returns the keys of the rest. The manifest goes first: whatever happens then,
 * nobody takes what is left for a backup. What says that it was ours goes last, so that the next run finishes the work.
 */
async function removeFolder(
  destination: Destination,
  { path, keys }: Folder,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const between = keys.filter((key) => isOurs(key) && key !== KEYS.manifest && key !== KEYS.started);
  for (const key of [KEYS.manifest, ...between, KEYS.started])
    if (keys.includes(key)) await destination.remove(`${path}${key}`, signal);
  return keys.filter((key) => !isOurs(key)).map((key) => `${path}${key}`);
}
