// Garbage collection: dependents go when all their owners are gone; the orphan and foregroundDeletion finalizers
// are worked off.
import type { KubeObject, OwnerReference } from "../cluster.ts";
import type { StoreEvent } from "../store/collection.ts";
import type { Background } from "./background.ts";
import { find, type Core } from "./core.ts";
import { deleteObject, foregroundFinalizer, orphanFinalizer } from "./delete.ts";
import { splitApiVersion, type ApiResource } from "./resources.ts";
import { ApiError } from "./status.ts";
import { storeChanged } from "./update.ts";

/** Where an object is stored. */
interface Place {
  readonly storage: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

const placeId = (place: Place): string => `${place.storage}/${place.namespace ?? ""}/${place.name}`;

/** Which stored objects name which uid as their owner. */
class Owners {
  readonly #dependents = new Map<string, Map<string, Place>>();
  readonly #owners = new Map<string, readonly string[]>();

  set(place: Place, object: KubeObject | undefined): void {
    const id = placeId(place);
    for (const uid of this.#owners.get(id) ?? []) {
      const found = this.#dependents.get(uid);
      found?.delete(id);
      if (found?.size === 0) this.#dependents.delete(uid);
    }
    const uids = (object?.metadata.ownerReferences ?? []).map((owner) => owner.uid);
    if (uids.length === 0) {
      this.#owners.delete(id);
      return;
    }
    this.#owners.set(id, uids);
    for (const uid of uids) {
      let found = this.#dependents.get(uid);
      if (found === undefined) this.#dependents.set(uid, (found = new Map<string, Place>()));
      found.set(id, place);
    }
  }

  dependentsOf(uid: string | undefined): Place[] {
    return [...(this.#dependents.get(uid ?? "")?.values() ?? [])];
  }
}

type OwnerState = "present" | "leaving" | "absent" | "unknown";

/** Whether an owner is there. One of a kind that is not served cannot be judged: nothing is deleted for its sake. */
const stateOf = (core: Core, owner: OwnerReference, dependent: KubeObject): OwnerState => {
  const { group } = splitApiVersion(owner.apiVersion);
  const res = core.registry.findGroupKind(group, owner.kind);
  if (res === undefined) return "unknown";
  const { namespace } = dependent.metadata;
  if (res.namespaced && namespace === undefined) return "unknown";
  const found = find(core, res, namespace, owner.name);
  if (found === undefined || found.metadata.uid !== owner.uid) return "absent";
  const leaving =
    found.metadata.deletionTimestamp !== undefined &&
    found.metadata.finalizers?.includes(foregroundFinalizer) === true;
  return leaving ? "leaving" : "present";
};

/** The object with some owner references, or a finalizer, taken away; written without touching managedFields. */
const rewrite = (
  core: Core,
  res: ApiResource,
  live: KubeObject,
  change: Partial<KubeObject["metadata"]>,
): void => {
  const metadata = { ...live.metadata, ...change };
  if (metadata.ownerReferences?.length === 0) delete metadata.ownerReferences;
  if (metadata.finalizers?.length === 0) delete metadata.finalizers;
  storeChanged(core, res, live, { ...live, metadata }, false);
};

const without = (list: readonly string[] | undefined, item: string): string[] =>
  (list ?? []).filter((other) => other !== item);

class Collector {
  readonly #core: Core;
  readonly #background: Background;
  readonly #owners = new Owners();

  constructor(core: Core, background: Background) {
    this.#core = core;
    this.#background = background;
    for (const storage of core.store.resources())
      for (const [, object] of core.store.collection(storage).entries()) this.#note(storage, object, false);
  }

  see({ resource, type, object }: StoreEvent): void {
    this.#note(resource, object, type === "DELETED");
  }

  #note(storage: string, object: KubeObject, gone: boolean): void {
    const { namespace, name, uid, ownerReferences, deletionTimestamp, finalizers } = object.metadata;
    const place = { storage, namespace, name };
    this.#owners.set(place, gone ? undefined : object);
    if (gone) {
      for (const dependent of this.#owners.dependentsOf(uid)) this.#lookAt(dependent);
      // A leaving owner may have waited for this one.
      for (const owner of ownerReferences ?? []) this.#lookAtOwner(owner, object);
      return;
    }
    if (ownerReferences !== undefined) this.#lookAt(place);
    if (deletionTimestamp !== undefined && finalizers !== undefined) this.#finalize(place);
  }

  #live(place: Place): { res: ApiResource; object: KubeObject } | undefined {
    const res = this.#core.registry.ofStorage(place.storage);
    const object = res && find(this.#core, res, place.namespace, place.name);
    return res && object && { res, object };
  }

  #lookAtOwner(owner: OwnerReference, dependent: KubeObject): void {
    const res = this.#core.registry.findGroupKind(splitApiVersion(owner.apiVersion).group, owner.kind);
    if (res === undefined) return;
    const namespace = res.namespaced ? dependent.metadata.namespace : undefined;
    this.#finalize({ storage: res.storage, namespace, name: owner.name });
  }

  #lookAt(place: Place): void {
    this.#background.add(`collect ${placeId(place)}`, () => this.#judge(place));
  }

  /** Deletes a dependent whose owners are all gone; otherwise drops its references to those that are. */
  #judge(place: Place): void {
    const found = this.#live(place);
    if (found === undefined) return;
    const { res, object } = found;
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const states = owners.map((owner) => stateOf(this.#core, owner, object));
    if (states.some((state) => state === "present" || state === "unknown")) {
      const kept = owners.filter((_, index) => states[index] !== "absent");
      // A leaving owner must not wait for what others still hold.
      if (kept.length < owners.length && states.includes("present"))
        rewrite(this.#core, res, object, { ownerReferences: kept });
      return;
    }
    if (object.metadata.deletionTimestamp !== undefined) return;
    const leaving = states.includes("leaving");
    const hasDependents = this.#owners.dependentsOf(object.metadata.uid).length > 0;
    this.#delete(res, object, leaving && hasDependents ? "Foreground" : undefined);
  }

  #delete(res: ApiResource, object: KubeObject, propagationPolicy: "Foreground" | undefined): void {
    const { namespace, name, uid } = object.metadata;
    try {
      deleteObject(this.#core, res, namespace, name, {
        ...(uid !== undefined && { uid }),
        ...(propagationPolicy && { propagationPolicy }),
      });
    } catch (error) {
      if (!(error instanceof ApiError) || (error.code !== 404 && error.code !== 409)) throw error;
    }
  }

  #finalize(place: Place): void {
    this.#background.add(`finalize ${placeId(place)}`, () => this.#release(place));
  }

  /** Works off the finalizers of a leaving owner. */
  #release(place: Place): void {
    const found = this.#live(place);
    if (found?.object.metadata.deletionTimestamp === undefined) return;
    const { res, object } = found;
    const { finalizers = [], uid } = object.metadata;
    if (finalizers.includes(orphanFinalizer)) {
      for (const place of this.#owners.dependentsOf(uid)) this.#orphan(place, uid ?? "");
      rewrite(this.#core, res, object, { finalizers: without(finalizers, orphanFinalizer) });
    } else if (finalizers.includes(foregroundFinalizer)) {
      const dependents = this.#owners.dependentsOf(uid);
      for (const dependent of dependents) this.#lookAt(dependent);
      const blocking = dependents.some((dependent) => this.#blocks(dependent, uid ?? ""));
      if (!blocking)
        rewrite(this.#core, res, object, { finalizers: without(finalizers, foregroundFinalizer) });
    }
  }

  #orphan(place: Place, uid: string): void {
    const found = this.#live(place);
    if (found === undefined) return;
    const owners = found.object.metadata.ownerReferences ?? [];
    rewrite(this.#core, found.res, found.object, {
      ownerReferences: owners.filter((owner) => owner.uid !== uid),
    });
  }

  #blocks(place: Place, uid: string): boolean {
    return (
      this.#live(place)?.object.metadata.ownerReferences?.some(
        (owner) => owner.uid === uid && owner.blockOwnerDeletion === true,
      ) ?? false
    );
  }
}

/** Collects garbage from now on, beginning with what lies about. Returns the function that stops it. */
export const runCollector = (core: Core, background: Background): (() => void) => {
  const collector = new Collector(core, background);
  return core.store.subscribeAll((event) => collector.see(event));
};
