// What happens to the bytes of a part on their way: counted, hashed, compressed, and all of it back. Encryption is beside.
import { createHash } from "node:crypto";
import { pipeline, Readable, type Transform } from "node:stream";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";
import { BackupError } from "./backup-error.ts";

/** A stage takes one and gives one; whoever reads the last sets the pace of all, and ends all when it stops reading. */
export type Bytes = AsyncIterable<Uint8Array>;

/** Counts and hashes what passes. */
export class Meter {
  bytes = 0;
  readonly #hash = createHash("sha256");
  readonly #most: number;

  /** With `most`, more bytes than that are an error: a few bytes can unpack into more than any disk holds. */
  constructor(most = Infinity) {
    this.#most = most;
  }

  async *through(source: Bytes): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.bytes += chunk.length;
      if (this.bytes > this.#most)
        throw new BackupError("Corrupted", `it has more than the ${this.#most} bytes of the manifest`);
      this.#hash.update(chunk);
      yield chunk;
    }
  }

  /** Of all that passed; once. */
  sha256(): string {
    return this.#hash.digest("hex");
  }
}

/** What a destination takes. It may be aborted before anybody reads it, and then its error is nobody's. */
export function contentStream(source: Bytes | string): Readable {
  const content = Readable.from(typeof source === "string" ? [Buffer.from(source)] : source, {
    objectMode: false,
  });
  return content.on("error", () => {});
}

const CHUNK_BYTES = 128 * 1024;

export function compressed(source: Bytes): Bytes {
  const params = { [constants.ZSTD_c_checksumFlag]: 1 };
  return piped(source, createZstdCompress({ chunkSize: CHUNK_BYTES, params }));
}

/** Fails with `Corrupted` where the source is not zstd's, or ends too early. Bytes after the end are not its business. */
export function decompressed(source: Bytes): Bytes {
  return blaming(source, "is not what zstd wrote", (watched) =>
    piped(watched, createZstdDecompress({ chunkSize: CHUNK_BYTES })),
  );
}

async function* piped(source: Bytes, transform: Transform): AsyncGenerator<Uint8Array> {
  // An error on either side reaches the other through the pipeline, and the reader through the iteration.
  yield* pipeline(Readable.from(source, { objectMode: false }), transform, () => {}) as unknown as Bytes;
}

/** What `stage` makes of the source. An error that the source did not have is the stage's: the content is at fault. */
export async function* blaming(
  source: Bytes,
  fault: string,
  stage: (source: Bytes) => Bytes | Promise<Bytes>,
): AsyncGenerator<Uint8Array> {
  let failed: { readonly error: unknown } | undefined;
  const chunks = source[Symbol.asyncIterator]();
  // No generator: a stage that fails may throw its own error into one, which would pass for the source's.
  const watched: AsyncIterableIterator<Uint8Array> = {
    [Symbol.asyncIterator]: () => watched,
    async next() {
      try {
        return await chunks.next();
      } catch (error) {
        failed = { error };
        throw error;
      }
    },
    return: async () => (await chunks.return?.()) ?? { done: true, value: undefined },
  };
  try {
    yield* await stage(watched);
  } catch (error) {
    if (failed) throw failed.error;
    throw new BackupError("Corrupted", `it ${fault} (${(error as Error).message})`, { cause: error });
  }
}
