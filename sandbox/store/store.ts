// The object store: every object of the cluster in memory, each change committed to SQLite before it is seen.
// One global revision counts changes, as etcd's does. Rules about objects (validation, admission) live above.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "../cluster.ts";
import { Collection, keyOf, type StoreEvent } from "./collection.ts";
import { Database } from "./database.ts";
import { deepFreeze, jsonOf } from "./encoding.ts";

export interface HistoryLimits {
  /** How many changes a watch can be behind before it is told 410 Expired. */
  maxChanges: number;
  /** Bound on the text kept to undo those changes, so that large objects do not fill the memory. */
  maxChars: number;
}

const defaultLimits: HistoryLimits = { maxChanges: 10_000, maxChars: 32 * 1024 * 1024 };

type Listener = (event: StoreEvent) => void;

export class Store {
  readonly #db: Database;
  readonly #limits: HistoryLimits;
  readonly #collections = new Map<string, Collection>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #everything = new Set<Listener>();
  /** Per kept change, oldest first: what compaction needs to know. */
  readonly #kept: { revision: number; chars: number }[] = [];
  readonly #undelivered: StoreEvent[] = [];
  #keptChars = 0;
  #revision = 0;
  #compacted = 0;

  /** Opens (or makes) the store in `folder`; throws when another process holds it. */
  constructor(folder: string, limits: Partial<HistoryLimits> = {}) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#limits = { ...defaultLimits, ...limits };
    this.#db = new Database(join(folder, "cluster.sqlite"));
    this.#load();
  }

  /** The revision of the latest change. */
  get revision(): number {
    return this.#revision;
  }

  /** Watches and snapshots can start at this revision or later. */
  get compactedRevision(): number {
    return this.#compacted;
  }

  get(resource: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#collections.get(resource)?.get(keyOf(namespace, name));
  }

  /** The live collection; reading it is a consistent snapshot for as long as the caller does not await. */
  collection(resource: string): Collection {
    let found = this.#collections.get(resource);
    if (found === undefined) this.#collections.set(resource, (found = new Collection()));
    return found;
  }

  /** Names of all resources that hold, or once held, an object. */
  resources(): string[] {
    return [...this.#collections.keys()];
  }

  /** Stores the object under a fresh resourceVersion and returns it as stored. */
  put(resource: string, object: KubeObject): KubeObject {
    const collection = this.collection(resource);
    const { namespace, name } = object.metadata;
    const key = keyOf(namespace, name);
    const previous = collection.get(key);
    const revision = this.#revision + 1;
    const stored = deepFreeze({
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(revision) },
    });
    const type = previous === undefined ? "ADDED" : "MODIFIED";
    const undo = previous === undefined ? null : jsonOf(previous);
    this.#db.commit(
      { revision, resource, namespace: namespace ?? "", name, type, previous: undo },
      jsonOf(stored),
    );
    collection.set(key, stored);
    this.#committed({ revision, type, resource, key, object: stored, previous }, undo);
    return stored;
  }

  /** Removes the object; returns its last state under the deletion's resourceVersion. */
  remove(resource: string, namespace: string | undefined, name: string): KubeObject | undefined {
    const collection = this.collection(resource);
    const key = keyOf(namespace, name);
    const previous = collection.get(key);
    if (previous === undefined) return undefined;
    const revision = this.#revision + 1;
    const undo = jsonOf(previous);
    this.#db.commit(
      { revision, resource, namespace: namespace ?? "", name, type: "DELETED", previous: undo },
      undefined,
    );
    collection.delete(key);
    const object = tombstone(previous, revision);
    this.#committed({ revision, type: "DELETED", resource, key, object, previous }, undo);
    return object;
  }

  /** Changes of one resource after `revision`; the caller has checked `compactedRevision`. */
  since(resource: string, revision: number): StoreEvent[] {
    return this.collection(resource).since(revision);
  }

  /** Calls `listener` right after each commit, in revision order; it must not throw. */
  subscribe(resource: string, listener: Listener): () => void {
    let set = this.#listeners.get(resource);
    if (set === undefined) this.#listeners.set(resource, (set = new Set()));
    set.add(listener);
    return () => set.delete(listener);
  }

  subscribeAll(listener: Listener): () => void {
    this.#everything.add(listener);
    return () => this.#everything.delete(listener);
  }

  close(): void {
    this.#db.close();
  }

  #committed(event: StoreEvent, undo: string | null): void {
    this.#revision = event.revision;
    this.collection(event.resource).record(event);
    this.#keep(event.revision, undo?.length ?? 0);
    this.#undelivered.push(event);
    // A listener that writes gets its own event delivered after this one has reached everybody.
    if (this.#undelivered.length > 1) return;
    for (let next: StoreEvent | undefined = event; next !== undefined; next = this.#undelivered[0]) {
      for (const listener of this.#everything) listener(next);
      for (const listener of this.#listeners.get(next.resource) ?? []) listener(next);
      this.#undelivered.shift();
    }
    this.#compactIfDue();
  }

  #keep(revision: number, chars: number): void {
    this.#kept.push({ revision, chars });
    this.#keptChars += chars;
  }

  /** Trims in steps of a tenth of the limits, so that the cost is spread over many writes. */
  #compactIfDue(): void {
    const { maxChanges, maxChars } = this.#limits;
    if (this.#kept.length <= maxChanges * 1.1 && this.#keptChars <= maxChars * 1.1) return;
    let dropped = 0;
    while (this.#kept.length - dropped > maxChanges || this.#keptChars > maxChars) {
      const oldest = this.#kept[dropped];
      // The newest change always stays: it carries the revision over a restart.
      if (oldest === undefined || dropped === this.#kept.length - 1) break;
      this.#keptChars -= oldest.chars;
      this.#compacted = oldest.revision;
      dropped++;
    }
    this.#kept.splice(0, dropped);
    this.#db.compact(this.#compacted);
    for (const collection of this.#collections.values()) collection.forget(this.#compacted);
  }

  #load(): void {
    const loaded = new Map<string, Map<string, KubeObject>>();
    const of = (resource: string): Map<string, KubeObject> => {
      let map = loaded.get(resource);
      if (map === undefined) loaded.set(resource, (map = new Map<string, KubeObject>()));
      return map;
    };
    for (const row of this.#db.objects())
      of(row.resource).set(keyOf(row.namespace, row.name), parse(row.body));
    for (const [resource, objects] of loaded) this.collection(resource).load(objects);

    const histories = new Map<string, StoreEvent[]>();
    this.#compacted = this.#db.fact("compacted") ?? 0;
    for (const row of this.#db.changesBackwards()) {
      this.#revision ||= row.revision;
      const objects = of(row.resource);
      const key = keyOf(row.namespace, row.name);
      const previous = row.previous === null ? undefined : parse(row.previous);
      const after = objects.get(key) ?? (previous && tombstone(previous, row.revision));
      if (after === undefined) throw new Error(`the store's history is broken at revision ${row.revision}`);
      const { revision, type, resource } = row;
      let events = histories.get(resource);
      if (events === undefined) histories.set(resource, (events = []));
      events.push({ revision, type, resource, key, object: after, previous });
      this.#keep(revision, row.previous?.length ?? 0);
      if (previous === undefined) objects.delete(key);
      else objects.set(key, previous);
    }
    this.#kept.reverse();
    for (const [resource, events] of histories) this.collection(resource).loadHistory(events.reverse());
  }
}

const parse = (text: string): KubeObject => deepFreeze(JSON.parse(text) as KubeObject);

const tombstone = (last: KubeObject, revision: number): KubeObject =>
  deepFreeze({ ...last, metadata: { ...last.metadata, resourceVersion: String(revision) } });
