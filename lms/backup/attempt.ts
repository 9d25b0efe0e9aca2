// One attempt at a backup: says in started.json that it has begun, and knows whether another has taken its place.
import { randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import { checkSizes } from "./archive-read.ts";
import { contentStream } from "./archive-stream.ts";
import { BackupError } from "./backup-error.ts";
import { type Destination, DestinationError } from "./destination.types.ts";
import { isPartKey } from "./manifest.ts";
import { KEYS, MANIFEST_FORMAT, type Part } from "./manifest.types.ts";

export interface Attempt {
  /** Folder of the backup. */
  readonly path: string;
  readonly name: string;
  /**
   * Of its parts' names; empty for the first attempt. An earlier one need not be dead, only slow or cut off: what it
   * still writes must not land on ours.
   */
  readonly suffix: string;
}

/** Begins, and removes the parts of an earlier attempt: a disk that was full then has room again. */
export async function beginAttempt(
  destination: Destination,
  { path, site, id, startedAt }: { path: string; site: string; id: string; startedAt: string },
  signal?: AbortSignal,
): Promise<Attempt> {
  const name = randomBytes(4).toString("hex");
  const before = await lastAttempt(destination, path, signal);
  const started = { format: MANIFEST_FORMAT, site, id, startedAt, attempt: name };
  await destination.write(`${path}/${KEYS.started}`, contentStream(JSON.stringify(started)), signal);
  if (before === undefined) return { path, name, suffix: "" };
  for await (const { key } of destination.list(`${path}/${KEYS.parts}`, signal))
    if (isPartKey(key.slice(path.length + 1))) await destination.remove(key, signal);
  return { path, name, suffix: `.${name}` };
}

/** @throws BackupError when not everything that was written is there, or another attempt has begun since */
export async function checkAttempt(
  destination: Destination,
  { path, name }: Attempt,
  parts: readonly Part[],
  signal?: AbortSignal,
): Promise<void> {
  if ((await lastAttempt(destination, path, signal)) !== name)
    throw new BackupError("Unexpected", `another run has begun ${path} anew meanwhile: wait for that one`);
  await checkSizes(destination, { path, parts }, signal);
}

/** Which attempt began last; `undefined` when none did, "" when it did not leave its name. */
async function lastAttempt(
  destination: Destination,
  path: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    const content = await text(await destination.read(`${path}/${KEYS.started}`, signal));
    const started = JSON.parse(content) as { attempt?: unknown } | null;
    return typeof started?.attempt === "string" ? started.attempt : "";
  } catch (error) {
    if (error instanceof SyntaxError) return "";
    if (error instanceof DestinationError && error.reason === "NotFound") return undefined;
    throw error;
  }
}
