// The read side of an informer: what controllers see of a cache.
import type { CallOptions } from "../client/client.types.ts";
import type { KubeObject, Live, ObjectKey, ResourceType } from "../client/object.ts";

export interface CacheOptions<T extends KubeObject> {
  /** Only this namespace. Default: all. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Named indexes: each says under which values an object is found. */
  readonly indexers?: Readonly<Record<string, (object: Live<T>) => readonly string[]>>;
  /** Trims an object before it is cached. Default: `dropManagedFields` (others' managedFields, last-applied). */
  readonly transform?: (object: Live<T>) => Live<T>;
  /** Ask the server for metadata only (PartialObjectMetadata). `whole` and reconciles read the rest when they need it. */
  readonly metadataOnly?: boolean;
  /**
   * What is kept of each object, for kinds with big specs: what indexers and other controllers look at. `whole` and
   * reconciles get the rest from the last event, or read it.
   */
  readonly outline?: (object: Live<T>) => Live<T>;
  /**
   * The kind may be missing from the cluster, or we may not list it (403): then it is an empty cache, and is looked for
   * every minute.
   */
  readonly optional?: boolean;
  /** How often an absent kind is looked for; default 60 s. */
  readonly absentRecheckMs?: number;
}

/** A change as handlers see it. `initial` marks objects of the first list, `own` what this process has just written. */
export type CacheEvent<T extends KubeObject> = { readonly own?: boolean } & (
  | { readonly type: "add"; readonly object: Live<T>; readonly initial: boolean }
  | { readonly type: "update"; readonly object: Live<T>; readonly old: Live<T> }
  | { readonly type: "delete"; readonly object: Live<T> }
);

/** A local, always-current copy of all objects of a type. Returned objects are shared: never change them. */
export interface Cache<T extends KubeObject> {
  readonly type: ResourceType<T>;
  /** The first list has been seen by every handler. */
  readonly synced: boolean;
  /** Holds every object of its scope (no selector): what is not here does not exist. */
  readonly complete: boolean;
  /** The one namespace it looks at; `undefined`: all. */
  readonly namespace: string | undefined;
  /** Whether the API server serves the kind (only optional kinds may be absent); `undefined` before the first list. */
  readonly served: boolean | undefined;
  /** Holds outlines (`metadataOnly`, `outline`): ask `whole` for all of an object. */
  readonly partial: boolean;
  readonly size: number;
  get(key: ObjectKey): Live<T> | undefined;
  /**
   * All of an object, whether this cache is partial or not: the version known here or a newer one; `undefined` when the
   * cache does not know it or it has gone meanwhile. Rejects as `Client.get` does when it has to be read.
   */
  whole(key: ObjectKey, options?: CallOptions): Promise<Live<T> | undefined>;
  /** All objects, or those of one namespace. */
  list(namespace?: string): Live<T>[];
  /** Objects found under `value` in the named index; an unknown index throws. */
  byIndex(index: string, value: string): Live<T>[];
  /** Calls `handler` for everything cached now and every later change; returns how to stop. Errors are contained. */
  onChange(handler: (event: CacheEvent<T>) => void): () => void;
  /** Tells whether the kind is served, now and at every change; returns how to stop. */
  onServed(handler: (served: boolean) => void): () => void;
  waitForSync(signal?: AbortSignal): Promise<void>;
}
