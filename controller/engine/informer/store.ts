// The objects of a cache and their indexes, and what changes when newer knowledge arrives. No I/O, no handlers.
import {
  compareResourceVersions,
  keyOf,
  keyString,
  type KubeObject,
  type Live,
  type LiveMeta,
  type ObjectKey,
} from "../client/object.ts";

/** What happened to one object. */
export type StoreChange<T extends KubeObject> =
  | { readonly type: "add"; readonly object: Live<T> }
  | { readonly type: "update"; readonly object: Live<T>; readonly old: Live<T> }
  | { readonly type: "delete"; readonly object: Live<T> };

export type Indexer<T extends KubeObject> = (object: Live<T>) => readonly string[];

const NAMESPACE = "";

/**
 * Holds the newest known version of each object. Older knowledge (a delayed watch event after our own write was
 * noted, a list that began before it) never replaces newer.
 */
export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, Live<T>>();
  readonly #indexes = new Map<
    string,
    { readonly indexer: Indexer<T>; readonly keys: Map<string, Set<string>> }
  >();
  /** Uids whose deletion we noted before the watch told: late events about them are void. */
  readonly #deleted = new Set<string>();
  /** Up to this version the watch or a list has told everything: what was not known then, is gone since. */
  #toldUpTo = "";

  constructor() {
    this.addIndex(NAMESPACE, (object) => [object.metadata.namespace ?? ""]);
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: ObjectKey): Live<T> | undefined {
    return this.#objects.get(keyString(key));
  }

  list(namespace?: string): Live<T>[] {
    return namespace === undefined ? [...this.#objects.values()] : this.byIndex(NAMESPACE, namespace);
  }

  /** @throws RangeError when there is no such index */
  byIndex(name: string, value: string): Live<T>[] {
    const index = this.#indexes.get(name);
    if (index === undefined) {
      const known = [...this.#indexes.keys()].filter((known) => known !== NAMESPACE).join(", ") || "none";
      throw new RangeError(
        `cache: no index named ${JSON.stringify(name)} (known: ${known}); declare it in the cache's indexers`,
      );
    }
    return [...(index.keys.get(value) ?? [])].map((key) => this.#objects.get(key) as Live<T>);
  }

  /** Adds an index and files what is there under it; an index of that name stays as it is. */
  addIndex(name: string, indexer: Indexer<T>): void {
    if (this.#indexes.has(name)) return;
    const index = { indexer, keys: new Map<string, Set<string>>() };
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) file(index, key, object);
  }

  /** Takes a version of an object from the watch or from our own write. */
  put(object: Live<T>): StoreChange<T>[] {
    // An answer to our own write that comes late: the watch has told of the object's end meanwhile.
    if (this.get(keyOf(object)) === undefined && !isNewer(object.metadata.resourceVersion, this.#toldUpTo))
      return [];
    return this.#take(object, false);
  }

  #take(object: Live<T>, rewound: boolean): StoreChange<T>[] {
    const key = keyString(keyOf(object));
    const known = this.#objects.get(key);
    if (this.#deleted.has(object.metadata.uid)) return [];
    if (known === undefined) {
      this.#set(key, undefined, object);
      return [{ type: "add", object }];
    }
    if (compareResourceVersions(object.metadata.resourceVersion, known.metadata.resourceVersion) === 0)
      return [];
    if (!rewound && isOlder(object, known)) return [];
    this.#set(key, known, object);
    if (known.metadata.uid === object.metadata.uid) return [{ type: "update", object, old: known }];
    return [
      { type: "delete", object: known },
      { type: "add", object },
    ];
  }

  /** The watch says this object is gone. An object of the same name with another uid stays. */
  remove(object: Live<T>): StoreChange<T>[] {
    this.#deleted.delete(object.metadata.uid);
    if (isNewer(object.metadata.resourceVersion, this.#toldUpTo))
      this.#toldUpTo = object.metadata.resourceVersion;
    const key = keyString(keyOf(object));
    const known = this.#objects.get(key);
    if (known === undefined || known.metadata.uid !== object.metadata.uid) return [];
    this.#set(key, known, undefined);
    return [{ type: "delete", object }];
  }

  /** We deleted it ourselves: gone at once, and late watch events about this uid change nothing. */
  forget(key: ObjectKey, uid: string): StoreChange<T>[] {
    const known = this.get(key);
    if (known?.metadata.uid !== uid) return [];
    this.#deleted.add(uid);
    this.#set(keyString(key), known, undefined);
    return [{ type: "delete", object: known }];
  }

  /**
   * Takes a complete list: exact adds, updates and deletes against what was known.
   * @param rewound the API server's history went back (restored from a backup): older versions replace newer ones, and
   * what we deleted may be there again
   */
  replace(objects: readonly Live<T>[], resourceVersion: string, rewound = false): StoreChange<T>[] {
    if (rewound) this.#deleted.clear();
    if (rewound || isNewer(resourceVersion, this.#toldUpTo)) this.#toldUpTo = resourceVersion;
    const changes: StoreChange<T>[] = [];
    const listed = new Set<string>();
    const uids = new Set<string>();
    for (const object of objects) {
      listed.add(keyString(keyOf(object)));
      uids.add(object.metadata.uid);
      changes.push(...this.#take(object, rewound));
    }
    for (const [key, known] of this.#objects) {
      if (listed.has(key)) continue;
      // Written by us after the list was cut: the watch from the list's version on will tell.
      if (!rewound && isNewerThanList(known, resourceVersion)) continue;
      this.#set(key, known, undefined);
      changes.push({ type: "delete", object: known });
    }
    // Still listed: the list is older than our delete, and the watch will tell of it.
    for (const uid of this.#deleted) if (!uids.has(uid)) this.#deleted.delete(uid);
    return changes;
  }

  #set(key: string, old: Live<T> | undefined, object: Live<T> | undefined): void {
    for (const index of this.#indexes.values()) {
      if (old) unfile(index, key, old);
      if (object) file(index, key, object);
    }
    if (object) this.#objects.set(key, object);
    else this.#objects.delete(key);
  }
}

function isOlder(object: { metadata: LiveMeta }, known: { metadata: LiveMeta }): boolean {
  const numeric =
    /^\d+$/.test(object.metadata.resourceVersion) && /^\d+$/.test(known.metadata.resourceVersion);
  return (
    numeric && compareResourceVersions(object.metadata.resourceVersion, known.metadata.resourceVersion) < 0
  );
}

/** Versions that are no numbers cannot be compared: then the newer word counts. */
function isNewer(version: string, than: string): boolean {
  return !/^\d+$/.test(than) || compareResourceVersions(version, than) > 0 || !/^\d+$/.test(version);
}

function isNewerThanList(object: { metadata: LiveMeta }, listVersion: string): boolean {
  return (
    /^\d+$/.test(listVersion) && compareResourceVersions(object.metadata.resourceVersion, listVersion) > 0
  );
}

interface Index<T extends KubeObject> {
  readonly indexer: Indexer<T>;
  readonly keys: Map<string, Set<string>>;
}

function file<T extends KubeObject>(index: Index<T>, key: string, object: Live<T>): void {
  for (const value of valuesOf(index, object)) {
    const keys = index.keys.get(value);
    if (keys) keys.add(key);
    else index.keys.set(value, new Set([key]));
  }
}

function unfile<T extends KubeObject>(index: Index<T>, key: string, object: Live<T>): void {
  for (const value of valuesOf(index, object)) {
    const keys = index.keys.get(value);
    keys?.delete(key);
    if (keys?.size === 0) index.keys.delete(value);
  }
}

/** An indexer that throws on a strange object files it nowhere; it must not stop the cache. */
function valuesOf<T extends KubeObject>(index: Index<T>, object: Live<T>): readonly string[] {
  try {
    return index.indexer(object);
  } catch {
    return [];
  }
}
