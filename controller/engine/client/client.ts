// The client: typed calls, errors as values, retries, the write gate. Sockets are transport.ts, URLs are paths.ts.
import type {
  ApplyOptions,
  CallOptions,
  Client,
  DeleteOptions,
  Listed,
  ListOptions,
  RawRequest,
  RawResponse,
  ServiceFetch,
} from "./client.types.ts";
import { Discovery } from "./discovery.ts";
import { isConflict, isNotFound } from "./errors.ts";
import { type Call, type ClientOptions, Exchange, JSON_TYPE } from "./exchange.ts";
import {
  apiVersionOf,
  type KubeObject,
  keyOf,
  type Live,
  type ObjectKey,
  type ResourceType,
} from "./object.ts";
import { collectionPath, objectPath, query } from "./paths.ts";
import { bothSignals, type ProxyTarget, serviceFetch } from "./service.ts";

const PAGE = 500;

/** What a client is bound to beyond its server. */
export interface Binding {
  /** Aborts every call. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of this client's own successful writes, after the hooks of the exchange. */
  readonly onWrite?: (type: ResourceType, object: Live) => void;
  /** Subject to neither write gate nor rate limit: the leader election itself, which must write while not leading. */
  readonly ungated?: boolean;
}

/** Implements {@link Client} on an {@link Exchange}. */
export class HttpClient implements Client {
  readonly fieldManager: string;
  readonly #exchange: Exchange;
  readonly #discovery: Discovery;
  readonly #bound: Binding;

  constructor(exchange: Exchange, discovery = new Discovery(exchange), bound: Binding = {}) {
    this.fieldManager = exchange.options.fieldManager;
    this.#exchange = exchange;
    this.#discovery = discovery;
    this.#bound = bound;
  }

  get<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    options: CallOptions = {},
  ): Promise<Live<T>> {
    return this.#object({
      ...options,
      method: "GET",
      path: objectPath(type, key),
      idempotent: true,
      write: false,
    });
  }

  async find<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    options?: CallOptions,
  ): Promise<Live<T> | undefined> {
    try {
      return await this.get(type, key, options);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions = {}): Promise<Listed<T>> {
    const items: Live<T>[] = [];
    let next: string | undefined;
    for (;;) {
      const page = await this.page(type, options, next);
      items.push(...page.items);
      next = page.next;
      if (next === undefined) return { items, resourceVersion: page.resourceVersion };
    }
  }

  /** One page of a list. Objects get the apiVersion and kind that the server leaves out inside lists. */
  async page<T extends KubeObject>(
    type: ResourceType<T>,
    options: ListOptions & { accept?: string },
    continueToken: string | undefined,
  ): Promise<Listed<T> & { next: string | undefined }> {
    const { limit = PAGE, labelSelector, fieldSelector, namespace, accept } = options;
    const path =
      collectionPath(type, namespace) +
      query({ limit, labelSelector, fieldSelector, continue: continueToken });
    const answer = await this.#call({
      ...options,
      method: "GET",
      path,
      idempotent: true,
      write: false,
      headers: { accept: accept ?? JSON_TYPE },
    });
    const list = answer.json<{
      metadata?: { resourceVersion?: string; continue?: string };
      items?: Live<T>[] | null;
    }>();
    const apiVersion = apiVersionOf(type);
    const items = (list.items ?? []).map((item) => ({ ...item, apiVersion, kind: type.kind }));
    return {
      items,
      resourceVersion: list.metadata?.resourceVersion ?? "",
      next: list.metadata?.continue || undefined,
    };
  }

  async create<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    options: CallOptions = {},
  ): Promise<Live<T>> {
    const path = collectionPath(type, keyOf(object).namespace) + query({ fieldManager: this.fieldManager });
    return this.#written(type, {
      ...options,
      method: "POST",
      path,
      body: body(type, object),
      idempotent: false,
      write: true,
    });
  }

  async apply<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    options: ApplyOptions = {},
  ): Promise<Live<T>> {
    const { force = false, dryRun, subresource, fieldManager = this.fieldManager } = options;
    const path =
      objectPath(type, keyOf(object), subresource) +
      query({ fieldManager, force, dryRun: dryRun ? "All" : undefined });
    const call: Call = {
      ...options,
      method: "PATCH",
      path,
      body: body(type, object),
      headers: { "content-type": "application/apply-patch+yaml" },
      idempotent: true,
      write: true,
    };
    return dryRun ? this.#object(call) : this.#written(type, call);
  }

  async replace<T extends KubeObject>(
    type: ResourceType<T>,
    object: Live<T>,
    options: CallOptions = {},
  ): Promise<Live<T>> {
    const path = objectPath(type, keyOf(object)) + query({ fieldManager: this.fieldManager });
    return this.#written(type, {
      ...options,
      method: "PUT",
      path,
      body: body(type, object),
      idempotent: false,
      write: true,
    });
  }

  async mergePatch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: unknown,
    options: CallOptions & { subresource?: "status" | "scale" } = {},
  ): Promise<Live<T>> {
    const call: Call = {
      ...options,
      method: "PATCH",
      path: objectPath(type, key, options.subresource) + query({ fieldManager: this.fieldManager }),
      body: JSON.stringify(patch),
      headers: { "content-type": "application/merge-patch+json" },
      idempotent: false,
      write: true,
    };
    return this.#written(type, call);
  }

  patchStatus<T extends KubeObject>(
    type: ResourceType<T>,
    observed: Live<T>,
    status: unknown,
    options: CallOptions = {},
  ): Promise<Live<T>> {
    const { uid, resourceVersion } = observed.metadata;
    return this.mergePatch(
      type,
      keyOf(observed),
      { metadata: { uid, resourceVersion }, status },
      { ...options, subresource: "status" },
    );
  }

  async delete<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    options: DeleteOptions = {},
  ): Promise<boolean> {
    const { preconditions, propagation = "Background", gracePeriodSeconds } = options;
    const call: Call = {
      ...options,
      method: "DELETE",
      path: objectPath(type, key),
      body: JSON.stringify({
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: propagation,
        ...(preconditions && { preconditions }),
        ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
      }),
      // Without a uid, a second try could delete a successor of the same name.
      idempotent: preconditions?.uid !== undefined,
      write: true,
    };
    try {
      const answer = (await this.#call(call)).json<Live>();
      if (answer.kind === "Status") this.#exchange.options.hooks?.onDelete?.(type, key, preconditions?.uid);
      else if (answer.metadata?.deletionTimestamp !== undefined) this.#wrote(type, answer);
      else this.#exchange.options.hooks?.onDelete?.(type, key, answer.metadata?.uid);
      return true;
    } catch (error) {
      if (isNotFound(error)) {
        this.#exchange.options.hooks?.onDelete?.(type, key, preconditions?.uid);
        return false;
      }
      if (!isConflict(error) || preconditions?.uid === undefined) throw error;
      // Another object of that name, or a conflict of the moment: what was to go may still be there.
      const there = await this.find(type, key, options);
      if (there?.metadata.uid === preconditions.uid) throw error;
      return false;
    }
  }

  raw(path: string, request: RawRequest = {}): Promise<RawResponse> {
    const { method = "GET" } = request;
    return this.#call({
      ...request,
      method,
      path,
      idempotent: isRead(method),
      write: !isRead(method),
    });
  }

  serviceProxy(namespace: string, service: string, port: number | string): ServiceFetch {
    return this.#proxy(namespace, { service }, port);
  }

  podProxy(namespace: string, pod: string, ip: string, port: number | string): ServiceFetch {
    return this.#proxy(namespace, { pod, ip }, port);
  }

  #proxy(namespace: string, target: ProxyTarget, port: number | string): ServiceFetch {
    const { access } = this.#exchange.options;
    return serviceFetch({
      inCluster: access.inCluster,
      namespace,
      target,
      port,
      signal: this.#bound.signal,
      gate: (method, path) => {
        if (!isRead(method)) this.#exchange.requireLeadership(method, path);
      },
      send: (call) =>
        this.#exchange.exchange({
          ...call,
          signal: bothSignals(this.#bound.signal, call.signal),
          idempotent: false,
          write: !isRead(call.method),
        }),
    });
  }

  hasResource(type: ResourceType): Promise<boolean> {
    return this.#discovery.has(type);
  }

  /** The same client with more bound to it. */
  bind(more: Binding): HttpClient {
    const signal = bothSignals(this.#bound.signal, more.signal);
    return new HttpClient(this.#exchange, this.#discovery, { ...this.#bound, ...more, signal });
  }

  withSignal(signal: AbortSignal): Client {
    return this.bind({ signal });
  }

  #call(call: Call): Promise<RawResponse> {
    const signal = bothSignals(this.#bound.signal, call.signal);
    const ungated = this.#bound.ungated === true;
    if (signal === call.signal && !ungated) return this.#exchange.call(call);
    return this.#exchange.call({ ...call, signal, ...(ungated && { write: false, unlimited: true }) });
  }

  async #written<T extends KubeObject>(type: ResourceType<T>, call: Call): Promise<Live<T>> {
    const object = await this.#object<T>(call);
    this.#wrote(type, object as unknown as Live);
    return object;
  }

  #wrote(type: ResourceType, object: Live): void {
    this.#exchange.options.hooks?.onWrite?.(type, object);
    this.#bound.onWrite?.(type, object);
  }

  async #object<T extends KubeObject>(call: Call): Promise<Live<T>> {
    return (await this.#call(call)).json<Live<T>>();
  }
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

function body(type: ResourceType, object: { readonly metadata?: object }): string {
  const { metadata, ...rest } = object;
  if (metadata === undefined || !("managedFields" in metadata))
    return JSON.stringify({ ...object, apiVersion: apiVersionOf(type), kind: type.kind });
  // The API server refuses managedFields in an apply.
  const { managedFields: _managedFields, ...bare } = metadata;
  return JSON.stringify({ ...rest, metadata: bare, apiVersion: apiVersionOf(type), kind: type.kind });
}

/**
 * A client for programs without a manager (CLI, scripts, tests). Call `close()` when done.
 * @example const client = createClient({ access: await loadAccess(), fieldManager: "provost-cli" })
 */
export function createClient(options: ClientOptions): Client & { close(): Promise<void> } {
  const exchange = new Exchange(options);
  return Object.assign(new HttpClient(exchange), { close: () => exchange.close() });
}
