// One object of any length into a bucket, in bounded memory, wholly or not at all.
import { createHash, randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import type * as Sdk from "@aws-sdk/client-s3";
import { unlessAborted } from "../db/abort.ts";
import { DestinationError } from "./destination.types.ts";

const MIB = 1024 * 1024;
/** S3: "Amazon S3 multipart upload limits". */
const MOST_PARTS = 10_000;
/** Parts on their way at once; one more is being filled. */
const AT_ONCE = 3;
/** Giving up must not take longer than a pod has to stop. */
const CLEAN_UP_WITHIN_MS = 5_000;
/** Metadata of an object that was uploaded in parts. */
const MARK = "provost-upload";

/**
 * Bytes of the part with this number, from 1. All the same up to 31 GiB, as some stores ask for; beyond, they grow, or
 * 10,000 of them would end at 78 GiB. 250 GiB is the end.
 */
export function partBytes(number: number): number {
  if (number <= 4_000) return 8 * MIB;
  if (number <= 6_000) return 16 * MIB;
  return number <= 8_000 ? 32 * MIB : 64 * MIB;
}

/** The content in pieces of {@link partBytes}, the last one shorter; a single empty one when there is nothing. */
async function* partsOf(content: Readable, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  let number = 1;
  let [held, heldBytes]: [Buffer[], number] = [[], 0];
  const chunks = content[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
  for (;;) {
    // A stream that waits for something cannot be ended while it does.
    const next = await unlessAborted(chunks.next(), signal);
    if (next.done) break;
    let rest = typeof next.value === "string" ? Buffer.from(next.value) : next.value;
    while (heldBytes + rest.length > partBytes(number)) {
      const cut = partBytes(number) - heldBytes;
      yield Buffer.concat([...held, rest.subarray(0, cut)]);
      number++;
      [held, heldBytes] = [[], 0];
      rest = rest.subarray(cut);
    }
    held.push(rest);
    heldBytes += rest.length;
  }
  if (heldBytes > 0 || number === 1) yield Buffer.concat(held);
}

/** Sends what `request` makes, as often as it takes (see `persist`), and tells failures in our words (`explain`). */
export type Send = <T>(
  doing: string,
  request: (client: Sdk.S3Client, options: { readonly abortSignal?: AbortSignal }) => Promise<T>,
  signal?: AbortSignal,
) => Promise<T>;

export interface Target {
  readonly sdk: typeof Sdk;
  readonly send: Send;
  readonly Bucket: string;
  readonly Key: string;
}

/** Stores what `content` yields; how many bytes that were. */
export async function upload(target: Target, content: Readable, signal?: AbortSignal): Promise<number> {
  const parts = partsOf(content, signal);
  const first = await parts.next();
  // The generator always yields once.
  const start = first.value as Buffer;
  if (start.length < partBytes(1)) {
    await put(target, start, signal);
    return start.length;
  }
  const second = await parts.next();
  if (second.done) {
    await put(target, start, signal);
    return start.length;
  }
  return uploadParts(
    target,
    (async function* () {
      yield start;
      yield second.value;
      yield* parts;
    })(),
    signal,
  );
}

/** Tells the store what it should have got: it refuses what did not arrive whole. */
const digest = (bytes: Buffer): string => createHash("md5").update(bytes).digest("base64");

function put({ sdk, send, Bucket, Key }: Target, bytes: Buffer, signal?: AbortSignal): Promise<unknown> {
  const command = { Bucket, Key, Body: bytes, ContentLength: bytes.length, ContentMD5: digest(bytes) };
  return send(
    `writing ${Key} to`,
    (client, options) => client.send(new sdk.PutObjectCommand(command), options),
    signal,
  );
}

async function uploadParts(
  target: Target,
  parts: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { sdk, send, Bucket, Key } = target;
  /** Tells this upload's object from one that was there before, should the answer to its completion be lost. */
  const mark = randomUUID();
  const { UploadId } = await send(
    `writing ${Key} to`,
    (client, options) =>
      client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key, Metadata: { [MARK]: mark } }), options),
    signal,
  );
  const failed = new AbortController();
  const running = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const underWay = new Set<Promise<void>>();
  const stored: Sdk.CompletedPart[] = [];
  let bytes = 0;

  const sendPart = async (PartNumber: number, Body: Buffer): Promise<void> => {
    const part = { Bucket, Key, UploadId, PartNumber, Body, ContentLength: Body.length };
    const command = { ...part, ContentMD5: digest(Body) };
    const { ETag } = await send(
      `writing part ${PartNumber} of ${Key} to`,
      (client, options) => client.send(new sdk.UploadPartCommand(command), options),
      running,
    );
    stored.push({ PartNumber, ETag });
  };

  try {
    let number = 0;
    for await (const part of parts) {
      if (++number > MOST_PARTS) throw tooLong(target, bytes);
      bytes += part.length;
      const sending = sendPart(number, part).finally(() => underWay.delete(sending));
      // Whoever waits for it gets the error too; when nobody does just then, `failed` keeps it.
      sending.catch((error: unknown) => failed.abort(error));
      underWay.add(sending);
      if (underWay.size >= AT_ONCE) await Promise.race(underWay);
      failed.signal.throwIfAborted();
    }
    await Promise.all(underWay);
    failed.signal.throwIfAborted();
    stored.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
    await complete(target, { UploadId, Parts: stored, mark }, signal);
    return bytes;
  } catch (error) {
    failed.abort(error);
    // A part that arrives after the upload is given up would stay behind, unseen and paid for.
    await Promise.allSettled(underWay);
    await send(
      `giving up ${Key} in`,
      (client, options) =>
        client.send(new sdk.AbortMultipartUploadCommand({ Bucket, Key, UploadId }), options),
      AbortSignal.timeout(CLEAN_UP_WITHIN_MS),
    ).catch(() => {
      // The store is gone, or knows no such upload: the error that brought us here is the one to tell.
    });
    throw failed.signal.reason;
  }
}

const tooLong = ({ Bucket, Key }: Target, bytes: number): DestinationError =>
  new DestinationError(
    "DestinationFull",
    `writing ${Key} to bucket ${Bucket}: it is longer than ${Math.floor(bytes / MIB / 1024)} GiB, the most that the ${MOST_PARTS} parts of an upload hold; back up to a folder`,
  );

interface Completion {
  readonly UploadId: string | undefined;
  readonly Parts: Sdk.CompletedPart[];
  readonly mark: string;
}

/** The moment at which the object is there. */
function complete(
  { sdk, send, Bucket, Key }: Target,
  { UploadId, Parts, mark }: Completion,
  signal?: AbortSignal,
): Promise<void> {
  const command = { Bucket, Key, UploadId, MultipartUpload: { Parts } };
  return send(
    `completing ${Key} in`,
    async (client, options) => {
      try {
        await client.send(new sdk.CompleteMultipartUploadCommand(command), options);
      } catch (error) {
        // It may be complete and the answer lost: asked again, the store would know of no such upload.
        const there = await client
          .send(new sdk.HeadObjectCommand({ Bucket, Key }), options)
          .catch(() => undefined);
        if (there?.Metadata?.[MARK] !== mark) throw error;
      }
    },
    signal,
  );
}
