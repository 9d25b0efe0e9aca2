// What an S3 store says when it refuses: what is worth another try, and in whose words the rest is told.
import { setTimeout as sleep } from "node:timers/promises";
import { DestinationError } from "./destination.types.ts";

const NETWORK = new Set([
  "EAI_AGAIN",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);
/** Each of these a moment later, or with bytes that arrive whole, may be a success. */
const PASSING = new Set([
  "BadDigest",
  "IncompleteBody",
  "RequestTimeout",
  "RequestTimeTooSkewed",
  "SlowDown",
  "TimeoutError",
  "TooManyRequests",
  "TooManyRequestsException",
  "XAmzContentSHA256Mismatch",
]);
const DENIED = new Set([
  "AccessDenied",
  "AllAccessDisabled",
  "ExpiredToken",
  "InvalidAccessKeyId",
  "InvalidToken",
  "SignatureDoesNotMatch",
  "TokenRefreshRequired",
]);
const FULL = new Set([
  "EntityTooLarge",
  "InsufficientCapacity",
  "InsufficientStorage",
  "QuotaExceeded",
  "XMinioStorageFull",
  "XMinioAdminBucketQuotaExceeded",
]);

/** The parts of the SDK's errors and of Node's that matter here. */
interface Failure {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** An AggregateError (one host, several addresses) has an empty message of its own, and its code may be of either. */
function failureOf(error: unknown): Failure {
  const failure = (error instanceof AggregateError ? error.errors[0] : error) as Failure | undefined;
  return failure ?? { name: "Error", message: String(error) };
}

const statusOf = (failure: Failure): number => failure.$metadata?.httpStatusCode ?? 0;

/** A disk that is full stays so while we wait: of the errors of a server, 507 alone is not tried again. */
function isTransient(error: unknown): boolean {
  const failure = failureOf(error);
  const status = statusOf(failure);
  if (FULL.has(failure.name)) return false;
  return (
    NETWORK.has(failure.code ?? "") ||
    PASSING.has(failure.name) ||
    (status >= 500 && status !== 501 && status !== 507) ||
    status === 408 ||
    status === 429
  );
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Does `work` until it succeeds, fails for good, or has failed for `patienceMs`: the pauses double and are spread, so
 * that many sites do not come back in step.
 */
export async function persist<T>(
  work: () => Promise<T>,
  patienceMs: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  let failingSince: number | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      failingSince ??= performance.now();
      const spreadMs = pauseMs * (0.5 + Math.random() / 2);
      if (!isTransient(error) || performance.now() + spreadMs - failingSince > patienceMs) throw error;
      await sleep(spreadMs, undefined, { ...(signal && { signal }) });
    }
  }
}

/** For messages: where it was tried. */
export interface Place {
  readonly bucket: string;
  readonly endpoint: string;
}

/** The error a caller sees: reason, what was tried, what the store said, what to do. Never credentials. */
export function explain(error: unknown, doing: string, { bucket, endpoint }: Place): Error {
  if (error instanceof DestinationError) return error;
  const failure = failureOf(error);
  const status = statusOf(failure);
  // "UnknownError: UnknownError" and the like are what an answer without a body becomes.
  const words = [...new Set([failure.name, failure.code, failure.message])]
    .filter((word) => word && word !== "Error" && !/^Unknown(Error)?$/.test(word))
    .join(": ");
  const said = `${doing} bucket ${bucket} at ${endpoint}: ${status > 0 ? `HTTP ${status} ` : ""}${words}`;
  // Not the error itself: it holds the whole exchange, with the key id and the signature of the request.
  const cause = new Error(words);
  const refused = (reason: DestinationError["reason"], remedy: string): DestinationError =>
    new DestinationError(reason, `${said}; ${remedy}`, { cause });

  if (failure.name === "NoSuchBucket" || failure.name === "PermanentRedirect")
    return refused(
      "DestinationMissing",
      "create the bucket, or correct bucket, endpoint and region in the location",
    );
  if (failure.name === "NoSuchKey") return refused("NotFound", "look at what there is: provost backup list");
  if (failure.name === "AuthorizationHeaderMalformed")
    return refused("DestinationDenied", "give the region of the bucket in the location: ?region=…");
  if (DENIED.has(failure.name) || status === 401 || status === 403)
    return refused(
      "DestinationDenied",
      "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that they may list, get, put and delete there",
    );
  if (FULL.has(failure.name) || status === 507)
    return refused("DestinationFull", "make room, raise the quota, or keep fewer backups");
  if (/CERT|SELF_SIGNED|ERR_TLS|ERR_SSL|EPROTO/.test(failure.code ?? ""))
    return refused(
      "DestinationUnreachable",
      "its certificate is not trusted: name the file with its authority in AWS_CA_BUNDLE, or correct the endpoint",
    );
  if (status === 429 || status >= 500 || isTransient(error))
    return refused(
      "DestinationUnreachable",
      "check the endpoint, its name and the way there, then try again",
    );
  return new Error(said, { cause });
}
