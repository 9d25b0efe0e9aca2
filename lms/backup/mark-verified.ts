// Says on a backup that it was restored and found whole. Retention keeps the newest one of which that is said.
import { readManifest } from "./archive-read.ts";
import { contentStream } from "./archive-stream.ts";
import { BackupError } from "./backup-error.ts";
import type { Destination } from "./destination.types.ts";
import { KEYS, type Manifest, MANIFEST_FORMAT, type Verified } from "./manifest.types.ts";

/**
 * Writes `verified.json` beside the manifest.
 * @throws BackupError when another backup lies there by now, DestinationError
 */
export async function markVerified(
  destination: Destination,
  { path, id, digest }: Manifest,
  { verifiedAt, seconds }: { readonly verifiedAt: Date; readonly seconds: number },
  signal?: AbortSignal,
): Promise<void> {
  const now = await readManifest(destination, path, signal);
  if (now.digest !== digest)
    throw new BackupError("Corrupted", `${path} is another backup by now: verify it again`);
  const verified: Verified = {
    format: MANIFEST_FORMAT,
    id,
    digest,
    verifiedAt: verifiedAt.toISOString(),
    seconds,
  };
  const text = `${JSON.stringify(verified, undefined, 2)}\n`;
  await destination.write(`${path}/${KEYS.verified}`, contentStream(text), signal);
}
