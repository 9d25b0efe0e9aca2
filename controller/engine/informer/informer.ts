// A cache that keeps itself current: runs the state machine of machine.ts on a source, feeds the store, tells handlers.
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { CallOptions } from "../client/client.types.ts";
import { ApiError, isForbidden, isGone, isNotFound } from "../client/errors.ts";
import {
  compareResourceVersions,
  type KubeObject,
  type Live,
  type ObjectKey,
  resourceName,
  type ResourceType,
} from "../client/object.ts";
import type { Cache, CacheEvent } from "./cache.types.ts";
import { type InformerEvent, type InformerState, transition } from "./machine.ts";
import type { Source, WatchEvent } from "./source.ts";
import { type Indexer, Store, type StoreChange } from "./store.ts";
import type { WholeObjects } from "./whole.ts";

export interface InformerOptions<T extends KubeObject> {
  readonly type: ResourceType<T>;
  readonly source: Source<T>;
  readonly log: Pick<Logger, "info" | "warn" | "error" | "debug">;
  readonly transform?: (object: Live<T>) => Live<T>;
  /** Present when `transform` leaves outlines only, or the source gives no more. */
  readonly whole?: WholeObjects<T>;
  /** What the source gives is whole, so that what an event brings need not be read again. Default true. */
  readonly sourceIsWhole?: boolean;
  readonly indexers?: Readonly<Record<string, Indexer<T>>>;
  /** A 404 of the kind is no error: the cache is empty and the kind is looked for again. */
  readonly optional?: boolean;
  /** How often an absent kind is looked for; default 60 s. */
  readonly absentRecheckMs?: number;
  /** Objects of our own writes that the selection would not show are not cached. Default: all belong. */
  readonly belongs?: (object: Live<T>) => boolean;
  /** See {@link Cache.namespace}. */
  readonly namespace?: string;
  /** See {@link Cache.complete}; default true. */
  readonly complete?: boolean;
  /** Default 500. */
  readonly pageSize?: number;
  /** A watch without any byte for this long is dead; bookmarks come every 60 s. Default 70 s. */
  readonly inactivityMs?: number;
}

/** A watch that ends sooner than this, without an event, must not be reopened at full speed. */
const TOO_SOON_MS = 1_000;
/** Lists older than what we have seen are refused this often in a row, then believed: history was rewound. */
const MAX_STALE_LISTS = 5;

/** Implements {@link Cache}. `run` it once; it ends only when its signal aborts. */
export class Informer<T extends KubeObject> implements Cache<T> {
  readonly type: ResourceType<T>;
  readonly #options: InformerOptions<T>;
  readonly #store = new Store<T>();
  readonly #handlers = new Set<(event: CacheEvent<T>) => void>();
  readonly #firstList = Promise.withResolvers<undefined>();
  #state: InformerState = { type: "empty" };
  #synced = false;
  #served: boolean | undefined;
  readonly #servedHandlers = new Set<(served: boolean) => void>();
  #staleLists = 0;
  /** Newest resourceVersion seen in a list, bookmark or event. */
  #newest = "";

  constructor(options: InformerOptions<T>) {
    this.type = options.type;
    this.#options = options;
    for (const [name, indexer] of Object.entries(options.indexers ?? {})) this.#store.addIndex(name, indexer);
  }

  get synced(): boolean {
    return this.#synced;
  }
  get complete(): boolean {
    return this.#options.complete ?? true;
  }
  get served(): boolean | undefined {
    return this.#served;
  }
  get partial(): boolean {
    return this.#options.whole !== undefined;
  }
  get namespace(): string | undefined {
    return this.#options.namespace;
  }
  get size(): number {
    return this.#store.size;
  }
  /** For logs, metrics and tests. */
  get state(): InformerState {
    return this.#state;
  }

  get(key: ObjectKey): Live<T> | undefined {
    return this.#store.get(key);
  }
  async whole(key: ObjectKey, options?: CallOptions): Promise<Live<T> | undefined> {
    const known = this.#store.get(key);
    const { whole } = this.#options;
    return known === undefined || whole === undefined ? known : whole.of(key, known, options);
  }
  list(namespace?: string): Live<T>[] {
    return this.#store.list(namespace);
  }
  byIndex(index: string, value: string): Live<T>[] {
    return this.#store.byIndex(index, value);
  }
  addIndex(name: string, indexer: Indexer<T>): void {
    this.#store.addIndex(name, indexer);
  }

  onChange(handler: (event: CacheEvent<T>) => void): () => void {
    this.#handlers.add(handler);
    for (const object of this.#store.list()) this.#tell(handler, { type: "add", object, initial: true });
    return () => void this.#handlers.delete(handler);
  }

  onServed(handler: (served: boolean) => void): () => void {
    this.#servedHandlers.add(handler);
    if (this.#served !== undefined) handler(this.#served);
    return () => void this.#servedHandlers.delete(handler);
  }

  async waitForSync(signal?: AbortSignal): Promise<void> {
    if (this.#synced) return;
    signal?.throwIfAborted();
    const { promise, reject } = Promise.withResolvers<undefined>();
    const onAbort = (): void =>
      reject(
        signal?.reason instanceof Error
          ? signal.reason
          : new Error(`cache of ${resourceName(this.type)}: stopped waiting`),
      );
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([this.#firstList.promise, promise]);
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Takes the answer of our own write, so that the next reader sees it before the watch tells. */
  observeWrite(object: Live<T>): void {
    const { belongs, transform } = this.#options;
    const known = this.#store.get({ namespace: object.metadata.namespace ?? "", name: object.metadata.name });
    if (known === undefined && belongs?.(object) === false) return;
    // Deleting without a finalizer left: the object is gone already, its last version must not come back.
    if (known === undefined && object.metadata.deletionTimestamp !== undefined) return;
    const changes = this.#store.put(transform ? transform(object) : object);
    if (changes.length > 0) this.#options.whole?.see(object);
    this.#changed(changes, false, true);
  }

  /** Takes the success of our own delete. */
  observeDelete(key: ObjectKey, uid: string | undefined): void {
    if (uid !== undefined) this.#changed(this.#store.forget(key, uid), false, true);
  }

  /** Lists and watches until `signal` aborts. Never rejects, never ends by itself. */
  async run(signal: AbortSignal): Promise<void> {
    this.#next({ type: "start" });
    const onAbort = (): void => this.#next({ type: "stop" });
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    while (this.#state.type !== "stopped") {
      const event = await this.#act(this.#state, signal);
      if (!signal.aborted) this.#next(event);
    }
    signal.removeEventListener("abort", onAbort);
  }

  #next(event: InformerEvent): void {
    this.#state = transition(this.#state, event, Math.random());
  }

  async #act(state: InformerState, signal: AbortSignal): Promise<InformerEvent> {
    switch (state.type) {
      case "empty":
        return { type: "start" };
      case "listing":
        return this.#list(signal);
      case "watching":
        return this.#watch(state.resourceVersion, signal);
      case "backingOff":
      case "absent":
        await sleep(state.delayMs, undefined, { signal }).catch(() => undefined);
        return { type: "elapsed" };
      case "stopped":
        return { type: "stop" };
    }
  }

  async #list(signal: AbortSignal): Promise<InformerEvent> {
    const { source, transform, pageSize = 500, optional, log } = this.#options;
    const kind = resourceName(this.type);
    try {
      const objects: Live<T>[] = [];
      let next: string | undefined;
      let resourceVersion: string;
      do {
        const page = await source.page(pageSize, next, signal);
        for (const item of page.items) objects.push(transform ? transform(item) : item);
        ({ next, resourceVersion } = page);
      } while (next !== undefined);
      const rewound =
        this.#newest !== "" &&
        /^\d+$/.test(this.#newest) &&
        compareResourceVersions(resourceVersion, this.#newest) < 0;
      if (rewound && ++this.#staleLists <= MAX_STALE_LISTS) {
        log.warn(
          { kind, resourceVersion, newest: this.#newest },
          "list is older than what was seen before; asking again",
        );
        return { type: "failed" };
      }
      if (rewound)
        log.error(
          { kind, resourceVersion, newest: this.#newest },
          "the API server's history went back; believing it",
        );
      this.#staleLists = 0;
      this.#newest = resourceVersion;
      this.#changed(this.#store.replace(objects, resourceVersion, rewound), !this.#synced);
      this.#markSynced(true);
      return { type: "listed", resourceVersion };
    } catch (error) {
      const forbidden = isForbidden(error);
      if (optional && (isNotFound(error) || forbidden)) {
        if (forbidden) log.warn({ kind }, "we may not list the kind, which is optional; going without it");
        this.#changed(this.#store.replace([], "", true), false);
        // A kind that comes back starts its own history.
        this.#newest = "";
        this.#markSynced(false);
        return { type: "absent", recheckMs: this.#options.absentRecheckMs };
      }
      return this.#failure(error, "list", signal);
    }
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<InformerEvent> {
    const { source, inactivityMs = 70_000 } = this.#options;
    const startedAt = performance.now();
    let events = 0;
    const onEvent = (event: WatchEvent<T>): void => {
      events++;
      this.#seen(event);
    };
    try {
      // Between 5 and 10 minutes, so that many watches do not end together.
      const timeoutSeconds = 300 + Math.floor(Math.random() * 300);
      await source.watch({ resourceVersion, signal, inactivityMs, timeoutSeconds, onEvent });
      return { type: "closed", tooSoon: events === 0 && performance.now() - startedAt < TOO_SOON_MS };
    } catch (error) {
      return this.#failure(error, "watch", signal);
    }
  }

  #seen(event: WatchEvent<T>): void {
    const { transform, whole, sourceIsWhole = true } = this.#options;
    const resourceVersion =
      event.type === "BOOKMARK" ? event.resourceVersion : event.object.metadata.resourceVersion;
    if (event.type === "DELETED")
      this.#changed(this.#store.remove(transform ? transform(event.object) : event.object), false);
    else if (event.type !== "BOOKMARK") {
      const changes = this.#store.put(transform ? transform(event.object) : event.object);
      if (changes.length > 0 && sourceIsWhole) whole?.see(event.object);
      this.#changed(changes, false);
    }
    this.#newest = resourceVersion;
    this.#next({ type: "progress", resourceVersion });
  }

  #failure(error: unknown, what: "list" | "watch", signal: AbortSignal): InformerEvent {
    if (signal.aborted) return { type: "stop" };
    const kind = resourceName(this.type);
    // A watch of a kind that is not served (any more) has nothing to resume.
    if (isGone(error) || (what === "watch" && isNotFound(error))) {
      this.#options.log.debug({ kind, what }, "version expired; listing again");
      return { type: "gone" };
    }
    this.#options.log.warn(
      { kind, what, error: error instanceof Error ? error.message : String(error) },
      `${what} failed; trying again`,
    );
    return { type: "failed", retryAfterMs: error instanceof ApiError ? error.retryAfterMs : undefined };
  }

  #markSynced(served: boolean): void {
    if (!this.#synced) {
      this.#synced = true;
      this.#firstList.resolve(undefined);
    }
    if (this.#served === served) return;
    const kind = resourceName(this.type);
    if (!served) this.#options.log.info({ kind }, "this cluster does not serve the kind; going without it");
    else if (this.#served === false) this.#options.log.info({ kind }, "the cluster serves the kind now");
    this.#served = served;
    for (const handler of this.#servedHandlers) handler(served);
  }

  #changed(changes: readonly StoreChange<T>[], initial: boolean, own = false): void {
    for (const change of changes) {
      if (change.type === "delete") this.#options.whole?.forget(change.object.metadata.uid);
      const event: CacheEvent<T> = change.type === "add" ? { ...change, initial, own } : { ...change, own };
      for (const handler of this.#handlers) this.#tell(handler, event);
    }
  }

  #tell(handler: (event: CacheEvent<T>) => void, event: CacheEvent<T>): void {
    try {
      handler(event);
    } catch (error) {
      this.#options.log.error(
        { kind: resourceName(this.type), err: error },
        "a cache handler threw; the cache goes on",
      );
    }
  }
}
