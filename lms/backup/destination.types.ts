// Where backups lie: a folder or a bucket. Everything above it speaks of keys (`namespace/tenant/id/manifest.json`).
import type { Readable } from "node:stream";
import type { BackupFailure } from "../../api/index.ts";

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
}

export interface Destination {
  /** For messages; never holds credentials. E.g. `s3://bucket/prefix` or `/backups`. */
  readonly text: string;
  /**
   * Stores what `content` yields under `key`, in bounded memory. The key holds the whole of it or, when this rejects (or
   * the process dies), what it held before. Pieces of an upload that failed are tried again; `content` is read once.
   * Resolves with the bytes stored.
   */
  write(key: string, content: Readable, signal?: AbortSignal): Promise<number>;
  /** The content; the stream fails when it breaks off early. Rejects with `NotFound`. */
  read(key: string, signal?: AbortSignal): Promise<Readable>;
  /** Every key that begins with `prefix`, in order of keys. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<StoredObject>;
  /** Removing what is not there succeeds. */
  remove(key: string, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** What a destination refuses, with a remedy in the message. */
export class DestinationError extends Error {
  readonly reason: Extract<BackupFailure, `Destination${string}`> | "NotFound";

  constructor(reason: DestinationError["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DestinationError";
    this.reason = reason;
  }
}
