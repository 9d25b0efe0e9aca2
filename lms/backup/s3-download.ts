// One object of a bucket as a stream that ends only where the object ends.
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type * as Sdk from "@aws-sdk/client-s3";
import { DestinationError } from "./destination.types.ts";
import type { Target } from "./s3-upload.ts";

/** Answers that break off before their first byte, one after the other; then the stream fails. */
const MOST_IN_VAIN = 5;
const PAUSE_MS = 200;

/** Where a connection breaks off, the next one goes on, as long as the object is the same. */
export async function download(
  { sdk, send, Bucket, Key }: Target,
  signal: AbortSignal | undefined,
): Promise<Readable> {
  const closed = new AbortController();
  const running = signal ? AbortSignal.any([signal, closed.signal]) : closed.signal;

  const get = (from: number, IfMatch?: string) =>
    send(
      `reading ${Key} from`,
      (client, options) =>
        client.send(
          new sdk.GetObjectCommand({ Bucket, Key, ...(from > 0 && { Range: `bytes=${from}-`, IfMatch }) }),
          options,
        ),
      running,
    );

  const first = await get(0);
  // Without it, the end and a break could not be told apart: S3 always tells it.
  const length = first.ContentLength ?? Number.NaN;
  if (Number.isNaN(length))
    throw new Error(`reading ${Key} from bucket ${Bucket}: the store does not tell its length`);

  const brokeOff = (at: number, cause: unknown): DestinationError =>
    new DestinationError(
      "DestinationUnreachable",
      `reading ${Key} from bucket ${Bucket} broke off after ${at} of ${length} bytes: check the way there, then try again`,
      { cause },
    );

  async function* content(): AsyncGenerator<Buffer> {
    let at = 0;
    let inVain = 0;
    let body = bodyOf(first);
    try {
      for (;;) {
        const { chunk, broken } = await next(body);
        running.throwIfAborted();
        if (chunk) {
          at += chunk.length;
          inVain = 0;
          yield chunk;
        } else if (at === length) return;
        else {
          body.stream.destroy();
          if (at > length || ++inVain > MOST_IN_VAIN) throw brokeOff(at, broken);
          await sleep(PAUSE_MS * inVain, undefined, { signal: running });
          const answer = await get(at, first.ETag);
          body = bodyOf(answer);
          // Not every store heeds If-Match.
          if (answer.ETag !== first.ETag)
            throw new Error(`reading ${Key} from bucket ${Bucket}: it was replaced while it was read`);
          if (at > 0 && !answer.ContentRange?.startsWith(`bytes ${at}-`)) throw brokeOff(at, broken);
        }
      }
    } finally {
      body.stream.destroy();
    }
  }

  const stream = Readable.from(content(), { objectMode: false });
  // A generator ends where it waits; the request it waits for has to be ended for it.
  stream.once("close", () => closed.abort());
  return stream;
}

interface Body {
  readonly stream: Readable;
  readonly chunks: AsyncIterator<Buffer>;
}

function bodyOf(answer: Sdk.GetObjectCommandOutput): Body {
  const stream = answer.Body as Readable;
  return { stream, chunks: stream[Symbol.asyncIterator]() as AsyncIterator<Buffer> };
}

/** The next chunk; none at the end, and none, with the reason, where the connection broke. */
async function next({ chunks }: Body): Promise<{ chunk?: Buffer; broken?: unknown }> {
  try {
    const result = await chunks.next();
    return result.done ? {} : { chunk: result.value };
  } catch (error) {
    return { broken: error };
  }
}
