// Reads a backup: its manifest, its parts as they are stored, and what is in them. Nothing is believed unseen.
import type { Readable } from "node:stream";
import { decompressed, Meter } from "./archive-stream.ts";
import { BackupError } from "./backup-error.ts";
import { type Destination, DestinationError } from "./destination.types.ts";
import type { Stage } from "./encryption.ts";
import { parseManifest } from "./manifest.ts";
import { KEYS, type Manifest, type Part } from "./manifest.types.ts";

/** A manifest of a thousand tables has 400 kB. */
const MANIFEST_BYTES = 16 * 1024 * 1024;

/**
 * The manifest of the backup at `path` (`namespace/site/id`).
 * @throws BackupError `Corrupted` when it is not as it was written or not that of this path, DestinationError `NotFound`
 */
export async function readManifest(
  destination: Destination,
  path: string,
  signal?: AbortSignal,
): Promise<Manifest> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (await destination.read(
    `${path}/${KEYS.manifest}`,
    signal,
  )) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MANIFEST_BYTES)
      throw new BackupError("Corrupted", `${path}/${KEYS.manifest} is too long for one; use another backup`);
  }
  return parseManifest(Buffer.concat(chunks).toString(), path);
}

/**
 * Reads everything that is stored of a backup and compares it with the manifest. Needs no key.
 * @throws BackupError `Corrupted` that names every part that is not as it was written
 */
export async function checkStored(
  destination: Destination,
  { path, parts }: Manifest,
  signal?: AbortSignal,
): Promise<void> {
  const faults: string[] = [];
  for (const part of parts) {
    const stored = new Meter();
    try {
      for await (const _ of stored.through(await destination.read(`${path}/${part.key}`, signal)));
      const fault = storedFault(part, stored);
      if (fault !== undefined) faults.push(`${part.key} ${fault}`);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isMissing(error)) throw error;
      faults.push(`${part.key} is missing`);
    }
  }
  throwFaults(path, faults);
}

/**
 * Compares what is stored with the manifest by its lengths alone: nothing is read.
 * @throws BackupError `Corrupted`
 */
export async function checkSizes(
  destination: Destination,
  { path, parts }: Pick<Manifest, "path" | "parts">,
  signal?: AbortSignal,
): Promise<void> {
  const stored = new Map<string, number>();
  for await (const { key, bytes } of destination.list(`${path}/${KEYS.parts}`, signal))
    stored.set(key.slice(path.length + 1), bytes);
  throwFaults(
    path,
    parts.flatMap(({ key, storedBytes }) => {
      const bytes = stored.get(key);
      if (bytes === undefined) return [`${key} is missing`];
      return bytes === storedBytes ? [] : [`${key} has ${bytes} bytes instead of ${storedBytes}`];
    }),
  );
}

function throwFaults(path: string, faults: readonly string[]): void {
  if (faults.length === 0) return;
  throw new BackupError(
    "Corrupted",
    `${path} is not as it was written: ${faults.join("; ")}; use another backup`,
  );
}

/**
 * The rows of a part in PostgreSQL's format. It ends without an error only when every byte, stored and unpacked, was what
 * the manifest says: whoever commits before that is to blame.
 */
export async function* partContent(
  destination: Destination,
  { path }: Manifest,
  part: Part,
  decrypt: Stage = (source) => source,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const [stored, plain] = [new Meter(part.storedBytes), new Meter(part.bytes)];
  let stream: Readable | undefined;
  try {
    stream = await destination.read(`${path}/${part.key}`, signal);
    const chunks = (from: Readable) => from.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
    yield* plain.through(decompressed(decrypt(stored.through(chunks(stream)))));
    // zstd knows where it ends, and stops reading; what follows there is counted, too.
    if (!stream.readableEnded) for await (const _ of stored.through(chunks(stream)));
    const fault =
      storedFault(part, stored) ??
      (plain.bytes !== part.bytes || plain.sha256() !== part.sha256
        ? "unpacks into something else"
        : undefined);
    if (fault !== undefined) throw new BackupError("Corrupted", `it ${fault}`);
  } catch (error) {
    signal?.throwIfAborted();
    const missing = isMissing(error);
    if (!missing && !(error instanceof BackupError && error.reason === "Corrupted")) throw error;
    const why = missing ? "it is missing" : error.message;
    throw new BackupError(
      "Corrupted",
      `${path}/${part.key} is not as it was written: ${why}; use another backup`,
      {
        cause: error,
      },
    );
  } finally {
    stream?.destroy();
  }
}

const isMissing = (error: unknown): error is DestinationError =>
  error instanceof DestinationError && error.reason === "NotFound";

/** Asks for the digest, so only once. */
function storedFault(part: Part, stored: Meter): string | undefined {
  if (stored.bytes !== part.storedBytes) return `has ${stored.bytes} bytes instead of ${part.storedBytes}`;
  return stored.sha256() === part.storedSha256 ? undefined : "has another sha256";
}
