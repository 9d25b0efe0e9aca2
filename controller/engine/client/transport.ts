// HTTP to one API server over pooled connections: requests share a bounded pool, watches have connections of their
// own so that they can never starve requests. Knows nothing of Kubernetes objects.
import Pool from "undici/lib/dispatcher/pool.js";
import buildConnector from "undici/lib/core/connect.js";
import type { buildConnector as Connector, Dispatcher } from "undici";
import type { AccessTls } from "./access.ts";
import { TransportError } from "./errors.ts";
import type { RawResponse } from "./client.types.ts";

export interface TransportRequest {
  readonly method: NonNullable<Dispatcher.DispatchOptions["method"]>;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal | undefined;
  /** Until response headers; then the same again between two pieces of the body. */
  readonly timeoutMs: number;
}

/** Receives a streamed response. `onEnd` is called exactly once: without an error at a regular end. */
export interface StreamHandler {
  onHead(status: number, headers: RawResponse["headers"]): void;
  onData(chunk: Buffer): void;
  onEnd(error?: Error): void;
}

export interface TransportOptions {
  readonly origin: string;
  /** Asked before each new connection, so that rotated certificates are taken up. */
  readonly tls: () => Promise<AccessTls>;
  readonly maxConnections: number;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** Two pools to one origin. */
export class Transport {
  readonly #options: TransportOptions;
  #requests: Dispatcher;
  #watches: Dispatcher;
  #connectorTls: AccessTls | undefined;
  #connector: ReturnType<typeof buildConnector> | undefined;
  /** Connections made so far; for tests and metrics. */
  connectionsOpened = 0;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#requests = this.#pool(options.maxConnections);
    this.#watches = this.#pool(undefined);
  }

  /** Sends a request and reads the whole answer. */
  request(request: TransportRequest): Promise<RawResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<RawResponse>();
    let status = 0;
    let headers: RawResponse["headers"] = {};
    const chunks: Buffer[] = [];
    this.#dispatch(this.#requests, request, {
      onHead(code, head) {
        status = code;
        headers = head;
      },
      onData: (chunk) => void chunks.push(chunk),
      onEnd(error) {
        if (error) reject(error);
        else
          resolve(
            rawResponse(status, headers, chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)),
          );
      },
    });
    return promise;
  }

  /** Sends a request whose answer has no end of its own (a watch). */
  stream(request: TransportRequest, handler: StreamHandler): void {
    this.#dispatch(this.#watches, request, handler);
  }

  /** Drops idle connections and lets running requests finish; later requests use new connections (new credentials). */
  recycle(): void {
    const old = [this.#requests, this.#watches];
    this.#requests = this.#pool(this.#options.maxConnections);
    this.#watches = this.#pool(undefined);
    this.#connector = undefined;
    for (const pool of old) pool.close().catch(() => undefined);
  }

  /** Ends every connection now; what is running fails. */
  async close(): Promise<void> {
    await Promise.all([this.#requests.destroy(), this.#watches.destroy()]);
  }

  #pool(connections: number | undefined): Dispatcher {
    return new Pool(this.#options.origin, {
      connections: connections ?? null,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: 30_000,
      keepAliveMaxTimeout: 60_000,
      connect: (options: Connector.Options, callback: Connector.Callback) => {
        this.connectionsOpened++;
        this.#connect().then(
          (connect) => connect(options, callback),
          (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
        );
      },
    });
  }

  async #connect(): Promise<ReturnType<typeof buildConnector>> {
    const tls = await this.#options.tls();
    if (this.#connector === undefined || tls !== this.#connectorTls) {
      this.#connectorTls = tls;
      this.#connector = buildConnector({ ...tls, allowH2: false, timeout: CONNECT_TIMEOUT_MS });
    }
    return this.#connector;
  }

  #dispatch(pool: Dispatcher, request: TransportRequest, handler: StreamHandler): void {
    const { signal } = request;
    if (signal?.aborted) {
      handler.onEnd(abortError(signal));
      return;
    }
    let controller: Dispatcher.DispatchController | undefined;
    let ended = false;
    const onAbort = (): void => {
      // Not sent yet: the controller comes with onRequestStart, which then aborts at once.
      controller?.abort(abortError(signal as AbortSignal));
      end(abortError(signal as AbortSignal));
    };
    const end = (error?: Error): void => {
      if (ended) return;
      ended = true;
      signal?.removeEventListener("abort", onAbort);
      handler.onEnd(error === undefined ? undefined : transportError(error, request, signal));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    const options: Dispatcher.DispatchOptions = {
      method: request.method,
      path: request.path,
      headers: request.headers,
      body: request.body ?? null,
      headersTimeout: request.timeoutMs,
      bodyTimeout: request.timeoutMs,
    };
    try {
      pool.dispatch(options, {
        onRequestStart(started) {
          controller = started;
          if (ended) started.abort(signal?.aborted ? abortError(signal) : new Error("no longer wanted"));
        },
        onResponseStart(_controller, status, headers) {
          if (!ended && status >= 200) handler.onHead(status, headers);
        },
        onResponseData(_controller, chunk) {
          if (!ended) handler.onData(chunk);
        },
        onResponseEnd: () => end(),
        onResponseError: (_controller, error) => end(error),
      });
    } catch (error) {
      end(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** Makes an answer from its parts. */
export function rawResponse(status: number, headers: RawResponse["headers"], body: Buffer): RawResponse {
  return {
    status,
    headers,
    body,
    text: () => body.toString("utf8"),
    json: <T>() => JSON.parse(body.toString("utf8")) as T,
  };
}

function abortError(signal: AbortSignal): Error {
  return signal.reason instanceof Error
    ? signal.reason
    : new DOMException("The operation was aborted", "AbortError");
}

function transportError(error: Error, request: TransportRequest, signal: AbortSignal | undefined): Error {
  if (signal?.aborted) return abortError(signal);
  const code = (error as NodeJS.ErrnoException).code;
  const path = request.path.split("?", 1)[0] ?? "";
  return new TransportError(`${request.method} ${path}: ${error.message || (code ?? error.name)}`, {
    cause: error,
  });
}

/** True when the request certainly never reached the server, so that even a POST may be sent again. */
export function neverSent(error: unknown): boolean {
  const cause =
    error instanceof TransportError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return (
    cause !== undefined &&
    ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"].includes(cause.code ?? "")
  );
}
