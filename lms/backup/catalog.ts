// What backups there are in a location: complete ones, runs that never ended, and what is not what it says.
import { text } from "node:stream/consumers";
import { readManifest } from "./archive-read.ts";
import { BackupError } from "./backup-error.ts";
import { type Destination, DestinationError } from "./destination.types.ts";
import { KEYS, type Manifest, MANIFEST_FORMAT, type Verified } from "./manifest.types.ts";

export interface Listing {
  /** Newest first. */
  readonly complete: readonly { readonly manifest: Manifest; readonly verified?: Verified }[];
  /** Begun, and without a manifest: under way, or dead. */
  readonly incomplete: readonly {
    readonly site: string;
    readonly id: string;
    /** RFC 3339. */
    readonly startedAt: string;
  }[];
  /** With a manifest that is not one. */
  readonly broken: readonly { readonly site: string; readonly id: string; readonly why: string }[];
}

/**
 * Every backup of a site (`namespace/tenant`), or of all sites. What is not ours is not seen.
 * @throws DestinationError
 */
export async function listBackups(
  destination: Destination,
  site?: string,
  signal?: AbortSignal,
): Promise<Listing> {
  const complete: { manifest: Manifest; verified?: Verified }[] = [];
  const incomplete: Listing["incomplete"][number][] = [];
  const broken: Listing["broken"][number][] = [];
  for (const [path, files] of await foldersOf(destination, site, signal)) {
    const [, folder = "", id = ""] = /^(.*)\/([^/]*)$/.exec(path) ?? [];
    if (files.has(KEYS.manifest)) {
      try {
        const manifest = await readManifest(destination, path, signal);
        const verified = files.has(KEYS.verified)
          ? await readVerified(destination, manifest, signal)
          : undefined;
        complete.push({ manifest, ...(verified && { verified }) });
      } catch (error) {
        // Removed since it was listed.
        if (error instanceof DestinationError && error.reason === "NotFound") continue;
        if (!(error instanceof BackupError)) throw error;
        broken.push({ site: folder, id, why: error.message });
      }
    } else if (files.has(KEYS.started)) {
      const started = await readJson(destination, `${path}/${KEYS.started}`, signal);
      if (started?.["format"] === MANIFEST_FORMAT && started["site"] === folder && started["id"] === id)
        incomplete.push({ site: folder, id, startedAt: String(started["startedAt"]) });
    }
  }
  complete.sort(({ manifest: a }, { manifest: b }) => Date.parse(b.takenAt) - Date.parse(a.takenAt));
  return { complete, incomplete, broken };
}

/** Folders three levels down, each with those of our files that it has. */
async function foldersOf(
  destination: Destination,
  site: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Map<string, Set<string>>> {
  const folders = new Map<string, Set<string>>();
  for await (const { key } of destination.list(site === undefined ? "" : `${site}/`, signal)) {
    const [, path, file] = /^([^/]+\/[^/]+\/[^/]+)\/([^/]+)$/.exec(key) ?? [];
    if (path === undefined || file === undefined) continue;
    const files = folders.get(path);
    if (files) files.add(file);
    else folders.set(path, new Set([file]));
  }
  return folders;
}

/** What was verified is the backup that lies there, by its digest; or it says nothing. */
async function readVerified(
  destination: Destination,
  { path, id, digest }: Manifest,
  signal: AbortSignal | undefined,
): Promise<Verified | undefined> {
  const verified = await readJson(destination, `${path}/${KEYS.verified}`, signal);
  if (verified?.["id"] !== id || verified["digest"] !== digest) return undefined;
  if (Number.isNaN(Date.parse(String(verified["verifiedAt"])))) return undefined;
  return verified as unknown as Verified;
}

/** A small file as JSON; `undefined` when it is not an object, or not there any more. */
async function readJson(
  destination: Destination,
  key: string,
  signal: AbortSignal | undefined,
): Promise<Record<string, unknown> | undefined> {
  try {
    const value: unknown = JSON.parse(await text(await destination.read(key, signal)));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    if (error instanceof DestinationError && error.reason === "NotFound") return undefined;
    throw error;
  }
}
