// The shape every Kubernetes object has, keys, and resource types. No I/O here.
import type { V1ManagedFieldsEntry, V1ObjectMeta, V1OwnerReference } from "@kubernetes/client-node";

/**
 * A client-node model as it really is on the wire: dates are RFC 3339 strings, and names that the generator escaped
 * with an underscore (`_from`, `_default`) have their JSON name.
 */
export type Json<T> = T extends Date
  ? string
  : T extends readonly (infer U)[]
    ? Json<U>[]
    : T extends object
      ? { [K in keyof T as K extends `_${infer Name}` ? Name : K]: Json<T[K]> }
      : T;

export type ObjectMeta = Json<V1ObjectMeta>;
export type OwnerReference = Json<V1OwnerReference>;
export type ManagedFieldsEntry = Json<V1ManagedFieldsEntry>;

/** Metadata as anybody may declare it; wide enough for readonly types of one's own. */
export interface DeclaredMeta {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** The least that every Kubernetes object has. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: DeclaredMeta;
}

/** Metadata as the API server returns it: what it always fills in is not optional. */
export interface LiveMeta extends ObjectMeta {
  name: string;
  uid: string;
  resourceVersion: string;
}

/** An object that was read from (or returned by) the API server. Treat it as immutable: caches share it. */
export type Live<T extends KubeObject = KubeObject> = Omit<T, "metadata"> & { metadata: LiveMeta };

/** Names one object of a known type. `namespace` is "" for cluster-scoped objects. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

declare const objectType: unique symbol;

/** Group, version and name of a kind; the type parameter is the object's TypeScript type. */
export interface ResourceType<T extends KubeObject = KubeObject> {
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  /** Lower-case plural, as in the URL. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Only for the type checker; never present. */
  readonly [objectType]?: T;
}

/**
 * Declares a resource type.
 * @example const Widget = resourceType<Widget>({ group: "x.dev", version: "v1", plural: "widgets", kind: "Widget", namespaced: true })
 */
export function resourceType<T extends KubeObject>(
  type: Omit<ResourceType, typeof objectType>,
): ResourceType<T> {
  return Object.freeze({ ...type });
}

/** `apps/v1`, or `v1` for the core group: the value of `apiVersion`. */
export function apiVersionOf(type: Pick<ResourceType, "group" | "version">): string {
  return type.group === "" ? type.version : `${type.group}/${type.version}`;
}

/** `deployments.apps`, or `configmaps` for the core group: the name of the resource in logs and error details. */
export function resourceName(type: Pick<ResourceType, "group" | "plural">): string {
  return type.group === "" ? type.plural : `${type.plural}.${type.group}`;
}

/** The key of an object. */
export function keyOf(object: { metadata?: { name?: string; namespace?: string } }): ObjectKey {
  return { namespace: object.metadata?.namespace ?? "", name: object.metadata?.name ?? "" };
}

/** `namespace/name`, or `name` for cluster-scoped objects. Inverse of {@link parseKey}. */
export function keyString(key: ObjectKey): string {
  return key.namespace === "" ? key.name : `${key.namespace}/${key.name}`;
}

/** Parses what {@link keyString} wrote. */
export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf("/");
  return slash < 0
    ? { namespace: "", name: text }
    : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/** True when the object has been asked to go (a finalizer may still hold it). */
export function isDeleting(object: { metadata?: { deletionTimestamp?: string } }): boolean {
  return object.metadata?.deletionTimestamp !== undefined;
}

/** Whether the object with this uid owns it, as its controller or beside others. */
export function isOwnedBy(object: KubeObject, uid: string | undefined): boolean {
  return object.metadata?.ownerReferences?.some((owner) => owner.uid === uid) ?? false;
}

/** The owner reference with `controller: true`, if any. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find((reference) => reference.controller === true);
}

/**
 * Compares two resource versions of the same resource: negative when `a` is older. Real API servers use one growing
 * integer; anything else is compared for equality only, and unequal then counts as newer (NaN-free).
 */
export function compareResourceVersions(a: string, b: string): number {
  if (a === b) return 0;
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return -1;
  return a.length === b.length ? (a < b ? -1 : 1) : a.length - b.length;
}
