// A bucket of an S3-compatible store as a destination. How an object is uploaded and what errors mean is beside it.
import { readFileSync } from "node:fs";
import { addAbortSignal } from "node:stream";
import type * as Sdk from "@aws-sdk/client-s3";
import type { Location } from "../../api/index.ts";
import { type Destination, DestinationError, type StoredObject } from "./destination.types.ts";
import { download } from "./s3-download.ts";
import { explain, persist } from "./s3-errors.ts";
import { SettingsError } from "./variables.ts";
import { type Send, type Target, upload } from "./s3-upload.ts";

export interface S3Options {
  /** How long one request is tried again before its failure counts; 45 s when absent, time for a store to fail over. */
  readonly patienceMs?: number;
  /** How long a connection may be silent while an answer is due; 60 s when absent. */
  readonly silenceMs?: number;
}

const PATIENCE_MS = 45_000;
const SILENCE_MS = 60_000;
const CONNECT_WITHIN_MS = 10_000;

type S3Location = Extract<Location, { type: "s3" }>;

/**
 * The bucket of a location. Credentials come from `env` alone (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, when there
 * is one, AWS_SESSION_TOKEN), the region from the location, AWS_REGION or AWS_DEFAULT_REGION. Nothing is connected before
 * the first use. Objects have their whole content from the moment they are there.
 * @throws SettingsError when credentials are missing or AWS_CA_BUNDLE cannot be read
 */
export function createS3Destination(
  location: S3Location,
  env: NodeJS.ProcessEnv,
  { patienceMs = PATIENCE_MS, silenceMs = SILENCE_MS }: S3Options = {},
): Destination {
  const { bucket: Bucket, prefix } = location;
  const config = clientConfig(location, env, silenceMs);
  const place = { bucket: Bucket, endpoint: location.endpoint ?? `AWS (${String(config.region)})` };
  const root = prefix === "" ? "" : `${prefix}/`;

  let loaded: Promise<{ sdk: typeof Sdk; client: Sdk.S3Client }> | undefined;
  // The SDK is large, and a backup into a folder has no use for it.
  const load = () =>
    (loaded ??= import("@aws-sdk/client-s3").then((sdk) => ({ sdk, client: new sdk.S3Client(config) })));

  const send: Send = async (doing, request, signal) => {
    const { client } = await load();
    try {
      return await persist(() => request(client, signal ? { abortSignal: signal } : {}), patienceMs, signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw explain(error, doing, place);
    }
  };
  const target = async (key: string): Promise<Target> => ({
    sdk: (await load()).sdk,
    send,
    Bucket,
    Key: `${root}${key}`,
  });

  return {
    text: `s3://${Bucket}${prefix === "" ? "" : `/${prefix}`}`,
    async write(key, content, signal) {
      // Whatever the content waits for, an abort ends it; also before anybody reads it, who would hear of it.
      content.on("error", () => {});
      if (signal) addAbortSignal(signal, content);
      try {
        return await upload(await target(key), content, signal);
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      } finally {
        content.destroy();
      }
    },
    read: async (key, signal) => download(await target(key), signal),
    async *list(wanted, signal): AsyncGenerator<StoredObject> {
      const { sdk } = await load();
      let ContinuationToken: string | undefined;
      do {
        const command = { Bucket, Prefix: `${root}${wanted}`, ContinuationToken };
        const page = await send(
          `listing ${root}${wanted} in`,
          (client, options) => client.send(new sdk.ListObjectsV2Command(command), options),
          signal,
        );
        for (const { Key, Size } of page.Contents ?? [])
          if (Key !== undefined) yield { key: Key.slice(root.length), bytes: Size ?? 0 };
        ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (ContinuationToken !== undefined);
    },
    async remove(key, signal) {
      const { sdk, Key } = await target(key);
      try {
        await send(
          `removing ${Key} from`,
          (client, options) => client.send(new sdk.DeleteObjectCommand({ Bucket, Key }), options),
          signal,
        );
      } catch (error) {
        if (!(error instanceof DestinationError && error.reason === "NotFound")) throw error;
      }
    },
    async close() {
      (await loaded)?.client.destroy();
    },
  };
}

function clientConfig(
  { bucket, endpoint, region }: S3Location,
  env: NodeJS.ProcessEnv,
  silenceMs: number,
): Sdk.S3ClientConfig {
  const required = (name: string): string => {
    const value = env[name];
    if (value) return value;
    throw new SettingsError([`${name} is not set: give the credentials of bucket ${bucket}`]);
  };
  const sessionToken = env["AWS_SESSION_TOKEN"];
  const bundle = env["AWS_CA_BUNDLE"];
  return {
    region: region ?? (env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || "us-east-1"),
    credentials: {
      accessKeyId: required("AWS_ACCESS_KEY_ID"),
      secretAccessKey: required("AWS_SECRET_ACCESS_KEY"),
      ...(sessionToken && { sessionToken }),
    },
    // The location says where, not a file or a variable that happens to lie about.
    ignoreConfiguredEndpointUrls: true,
    ...(endpoint === undefined ? { followRegionRedirects: true } : { endpoint, forcePathStyle: true }),
    // Other stores do not know the newer checksums; what is stored has digests of our own in the manifest.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // Nor do all of them answer `Expect: 100-continue`; a part is small enough to be sent in vain.
    expectContinueHeader: false,
    // `persist` does it: it heeds an abort, and it outlasts more than a second of trouble.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_WITHIN_MS,
      socketTimeout: silenceMs,
      httpsAgent: { keepAlive: true, ...(bundle && { ca: certificates(bundle) }) },
    },
  };
}

function certificates(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SettingsError([
      `AWS_CA_BUNDLE is "${file}", which cannot be read (${code}): name a PEM file with the certificates to trust`,
    ]);
  }
}
