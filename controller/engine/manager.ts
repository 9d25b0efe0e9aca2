// Owns what one process shares: client, caches, controllers, leadership, metrics and health. Wiring and order only.
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { HttpClient } from "./client/client.ts";
import type { Client } from "./client/client.types.ts";
import { NotLeaderError } from "./client/errors.ts";
import { Exchange } from "./client/exchange.ts";
import { tokenBucket } from "./client/limiter.ts";
import {
  type KubeObject,
  type Live,
  type ObjectKey,
  resourceName,
  type ResourceType,
} from "./client/object.ts";
import { Controller } from "./controller.ts";
import { EventRecorder } from "./events/recorder.ts";
import { type HealthServer, serveHealth } from "./health/server.ts";
import type { Cache, CacheEvent, CacheOptions } from "./informer/cache.types.ts";
import { Informer } from "./informer/informer.ts";
import { labelSelector } from "./informer/selector.ts";
import { HttpSource } from "./informer/source.ts";
import { dropManagedFields, metadataOnly } from "./informer/transform.ts";
import { WholeObjects } from "./informer/whole.ts";
import { Elector } from "./leader/elector.ts";
import type { ControllerSpec, ManagerOptions, Watch } from "./manager.types.ts";
import { EngineMetrics } from "./metrics/metrics.ts";

const DRAIN_MS = 10_000;
/** How long the last events may take on a stop. */
const FLUSH_MS = 1_000;
const SYNC_WARNING_MS = 30_000;
/** Objects are big where only outlines are kept: a page of them is parsed at once. */
const OUTLINE_PAGE = 100;

type Phase = "new" | "started" | "stopped";

/** See the docstrings of the public face in index.ts. */
export class Manager {
  readonly client: Client;
  readonly registry: Registry;
  readonly #options: ManagerOptions;
  readonly #log: Logger;
  readonly #exchange: Exchange;
  readonly #http: HttpClient;
  readonly #metrics: EngineMetrics;
  readonly #events: EventRecorder;
  readonly #caches = new Map<string, Informer<KubeObject>>();
  readonly #controllers: { start(): void; drain(ms: number): Promise<void>; abort(reason: Error): void }[] =
    [];
  readonly #checks = new Map<string, () => void | Promise<void>>();
  readonly #elector: Elector | undefined;
  readonly #watching = new AbortController();
  readonly #leading = new AbortController();
  readonly #lost = Promise.withResolvers<never>();
  readonly #informerRuns: Promise<void>[] = [];
  #election: Promise<void> = Promise.resolve();
  #health: HealthServer | undefined;
  #phase: Phase = "new";
  #stopping: Promise<void> | undefined;

  constructor(options: ManagerOptions) {
    const { access, fieldManager, log, leaderElection, maxConnections, rateLimit } = options;
    this.#options = options;
    this.#log = log;
    this.#metrics = new EngineMetrics(options.registry);
    this.registry = this.#metrics.registry;
    const host = new URL(access.server).host;
    this.#exchange = new Exchange({
      access,
      fieldManager,
      userAgent: fieldManager,
      ...(maxConnections !== undefined && { maxConnections }),
      ...(rateLimit && { limiter: tokenBucket(rateLimit.perSecond, rateLimit.burst) }),
      ...(leaderElection && { mayWrite: () => this.isLeader }),
      hooks: {
        onRequest: (method, code) => this.#metrics.request(host, method, code),
        onWrite: (type, object) => this.#caches.get(cacheKey(type))?.observeWrite(object),
        onDelete: (type, key, uid) => this.#caches.get(cacheKey(type))?.observeDelete(key, uid),
      },
    });
    this.#http = new HttpClient(this.#exchange);
    this.client = this.#http;
    this.#events = new EventRecorder({ client: this.#http, component: fieldManager, log });
    if (leaderElection) {
      this.#elector = new Elector({ ...leaderElection, client: this.#http.bind({ ungated: true }), log });
      this.#metrics.leader(leaderElection.name, false);
    }
    this.#lost.promise.catch(() => undefined);
    this.#checks.set("caches", () => this.#requireSynced());
  }

  /** This process may write (always true without leader election). */
  get isLeader(): boolean {
    return this.#elector?.leads ?? true;
  }

  /** Port of the health server once started. */
  get healthPort(): number | undefined {
    return this.#health?.port;
  }

  /** Connections to the API server opened so far. */
  get connectionsOpened(): number {
    return this.#exchange.connectionsOpened;
  }

  /**
   * The one shared cache of a type; made on first use, before `start`. Indexers of later calls are added; any other
   * option must come with the first call.
   */
  cache<T extends KubeObject>(type: ResourceType<T>, options?: CacheOptions<T>): Cache<T> {
    const key = cacheKey(type);
    const known = this.#caches.get(key) as unknown as Informer<T> | undefined;
    if (known !== undefined) {
      const { indexers, ...others } = options ?? {};
      if (Object.keys(others).length > 0) {
        throw new Error(
          `cache of ${resourceName(type)}: it exists already; give its options (${Object.keys(others).join(", ")}) with the first call`,
        );
      }
      for (const [name, indexer] of Object.entries(indexers ?? {})) known.addIndex(name, indexer);
      return known;
    }
    if (this.#phase !== "new")
      throw new Error(
        `cache of ${resourceName(type)}: nobody asked for it before start(); call manager.cache(...) first`,
      );
    const informer = this.#informer(type, options ?? {});
    this.#caches.set(key, informer as unknown as Informer<KubeObject>);
    if (options?.optional) informer.onServed((served) => this.#metrics.served(type, served));
    return informer;
  }

  /** Declares a controller, before `start`. */
  controller<T extends KubeObject>(spec: ControllerSpec<T>): void {
    if (this.#phase !== "new") throw new Error(`controller ${spec.name}: declare it before start()`);
    if (spec.cache) this.cache(spec.type, spec.cache);
    const cache = <U extends KubeObject>(type: ResourceType<U>): Cache<U> => this.cache(type);
    this.#controllers.push(
      new Controller(spec, {
        client: this.#http,
        log: this.#log,
        metrics: this.#metrics,
        events: this.#events,
        cache,
      }),
    );
  }

  /** Adds a readiness check; throw (or reject) to say why not ready. */
  readyCheck(name: string, check: () => void | Promise<void>): void {
    this.#checks.set(name, check);
  }

  /** Starts health, caches, (leadership) and controllers; resolves when the caches are synced. */
  async start(): Promise<void> {
    if (this.#phase !== "new") throw new Error("manager: started before");
    this.#phase = "started";
    const { health } = this.#options;
    if (health) {
      this.#health = await serveHealth({ ...health, registry: this.registry, ready: () => this.#checks });
      this.#log.info({ port: this.#health.port }, "serving /livez, /readyz and /metrics");
    }
    for (const informer of this.#caches.values())
      this.#informerRuns.push(informer.run(this.#watching.signal));
    await this.#sync();
    // A standby keeps its caches warm; its controllers collect keys and wait.
    if (this.#elector) this.#election = this.#elect(this.#elector);
    else this.#startControllers();
  }

  /** Drains reconciles up to the deadline, stops watches, releases the lease, closes connections. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** start, wait for the signal or for lost leadership, stop. Rejects with `NotLeaderError` when leadership was lost. */
  async run(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<undefined>();
    const onAbort = (): void => aborted.resolve(undefined);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      await Promise.race([this.start(), aborted.promise, this.#lost.promise]);
      await Promise.race([aborted.promise, this.#lost.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
      await this.stop();
    }
  }

  #informer<T extends KubeObject>(type: ResourceType<T>, options: CacheOptions<T>): Informer<T> {
    const { fieldManager } = this.#options;
    const namespace = options.namespace ?? (type.namespaced ? this.#options.namespace : undefined);
    const trim = options.transform ?? dropManagedFields<T>(fieldManager);
    const outline = options.metadataOnly ? metadataOnly<T> : options.outline;
    const matches = options.labelSelector === undefined ? undefined : labelSelector(options.labelSelector);
    const selective = matches !== undefined || options.fieldSelector !== undefined;
    const source = new HttpSource(type, this.#http, this.#exchange, { ...options, namespace });
    return new Informer<T>({
      type,
      source,
      log: this.#log,
      transform: outline ? (object) => trim(outline(object)) : trim,
      ...(outline && {
        whole: new WholeObjects<T>({ trim, read: (key, call) => this.#http.find(type, key, call) }),
        sourceIsWhole: !options.metadataOnly,
        ...(!options.metadataOnly && { pageSize: OUTLINE_PAGE }),
      }),
      ...(options.indexers && { indexers: options.indexers }),
      ...(options.optional && { optional: true }),
      ...(options.absentRecheckMs !== undefined && { absentRecheckMs: options.absentRecheckMs }),
      ...((selective || namespace !== undefined) && {
        belongs: (object) =>
          (namespace === undefined || object.metadata.namespace === namespace) &&
          options.fieldSelector === undefined &&
          (matches?.(object.metadata.labels) ?? true),
      }),
      complete: !selective,
      ...(namespace !== undefined && { namespace }),
    });
  }

  async #sync(): Promise<void> {
    const signal = this.#watching.signal;
    const synced = Promise.all([...this.#caches.values()].map((informer) => informer.waitForSync(signal)));
    const timer = setInterval(() => {
      const missing = [...this.#caches.values()]
        .filter((informer) => !informer.synced)
        .map((informer) => resourceName(informer.type));
      this.#log.warn(
        { missing },
        "still waiting for the first list of some kinds; is their CRD installed, may we list them?",
      );
    }, SYNC_WARNING_MS);
    try {
      await synced;
    } finally {
      clearInterval(timer);
    }
  }

  #requireSynced(): void {
    if (this.#phase !== "started") throw new Error(this.#phase === "new" ? "not started" : "stopping");
    const missing = [...this.#caches.values()]
      .filter((informer) => !informer.synced)
      .map((informer) => resourceName(informer.type));
    if (missing.length > 0) throw new Error(`waiting for the first list of ${missing.join(", ")}`);
  }

  #startControllers(): void {
    if (this.#phase !== "started") return;
    for (const controller of this.#controllers) controller.start();
  }

  async #elect(elector: Elector): Promise<void> {
    const { signal } = this.#leading;
    const name = this.#options.leaderElection?.name ?? "";
    try {
      await elector.acquire(signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    this.#metrics.leader(name, true);
    this.#startControllers();
    await elector.hold(signal);
    if (signal.aborted) return;
    this.#metrics.leader(name, false);
    const lost = new NotLeaderError(`lease ${name}: leadership lost; nothing more is written`);
    for (const controller of this.#controllers) controller.abort(lost);
    this.#lost.reject(lost);
  }

  async #stop(): Promise<void> {
    const { drainDeadlineMs = DRAIN_MS } = this.#options;
    this.#phase = "stopped";
    await Promise.all(this.#controllers.map((controller) => controller.drain(drainDeadlineMs)));
    await Promise.race([this.#events.flush(), sleep(FLUSH_MS)]);
    this.#watching.abort(new Error("stopping"));
    this.#leading.abort(new Error("stopping"));
    await Promise.all([...this.#informerRuns, this.#election]);
    await this.#elector?.release();
    await this.#health?.close();
    await this.#exchange.close();
  }
}

/** Declares that changes of another kind concern a controller. */
export function watch<U extends KubeObject>(
  type: ResourceType<U>,
  map: (object: Live<U>, event: CacheEvent<U>) => readonly ObjectKey[],
): Watch {
  return { type, map: map as unknown as Watch["map"] };
}

function cacheKey(type: ResourceType): string {
  return `${type.group}/${type.version}/${type.plural}`;
}
