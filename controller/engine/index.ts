// The engine: generic controller machinery on a Kubernetes API server. Import it from here only.
//
//   const manager = new Manager({ access: await loadAccess(), fieldManager: "provost", log });
//   manager.controller({ name: "widget", type: Widget, owns: [ConfigMap], reconcile });
//   await manager.run(signal);
//
//   async function reconcile(ctx: ReconcileContext<Widget>): Promise<Outcome> {
//     return summarise(ctx, await runSteps(ctx, [ensureConfig, tellTheWidget]));
//   }
import type { Registry } from "prom-client";
import type { AppliedObject, ApplyOwnedOptions } from "./apply/apply.types.ts";
import type { Client } from "./client/client.types.ts";
import type { KubeObject, Live, ObjectKey, ResourceType } from "./client/object.ts";
import type { Condition, DeclaredCondition } from "./conditions/condition.types.ts";
import type { Cache, CacheEvent, CacheOptions } from "./informer/cache.types.ts";
import type { ControllerSpec, ManagerOptions, Watch } from "./manager.types.ts";
import type { ReconcileContext, Step, StepsReport } from "./steps/context.types.ts";
import type { Outcome } from "./steps/result.ts";

export * from "./apply/apply.types.ts";
export * from "./client/access.ts";
export * from "./client/client.types.ts";
export * from "./client/errors.ts";
export * from "./client/kinds.ts";
export { createClient } from "./client/client.ts";
export type { ClientHooks, ClientOptions } from "./client/exchange.ts";
export { loadAccess, type LoadAccessOptions } from "./client/kubeconfig.ts";
export * from "./client/object.ts";
export * from "./conditions/condition.types.ts";
export * from "./informer/cache.types.ts";
export * from "./manager.types.ts";
export * from "./steps/context.types.ts";
export * from "./steps/result.ts";

/** Owns caches, controllers, leadership, metrics and health of one process. */
export declare class Manager {
  constructor(options: ManagerOptions);
  readonly client: Client;
  readonly registry: Registry;
  /** This process may write (always true without leader election). */
  readonly isLeader: boolean;
  /** Port of the health server once started. */
  readonly healthPort: number | undefined;
  /** The one shared cache of a type; made on first use, before `start`. Indexers of later calls are added. */
  cache<T extends KubeObject>(type: ResourceType<T>, options?: CacheOptions<T>): Cache<T>;
  /** Declares a controller, before `start`. */
  controller<T extends KubeObject>(spec: ControllerSpec<T>): void;
  /** Adds a readiness check; throw (or reject) to say why not ready. */
  readyCheck(name: string, check: () => void | Promise<void>): void;
  /** Starts health, caches, (leadership) and controllers; resolves when the caches are synced. */
  start(): Promise<void>;
  /** Stops watches, drains reconciles up to the deadline, releases the lease, closes connections. Idempotent. */
  stop(): Promise<void>;
  /** start, wait for the signal or for lost leadership, stop. Rejects with `NotLeaderError` when leadership was lost. */
  run(signal: AbortSignal): Promise<void>;
}

/** Declares that changes of another kind concern a controller. */
export declare function watch<U extends KubeObject>(
  type: ResourceType<U>,
  map: (object: Live<U>, event: CacheEvent<U>) => readonly ObjectKey[],
): Watch;

/** The context with more in it (`extend(ctx, { lms })`); unlike a spread it keeps `object` current. */
export declare function extend<C extends object, E extends object>(ctx: C, more: E): C & E;

/** Runs steps in order, stops at the first that is not done, and catches what they throw. */
export declare function runSteps<C extends Pick<ReconcileContext, "signal" | "log">>(
  ctx: C,
  steps: readonly Step<C>[],
): Promise<StepsReport>;

/**
 * The one place that writes status: turns the report and the draft into Ready / Reconciling / Stalled (kstatus), the
 * kind's own conditions, `observedGeneration` and the drafted fields; patches once, only on a difference, with the
 * observed resourceVersion; records events when Ready or Stalled change. Returns the outcome for the queue.
 */
export declare function summarise<T extends KubeObject>(
  ctx: ReconcileContext<T>,
  report: StepsReport,
): Promise<Outcome>;

/** Adds a finalizer if it is missing (one patch with optimistic locking); returns the object as it is now. */
export declare function ensureFinalizer<T extends KubeObject>(
  ctx: ReconcileContext<T>,
  finalizer: string,
): Promise<Live<T>>;
/** Removes a finalizer if it is there. Afterwards the object may be gone. */
export declare function removeFinalizer<T extends KubeObject>(
  ctx: ReconcileContext<T>,
  finalizer: string,
): Promise<void>;

/**
 * Server-side apply of an object owned by `owner`, written only when it differs from `live`: a declared field has
 * another value, or our manager owns a field that `desired` no longer declares. Throws `ApplyConflictError` when
 * another manager owns a field we declare with another value, `NotOwnedError` when the live object belongs to
 * somebody else. Inside a reconcile use `ctx.apply`.
 */
export declare function applyOwned<T extends KubeObject>(
  client: Client,
  live: Cache<T> | Live<T> | undefined,
  type: ResourceType<T>,
  desired: T,
  owner: { type: ResourceType; object: Live },
  options?: ApplyOwnedOptions,
): Promise<AppliedObject<T>>;

/** Another manager owns fields we declare. `conflicts` names each field and its manager. */
export declare class ApplyConflictError extends Error {
  readonly conflicts: readonly { readonly field: string; readonly manager: string }[];
}
/** The live object belongs to another owner (or to nobody, and adopting was not allowed). */
export declare class NotOwnedError extends Error {}

/** Returns conditions with `declared` in it; `lastTransitionTime` changes only when `status` changes. Pure. */
export declare function setCondition(
  conditions: readonly Condition[],
  declared: DeclaredCondition,
  at: { generation?: number; now: Date },
): Condition[];
/** Returns conditions without `type`. Pure. */
export declare function removeCondition(conditions: readonly Condition[], type: string): Condition[];
/** Finds a condition. */
export declare function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined;
/** True when the object's Ready condition is True for its current generation. */
export declare function isReady(object: {
  metadata?: { generation?: number };
  status?: { conditions?: readonly Condition[]; observedGeneration?: number };
}): boolean;
