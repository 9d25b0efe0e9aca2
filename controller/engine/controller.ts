// One controller: turns cache events into keys, and keys into runs of the reconcile function.
import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { HttpClient } from "./client/client.ts";
import { ApiError, isConflict, NotLeaderError } from "./client/errors.ts";
import {
  controllerOf,
  isDeleting,
  keyOf,
  keyString,
  type KubeObject,
  type Live,
  type ObjectKey,
  parseKey,
  type ResourceType,
} from "./client/object.ts";
import { deepEqual } from "./apply/equal.ts";
import type { EventRecorder } from "./events/recorder.ts";
import type { Cache, CacheEvent } from "./informer/cache.types.ts";
import type { ControllerSpec } from "./manager.types.ts";
import type { ControllerMetrics, EngineMetrics, ReconcileResult } from "./metrics/metrics.ts";
import type { Priority } from "./queue/priority.ts";
import { KeyQueue, type Taken } from "./queue/queue.ts";
import { Workers } from "./queue/workers.ts";
import { done, type Outcome } from "./steps/result.ts";
import { contextOf } from "./steps/run.ts";
import { failed } from "./steps/steps.ts";

/** What a controller gets from its manager. */
export interface ControllerHost {
  readonly client: HttpClient;
  readonly log: Logger;
  readonly metrics: EngineMetrics;
  readonly events: EventRecorder;
  cache<U extends KubeObject>(type: ResourceType<U>): Cache<U>;
}

const CONCURRENCY = 4;
const TIMEOUT_MS = 120_000;
/** How long an aborted reconcile may take to end. */
const DEAF_MS = 10_000;
const RESYNC_MS = 10 * 60 * 60 * 1000;

/** See {@link ControllerSpec}. */
export class Controller<T extends KubeObject> {
  readonly name: string;
  readonly #spec: ControllerSpec<T>;
  readonly #host: ControllerHost;
  readonly #log: Logger;
  readonly #cache: Cache<T>;
  readonly #queue: KeyQueue;
  readonly #workers: Workers;
  readonly #metrics: ControllerMetrics;
  #started = false;

  constructor(spec: ControllerSpec<T>, host: ControllerHost) {
    const { concurrency = CONCURRENCY, fairness = (key) => key.namespace } = spec;
    this.name = spec.name;
    this.#spec = spec;
    this.#host = host;
    this.#log = host.log.child({ controller: spec.name });
    this.#metrics = host.metrics.controller(spec.name, concurrency);
    this.#queue = new KeyQueue({
      concurrency,
      groupOf: (key) => fairness(parseKey(key)),
      now: () => performance.now(),
      random: Math.random,
      observer: this.#metrics.queue,
    });
    host.metrics.observeQueue(spec.name, this.#queue);
    this.#workers = new Workers(
      this.#queue,
      (taken, signal, abandon) => this.#work(taken, signal, abandon),
      (key, error) => this.#log.error({ key, err: error }, "the engine itself failed on a key"),
    );
    this.#cache = host.cache(spec.type);
    this.#cache.onChange((event) => this.#onPrimary(event));
    for (const type of spec.owns ?? []) {
      host.cache(type).onChange((event) => this.#onOwned(event));
      host.cache(type).onServed(() => this.#onServed());
    }
    for (const { type, map } of spec.watches ?? []) {
      host.cache(type).onChange((event) => {
        for (const key of map(event.object, event)) this.#enqueue(key, priorityOf(event));
      });
    }
  }

  /** Begins to run keys; they have been collected since the caches started. */
  start(): void {
    this.#started = true;
    this.#workers.start();
  }

  /** Lets running reconciles finish, up to the deadline. */
  async drain(deadlineMs: number): Promise<void> {
    const aborted = await this.#workers.drain(deadlineMs);
    if (aborted > 0) this.#log.warn({ aborted }, "reconciles did not end in time and were aborted");
  }

  /** Aborts all runs at once: this process may not write any more. */
  abort(reason: Error): void {
    this.#workers.abort(reason);
  }

  #onPrimary(event: CacheEvent<T>): void {
    const object = event.object as KubeObject;
    const key = keyOf(object);
    switch (event.type) {
      case "add":
        this.#enqueue(key, priorityOf(event));
        return;
      case "update": {
        const matters = this.#spec.predicate ?? changedByOthers;
        if (matters(event.object, event.old)) this.#enqueue(key, "change");
        return;
      }
      case "delete":
        this.#queue.remove(keyString(key));
        this.#spec.gone?.(key);
        return;
    }
  }

  /**
   * An optional kind has appeared or gone: every owner may want children of it, or has to do without. Before the start
   * all of them are queued by the first list.
   */
  #onServed(): void {
    if (this.#started)
      for (const object of this.#cache.list()) this.#enqueue(keyOf(object as KubeObject), "resync");
  }

  #onOwned(event: CacheEvent<KubeObject>): void {
    const { type } = this.#spec;
    const objects = event.type === "update" ? [event.object, event.old] : [event.object];
    for (const object of objects) {
      const owner = controllerOf(object);
      if (owner?.kind !== type.kind || owner.apiVersion.split("/")[0] !== (type.group || type.version))
        continue;
      const key = { namespace: type.namespaced ? (object.metadata.namespace ?? "") : "", name: owner.name };
      // Written by the run that is under way: it has seen the answer.
      if (event.own && this.#queue.isRunning(keyString(key))) continue;
      this.#enqueue(key, priorityOf(event));
    }
  }

  #enqueue(key: ObjectKey, priority: Priority): void {
    this.#queue.add(keyString(key), priority);
    this.#workers.poke();
  }

  async #work(taken: Taken, stopping: AbortSignal, abandon: () => void): Promise<void> {
    const key = parseKey(taken.key);
    const known = this.#cache.get(key);
    if (known === undefined) {
      this.#queue.forget(taken.key);
      return;
    }
    const finished = this.#metrics.started();
    const id = randomUUID();
    const log = this.#log.child({ key: taken.key, reconcileId: id });
    const { result, error } = this.#schedule(
      taken.key,
      await this.#run(taken, known, id, log, stopping, abandon),
      log,
      stopping,
    );
    finished(result, error);
  }

  /** One contained run: whatever happens inside becomes an outcome. */
  async #run(
    taken: Taken,
    known: Live<T>,
    id: string,
    log: Logger,
    stopping: AbortSignal,
    abandon: () => void,
  ): Promise<Outcome> {
    const { timeoutMs = TIMEOUT_MS, type, reconcile } = this.#spec;
    // One controller and a listener: AbortSignal.any() costs as much as the rest of this function.
    const run = new AbortController();
    const { signal } = run;
    const onStopping = (): void => run.abort(stopping.reason);
    if (stopping.aborted) onStopping();
    stopping.addEventListener("abort", onStopping);
    let deaf: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => {
      this.#host.metrics.timedOut(this.name);
      run.abort(new Error(`reconcile took longer than ${timeoutMs / 1000} s and was aborted`));
      deaf = setTimeout(() => {
        log.error("the reconcile does not heed its signal; its worker is given to others");
        abandon();
      }, DEAF_MS);
    }, timeoutMs);
    try {
      const object = this.#cache.partial ? await this.#cache.whole(parseKey(taken.key), { signal }) : known;
      if (object === undefined) return done();
      const events = this.#host.events.about(type, object as unknown as Live);
      const { client } = this.#host;
      const cache = <U extends KubeObject>(other: ResourceType<U>): Cache<U> => this.#host.cache(other);
      return await reconcile(
        contextOf<T>({ type, object, id, attempt: taken.failures, signal, log, client, events, cache }),
      );
    } catch (error) {
      return failed(signal.aborted ? signal.reason : error, "reconcile");
    } finally {
      stopping.removeEventListener("abort", onStopping);
      clearTimeout(timer);
      clearTimeout(deaf);
    }
  }

  /** What the outcome means for the key's next run. */
  #schedule(
    key: string,
    outcome: Outcome,
    log: Logger,
    stopping: AbortSignal,
  ): { result: ReconcileResult; error: "none" | "retry" | "terminal" } {
    const exists = this.#cache.get(parseKey(key)) !== undefined;
    switch (outcome.type) {
      case "done":
        this.#queue.forget(key);
        if (exists) this.#later(key, outcome.againAfterMs);
        return { result: outcome.againAfterMs === undefined ? "success" : "requeue_after", error: "none" };
      case "requeue":
        this.#queue.forget(key);
        if (exists) this.#later(key, outcome.afterMs);
        log.debug({ reason: outcome.reason, afterMs: outcome.afterMs }, outcome.message);
        return { result: "requeue_after", error: "none" };
      case "stalled":
        this.#queue.forget(key);
        if (exists) this.#later(key, undefined);
        log.info({ reason: outcome.reason }, `stalled: ${outcome.message}`);
        return { result: "error", error: "terminal" };
      case "failed":
        return this.#failed(key, outcome.error, outcome.reason, outcome.message, log, stopping);
    }
  }

  #failed(
    key: string,
    error: unknown,
    reason: string,
    message: string,
    log: Logger,
    stopping: AbortSignal,
  ): { result: ReconcileResult; error: "none" | "retry" } {
    // Stopping or deposed: the next leader starts from the first list.
    if (stopping.aborted || error instanceof NotLeaderError) return { result: "requeue", error: "none" };
    const atLeastMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    const delayMs = this.#queue.retry(key, "change", atLeastMs);
    this.#workers.poke();
    // A lost race is daily business: somebody wrote first, and we look again.
    if (isConflict(error)) {
      log.debug({ reason, delayMs }, message);
      return { result: "requeue", error: "none" };
    }
    const unexpected =
      error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
    log.warn({ reason, delayMs, ...(unexpected && { stack: error.stack }) }, message);
    return { result: "error", error: "retry" };
  }

  /** Looks again after `afterMs`, or at the next resync, whichever is sooner. */
  #later(key: string, afterMs: number | undefined): void {
    const { resyncMs = RESYNC_MS } = this.#spec;
    const resync = resyncMs > 0 ? resyncMs * (0.9 + 0.2 * Math.random()) : Infinity;
    const delayMs = Math.min(afterMs ?? Infinity, resync);
    if (delayMs === Infinity) return;
    this.#queue.addAfter(key, delayMs, "resync");
    this.#workers.poke();
  }
}

function priorityOf(event: { readonly type: string; readonly initial?: boolean }): Priority {
  return event.type === "add" && event.initial ? "initial" : "change";
}

/** The default predicate: what people and other controllers change, and not what we write ourselves (status, finalizers). */
function changedByOthers(
  now: { readonly metadata: Live["metadata"] },
  old: { readonly metadata: Live["metadata"] },
): boolean {
  const [a, b] = [now.metadata, old.metadata];
  return (
    a.generation !== b.generation ||
    isDeleting(now) !== isDeleting(old) ||
    !deepEqual(a.labels ?? {}, b.labels ?? {}) ||
    !deepEqual(a.annotations ?? {}, b.annotations ?? {}) ||
    (isDeleting(now) && !deepEqual(a.finalizers ?? [], b.finalizers ?? []))
  );
}
