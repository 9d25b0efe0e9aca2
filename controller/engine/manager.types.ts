// The words of the manager: what a process and a controller declare.
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { ClusterAccess } from "./client/access.ts";
import type { KubeObject, Live, ObjectKey, ResourceType } from "./client/object.ts";
import type { CacheEvent, CacheOptions } from "./informer/cache.types.ts";
import type { ReconcileContext } from "./steps/context.types.ts";
import type { Outcome } from "./steps/result.ts";

export interface LeaderElectionOptions {
  readonly namespace: string;
  /** Name of the Lease. */
  readonly name: string;
  /** Unique per process, e.g. pod name plus a random part. */
  readonly identity: string;
  /** Default 15 s / 10 s / 2 s, as in controller-runtime. */
  readonly leaseDurationMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
}

export interface ManagerOptions {
  /** Where the API server is and how to sign in: `await loadAccess()`. */
  readonly access: ClusterAccess;
  /** Field manager of every write, e.g. `provost`. */
  readonly fieldManager: string;
  readonly log: Logger;
  /** Metrics go here; default: a registry of the manager's own. */
  readonly registry?: Registry;
  /** Only act in this namespace; default: all. */
  readonly namespace?: string;
  readonly leaderElection?: LeaderElectionOptions;
  /** Serves /livez, /readyz and /metrics; port 0 takes a free one. Absent: no server. */
  readonly health?: { readonly port: number; readonly host?: string };
  /** How long `stop()` lets running reconciles finish before it aborts them; default 10 s. */
  readonly drainDeadlineMs?: number;
  /** Connections for requests (watches have their own); default 16. */
  readonly maxConnections?: number;
  /**
   * Requests to the API server, all controllers together; watches and the lease are not counted. Default: no limit, the
   * server's own priority and fairness (429 with Retry-After) is respected.
   */
  readonly rateLimit?: { readonly perSecond: number; readonly burst: number };
}

/** Another kind whose changes concern a controller: `map` names the objects to reconcile. Make it with `watch`. */
export interface Watch {
  readonly type: ResourceType;
  readonly map: (object: Live, event: CacheEvent<KubeObject>) => readonly ObjectKey[];
}

export interface ControllerSpec<T extends KubeObject> {
  /** Lower-case; in logs and metrics. */
  readonly name: string;
  readonly type: ResourceType<T>;
  /** Options of the cache of `type`. */
  readonly cache?: CacheOptions<T>;
  /** Kinds whose objects carry a controller owner reference to `type`. Their changes reconcile the owner. */
  readonly owns?: readonly ResourceType[];
  readonly watches?: readonly Watch[];
  /** Reconciles at once; default 4. The same key never runs twice at once. */
  readonly concurrency?: number;
  /** Keys with the same answer share one fair turn; default: the namespace. */
  readonly fairness?: (key: ObjectKey) => string;
  /** A reconcile that takes longer is aborted and retried with backoff; default 120 s. */
  readonly timeoutMs?: number;
  /** Every object is looked at again after this long, +-10 %; default 10 h. 0: never. */
  readonly resyncMs?: number;
  /** Which updates of `type` matter; default: generation, labels, annotations or deletionTimestamp changed. */
  readonly predicate?: (now: Live<T>, old: Live<T>) => boolean;
  /** The table of contents. What it throws is retried with backoff (5 ms .. 1000 s per key). */
  reconcile(ctx: ReconcileContext<T>): Promise<Outcome>;
  /** The object is gone from the API server: drop what is kept in memory for it. */
  gone?(key: ObjectKey): void;
}
