// One API server, asked: credentials, the write gate, retries, metrics hooks. Knows paths and bytes, no objects.
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterAccess } from "./access.ts";
import type { CallOptions, RawResponse } from "./client.types.ts";
import { ApiError, NotLeaderError } from "./errors.ts";
import type { Limiter } from "./limiter.ts";
import type { Live, ObjectKey, ResourceType } from "./object.ts";
import { retryDelayMs } from "./retry.ts";
import { errorOf } from "./status.ts";
import { type StreamHandler, Transport } from "./transport.ts";

/** What observers of a client hear. Observers must not throw. */
export interface ClientHooks {
  /** After each answer (or failure to get one, code "<error>"); for metrics. */
  onRequest?(method: string, code: string): void;
  /** After each successful write that returned the object. */
  onWrite?(type: ResourceType, object: Live): void;
  /** After a delete that removed the object at once, or found it gone. `uid` where known. */
  onDelete?(type: ResourceType, key: ObjectKey, uid: string | undefined): void;
}

export interface ClientOptions {
  readonly access: ClusterAccess;
  readonly fieldManager: string;
  /** Connections for requests; watches have their own. Default 16. */
  readonly maxConnections?: number;
  readonly userAgent?: string;
  readonly hooks?: ClientHooks;
  /** Asked before every write (and every retry of one): false refuses it with `NotLeaderError`. */
  readonly mayWrite?: () => boolean;
  readonly limiter?: Limiter;
}

const TIMEOUT_MS = 30_000;
export const JSON_TYPE = "application/json";

/** One call. */
export interface Call extends CallOptions {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly idempotent: boolean;
  /** Writes are gated: only the leader may, be it to an object or, through a proxy, to what stands behind a Service. */
  readonly write: boolean;
  /** Not subject to the rate limit: the lease must not wait behind work. */
  readonly unlimited?: boolean;
}

/** Sends calls to one API server. */
export class Exchange {
  readonly options: ClientOptions;
  readonly #transport: Transport;
  readonly #basePath: string;

  constructor(options: ClientOptions) {
    const url = new URL(options.access.server);
    this.options = options;
    this.#basePath = url.pathname.replace(/\/$/, "");
    this.#transport = new Transport({
      origin: url.origin,
      tls: () => options.access.tls(),
      maxConnections: options.maxConnections ?? 16,
    });
  }

  /** Connections opened since the start. */
  get connectionsOpened(): number {
    return this.#transport.connectionsOpened;
  }

  /** Ends all connections; running calls fail. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  /** Opens a watch. The handler hears the head, bytes, and the end. */
  async stream(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    timeoutMs: number,
    handler: StreamHandler,
  ): Promise<void> {
    const { access, userAgent = "provost", hooks } = this.options;
    const auth = await access.headers();
    this.#transport.stream(
      {
        method: "GET",
        path: this.#basePath + path,
        headers: { accept: JSON_TYPE, "user-agent": userAgent, ...headers, ...auth },
        signal,
        timeoutMs,
      },
      {
        onHead: (status, head) => {
          hooks?.onRequest?.("GET", String(status));
          if (status === 401) this.#forgetCredentials();
          handler.onHead(status, head);
        },
        onData: (chunk) => handler.onData(chunk),
        onEnd: (error) => handler.onEnd(error),
      },
    );
  }

  /** Sends, retries what may be retried, and throws an `ApiError` for every status of 400 and above. */
  async call(call: Call): Promise<RawResponse> {
    const { signal } = call;
    let refreshed = false;
    for (let retries = 0; ; retries++) {
      try {
        return await this.#once(call);
      } catch (error) {
        if (error instanceof ApiError && error.status === 401 && !refreshed) {
          refreshed = true;
          this.#forgetCredentials();
          continue;
        }
        const waitMs = signal?.aborted
          ? undefined
          : retryDelayMs({ retries, idempotent: call.idempotent, error }, Math.random());
        if (waitMs === undefined) throw error;
        await sleep(waitMs, undefined, signal ? { signal } : {});
      }
    }
  }

  async #once(call: Call): Promise<RawResponse> {
    const answer = await this.exchange(call);
    if (answer.status >= 400) throw errorOf(call.method, call.path, answer);
    return answer;
  }

  /** @throws NotLeaderError when this process may not write now */
  requireLeadership(method: string, path: string): void {
    const { mayWrite } = this.options;
    if (mayWrite !== undefined && !mayWrite())
      throw new NotLeaderError(
        `${method} ${path.split("?", 1)[0] ?? ""}: refused, this process is not the leader`,
      );
  }

  /** One request, one answer, whatever its status. */
  async exchange(call: Call): Promise<RawResponse> {
    const { access, hooks, limiter, userAgent = "provost" } = this.options;
    if (call.unlimited !== true) await limiter?.take(call.signal);
    const auth = await access.headers();
    // Asked last, right before the bytes go out: nothing is awaited between the gate and the write.
    if (call.write) this.requireLeadership(call.method, call.path);
    const headers: Record<string, string> = { accept: JSON_TYPE, "user-agent": userAgent };
    if (call.body !== undefined) headers["content-type"] = JSON_TYPE;
    let answer: RawResponse;
    try {
      answer = await this.#transport.request({
        method: call.method,
        path: this.#basePath + call.path,
        headers: { ...headers, ...call.headers, ...auth },
        ...(call.body !== undefined && { body: call.body }),
        signal: call.signal,
        timeoutMs: call.timeoutMs ?? TIMEOUT_MS,
      });
    } catch (error) {
      hooks?.onRequest?.(call.method, "<error>");
      throw error;
    }
    hooks?.onRequest?.(call.method, String(answer.status));
    return answer;
  }

  #forgetCredentials(): void {
    this.options.access.invalidate();
    this.#transport.recycle();
  }
}
