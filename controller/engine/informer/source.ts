// Lists and watches one collection of the API server: HTTP and JSON lines in, typed events out. Decides nothing.
import type { HttpClient } from "../client/client.ts";
import type { RawResponse } from "../client/client.types.ts";
import { ApiError, TransportError } from "../client/errors.ts";
import type { Exchange } from "../client/exchange.ts";
import { apiVersionOf, type KubeObject, type Live, type ResourceType } from "../client/object.ts";
import { collectionPath, query } from "../client/paths.ts";
import { errorOf, errorOfStatus, type KubeStatus } from "../client/status.ts";
import { rawResponse } from "../client/transport.ts";
import { LineSplitter } from "./lines.ts";

/** What to list and watch. */
export interface Selection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly metadataOnly?: boolean | undefined;
}

export interface SourcePage<T extends KubeObject> {
  readonly items: Live<T>[];
  readonly resourceVersion: string;
  readonly next: string | undefined;
}

export type WatchEvent<T extends KubeObject> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: Live<T> }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string };

export interface WatchRequest<T extends KubeObject> {
  readonly resourceVersion: string;
  readonly signal: AbortSignal;
  /** No byte for this long: the connection is dead, whatever TCP thinks. */
  readonly inactivityMs: number;
  /** The server ends the watch after this long. */
  readonly timeoutSeconds: number;
  onEvent(event: WatchEvent<T>): void;
}

/** Lists and watches; {@link HttpSource} is the real one. */
export interface Source<T extends KubeObject> {
  page(limit: number, next: string | undefined, signal: AbortSignal): Promise<SourcePage<T>>;
  /** Resolves when the server ends the watch; rejects on any error, an ERROR event included. */
  watch(request: WatchRequest<T>): Promise<void>;
}

const PARTIAL = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
const PARTIAL_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/** A collection behind HTTP. */
export class HttpSource<T extends KubeObject> implements Source<T> {
  readonly #type: ResourceType<T>;
  readonly #client: HttpClient;
  readonly #exchange: Exchange;
  readonly #selection: Selection;

  constructor(type: ResourceType<T>, client: HttpClient, exchange: Exchange, selection: Selection) {
    this.#type = type;
    this.#client = client;
    this.#exchange = exchange;
    this.#selection = selection;
  }

  page(limit: number, next: string | undefined, signal: AbortSignal): Promise<SourcePage<T>> {
    const { metadataOnly, namespace, labelSelector, fieldSelector } = this.#selection;
    return this.#client.page(
      this.#type,
      {
        limit,
        signal,
        ...(namespace !== undefined && { namespace }),
        ...(labelSelector !== undefined && { labelSelector }),
        ...(fieldSelector !== undefined && { fieldSelector }),
        ...(metadataOnly && { accept: PARTIAL_LIST }),
      },
      next,
    );
  }

  watch(request: WatchRequest<T>): Promise<void> {
    const { namespace, labelSelector, fieldSelector, metadataOnly } = this.#selection;
    const { resourceVersion, timeoutSeconds, signal, inactivityMs } = request;
    const collection = collectionPath(this.#type, namespace);
    const parameters = {
      watch: 1,
      allowWatchBookmarks: true,
      resourceVersion,
      timeoutSeconds,
      labelSelector,
      fieldSelector,
    };
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    // Ours alone, so that an ERROR event or a broken line can end the stream at once.
    const abort = new AbortController();
    const ended = AbortSignal.any([signal, abort.signal]);
    const fail = (error: unknown): void => {
      reject(error instanceof Error ? error : new Error(String(error)));
      abort.abort();
    };
    const lines = new LineSplitter();
    let status = 0;
    let head: RawResponse["headers"] = {};
    let refusal: Buffer[] | undefined;
    const headers = metadataOnly ? { accept: PARTIAL } : {};
    this.#exchange
      .stream(collection + query(parameters), headers, ended, inactivityMs, {
        onHead(code, headers) {
          status = code;
          head = headers;
          if (code !== 200) refusal = [];
        },
        onData: (chunk) => {
          if (ended.aborted) return;
          if (refusal) {
            refusal.push(chunk);
            return;
          }
          try {
            for (const line of lines.push(chunk)) {
              this.#line(line, collection, request);
              if (ended.aborted) return;
            }
          } catch (error) {
            fail(error);
          }
        },
        onEnd(error) {
          if (error) reject(error);
          else if (refusal)
            reject(errorOf("GET", collection, rawResponse(status, head, Buffer.concat(refusal))));
          else if (lines.pendingBytes > 0)
            reject(new TransportError(`watch ${collection}: the stream ended inside a line`));
          else resolve(undefined);
        },
      })
      .catch(fail);
    return promise;
  }

  #line(line: string, collection: string, request: WatchRequest<T>): void {
    const event = parseLine(line, collection);
    switch (event.type) {
      case "ADDED":
      case "MODIFIED":
      case "DELETED": {
        const object = {
          ...event.object,
          apiVersion: apiVersionOf(this.#type),
          kind: this.#type.kind,
        } as unknown as Live<T>;
        request.onEvent({ type: event.type, object });
        return;
      }
      case "BOOKMARK":
        request.onEvent({ type: "BOOKMARK", resourceVersion: event.object.metadata.resourceVersion });
        return;
      case "ERROR":
        throw errorOfStatus(`watch ${collection}`, event.object as unknown as KubeStatus);
      default:
        // A type of a later Kubernetes: its meaning is unknown, so it changes nothing.
        return;
    }
  }
}

function parseLine(line: string, collection: string): { type: string; object: Live } {
  try {
    const event = JSON.parse(line) as { type?: unknown; object?: unknown } | null;
    if (typeof event?.type === "string" && typeof event.object === "object" && event.object !== null) {
      return event as { type: string; object: Live };
    }
  } catch {
    // Falls through: the text itself may hold secrets, so it is not quoted.
  }
  throw new ApiError({
    status: 500,
    reason: "InternalError",
    message: `watch ${collection}: a line that is not a watch event`,
  });
}
