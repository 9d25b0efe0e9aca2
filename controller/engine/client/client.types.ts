// The contract of the Kubernetes client: what controllers may ask of an API server. The implementation is client.ts.
import type { KubeObject, Live, ObjectKey, ResourceType } from "./object.ts";

/** Options every request takes. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Give up after this long without response headers; default 30 s. */
  readonly timeoutMs?: number;
}

export interface ListOptions extends CallOptions {
  /** Only this namespace; absent or "": all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Page size; default 500. All pages are fetched. */
  readonly limit?: number;
}

/** A complete list (all pages) and the resourceVersion a watch may start from. */
export interface Listed<T extends KubeObject> {
  readonly items: Live<T>[];
  readonly resourceVersion: string;
}

export interface ApplyOptions extends CallOptions {
  /** Take fields over from other managers. Default false: a conflict is a 409 `ApiError`. */
  readonly force?: boolean;
  /** Default: the client's field manager. */
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  /** `status`: apply to the status subresource. */
  readonly subresource?: "status" | "scale";
}

export interface DeleteOptions extends CallOptions {
  /** Delete only if the live object still has this uid / resourceVersion (else 409 Conflict). */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  /** Default Background. */
  readonly propagation?: "Background" | "Foreground" | "Orphan";
  readonly gracePeriodSeconds?: number;
}

/** A raw answer. `body` is the whole text; ask `json()` for parsed JSON. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  text(): string;
  json<T = unknown>(): T;
}

export interface RawRequest extends CallOptions {
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/**
 * Sends one HTTP request to a Service. `path` begins with "/". Never throws on an HTTP status; throws
 * `TransportError` when no answer came. Through the service proxy, 503 with a Kubernetes `Status` (no endpoint) is
 * turned into a `TransportError` too, so that both routes look alike.
 */
export type ServiceFetch = (path: string, request?: RawRequest) => Promise<RawResponse>;

/** Typed calls to one API server over one pool of connections. Every failure is an `ApiError` or a `TransportError`. */
export interface Client {
  /** Field manager of every write. */
  readonly fieldManager: string;

  /** Reads one object; 404 is an `ApiError`. `namespace` is "" for cluster-scoped types. */
  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, options?: CallOptions): Promise<Live<T>>;
  /** Like get, but `undefined` on 404. */
  find<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    options?: CallOptions,
  ): Promise<Live<T> | undefined>;
  /** All pages of a list. */
  list<T extends KubeObject>(type: ResourceType<T>, options?: ListOptions): Promise<Listed<T>>;
  /** POST; 409 AlreadyExists when the name is taken. */
  create<T extends KubeObject>(type: ResourceType<T>, object: T, options?: CallOptions): Promise<Live<T>>;
  /** Server-side apply of the whole declared object. Prefer `applyOwned`, which writes only on a difference. */
  apply<T extends KubeObject>(type: ResourceType<T>, object: T, options?: ApplyOptions): Promise<Live<T>>;
  /** PUT with the object's own resourceVersion: fails with 409 Conflict when it changed meanwhile. */
  replace<T extends KubeObject>(
    type: ResourceType<T>,
    object: Live<T>,
    options?: CallOptions,
  ): Promise<Live<T>>;
  /** JSON merge patch (RFC 7386). Put `metadata.resourceVersion` into the patch for optimistic locking. */
  mergePatch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: unknown,
    options?: CallOptions & { subresource?: "status" | "scale" },
  ): Promise<Live<T>>;
  /** Merge-patches `status` with the observed resourceVersion: 409 Conflict when the object changed meanwhile. */
  patchStatus<T extends KubeObject>(
    type: ResourceType<T>,
    observed: Live<T>,
    status: unknown,
    options?: CallOptions,
  ): Promise<Live<T>>;
  /** Deletes; resolves to false when it was not there (or had another uid than the precondition names). */
  delete<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    options?: DeleteOptions,
  ): Promise<boolean>;
  /** Any path of the API server, e.g. `/version`. HTTP errors are `ApiError`s. */
  raw(path: string, request?: RawRequest): Promise<RawResponse>;
  /** Requests to a Service: directly inside the cluster, through the API server's service proxy outside. */
  serviceProxy(namespace: string, service: string, port: number | string): ServiceFetch;
  /** Requests to one Pod: to its IP inside the cluster, through the API server's pod proxy outside. */
  podProxy(namespace: string, pod: string, ip: string, port: number | string): ServiceFetch;
  /** Whether the API server serves this kind (discovery, cached for a minute). */
  hasResource(type: ResourceType): Promise<boolean>;
  /** The same client, with a signal that aborts every call made through it. */
  withSignal(signal: AbortSignal): Client;
}
