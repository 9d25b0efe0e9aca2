// The in-process contract between the API server and whatever runs beside it in the sandbox
// (node, workload controllers, gateway). Types only: the server behind it lives in ./apiserver.

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  manager?: string;
  operation?: string;
  apiVersion?: string;
  time?: string;
  fieldsType?: string;
  fieldsV1?: Record<string, unknown>;
  subresource?: string;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  generateName?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
}

/** Any object the API server stores. Objects handed out are shared and frozen: copy (`structuredClone`) before changing. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: unknown;
  status?: unknown;
  [field: string]: unknown;
}

/** A resource by API group ("" is the core group), version and plural name. */
export interface ResourceRef {
  group: string;
  version: string;
  resource: string;
}

export type WatchEvent = { type: "ADDED" | "MODIFIED" | "DELETED"; object: KubeObject };

export type PropagationPolicy = "Background" | "Foreground" | "Orphan";

export interface ListOptions {
  namespace?: string;
  /** As in the query parameter: `app=web,tier in (a,b),!legacy`. */
  labelSelector?: string;
}

export interface DeleteOptions {
  /** Refuses with 409 Conflict when the live object has another uid. */
  uid?: string;
  propagationPolicy?: PropagationPolicy;
  /** Pods only: 0 removes at once; anything else marks the pod and leaves its removal to the node. */
  gracePeriodSeconds?: number;
}

export interface WriteOptions {
  /** Recorded in managedFields; default "sandbox". */
  fieldManager?: string;
}

/**
 * The API server as in-process controllers see it: synchronous, with the same admission, validation and
 * resourceVersion rules as over HTTP. Every refusal is thrown as `ApiError` (./apiserver/status.ts), whose
 * `status.code` and `status.reason` are those a client would get.
 */
export interface Cluster {
  get(res: ResourceRef, namespace: string | undefined, name: string): KubeObject | undefined;
  list(res: ResourceRef, opts?: ListOptions): KubeObject[];
  /**
   * Replays what exists as ADDED (synchronously, before this call returns), then hands on every later event in
   * resourceVersion order, once each, on a microtask after the write has committed: a handler may write itself.
   * Returns the function that stops the watch.
   */
  watch(res: ResourceRef, handler: (event: WatchEvent) => void): () => void;
  /** `obj.metadata.namespace` must be set for namespaced kinds. Returns the stored object. */
  create(res: ResourceRef, obj: KubeObject, opts?: WriteOptions): KubeObject;
  /** Replaces all but status; a set `metadata.resourceVersion` that is stale throws 409 Conflict. */
  update(res: ResourceRef, obj: KubeObject, opts?: WriteOptions): KubeObject;
  /** Replaces status only. An unchanged status writes nothing and returns the live object. */
  updateStatus(res: ResourceRef, obj: KubeObject, opts?: WriteOptions): KubeObject;
  /** Throws 404 NotFound when absent. */
  delete(res: ResourceRef, namespace: string | undefined, name: string, opts?: DeleteOptions): void;
}

export interface PodLogOptions {
  container?: string;
  follow?: boolean;
  tailLines?: number;
  limitBytes?: number;
  previous?: boolean;
  sinceSeconds?: number;
  sinceTime?: string;
  timestamps?: boolean;
  /** Aborted when the client has gone; a following log must end then. */
  signal: AbortSignal;
}

export interface ProxyTarget {
  host: string;
  port: number;
}

/** What the node gives the API server so that it can serve logs and proxies. */
export interface NodeBackend {
  /** Throws `ApiError` (400) when the container's log cannot be had (yet). */
  podLog(namespace: string, pod: string, opts: PodLogOptions): AsyncIterable<Uint8Array>;
  /** Where a ready endpoint of the service listens; `port` is a port's name or number, "" is the only port. */
  serviceTarget(namespace: string, service: string, port: string): ProxyTarget | undefined;
  /** Where the pod's port really listens; `port` is a number, a port's name, or "" for the first declared one. */
  podTarget(namespace: string, pod: string, port: string): ProxyTarget | undefined;
}

/**
 * Called for every create and update over HTTP and in process, after defaulting and before validation; may change
 * `object` in place (e.g. allocate a clusterIP) or throw `ApiError`. With `dryRun` it must not allocate anything.
 */
export type AdmissionHook = (request: {
  res: ResourceRef;
  operation: "CREATE" | "UPDATE";
  object: KubeObject;
  oldObject?: KubeObject;
  dryRun: boolean;
}) => void;
