// All objects of one stored resource, in memory, in key order, with the recent history of changes.
import type { KubeObject } from "../cluster.ts";

/** One committed change. `object` is the new state, or for DELETED the last state under the deletion's revision. */
export interface StoreEvent {
  readonly revision: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: string;
  readonly key: string;
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

/** `namespace/name`; cluster-scoped objects have an empty namespace. Keys sort as etcd's do. */
export const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ""}/${name}`;

/** Index of the first element for which `before` is false, in an array sorted by it. */
const lowerBound = <T>(sorted: readonly T[], before: (item: T) => boolean): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(sorted[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
};

export class Collection {
  readonly #objects = new Map<string, KubeObject>();
  readonly #keys: string[] = [];
  #history: StoreEvent[] = [];

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  set(key: string, object: KubeObject): void {
    if (!this.#objects.has(key))
      this.#keys.splice(
        lowerBound(this.#keys, (k) => k < key),
        0,
        key,
      );
    this.#objects.set(key, object);
  }

  delete(key: string): void {
    if (!this.#objects.delete(key)) return;
    this.#keys.splice(
      lowerBound(this.#keys, (k) => k < key),
      1,
    );
  }

  /** Fills the collection at start, faster than one `set` per object. */
  load(entries: Iterable<[string, KubeObject]>): void {
    for (const [key, object] of entries) this.#objects.set(key, object);
    this.#keys.push(...[...this.#objects.keys()].sort());
  }

  /** Objects in key order, optionally of one namespace only, after the key `after`. */
  *entries(namespace?: string, after?: string): Generator<[string, KubeObject]> {
    const prefix = namespace === undefined ? "" : `${namespace}/`;
    const from = after !== undefined && after >= prefix ? after : undefined;
    let index =
      from === undefined
        ? lowerBound(this.#keys, (k) => k < prefix)
        : lowerBound(this.#keys, (k) => k <= from);
    for (; index < this.#keys.length; index++) {
      const key = this.#keys[index] as string;
      if (!key.startsWith(prefix)) return;
      yield [key, this.#objects.get(key) as KubeObject];
    }
  }

  record(event: StoreEvent): void {
    this.#history.push(event);
  }

  /** History found on disk, oldest first. */
  loadHistory(events: StoreEvent[]): void {
    this.#history = events;
  }

  since(revision: number): StoreEvent[] {
    return this.#history.slice(lowerBound(this.#history, (e) => e.revision <= revision));
  }

  forget(revision: number): void {
    this.#history = this.since(revision);
  }

  /** The collection as it stood at `revision`: today's, with the later changes undone. */
  at(revision: number): Collection {
    const later = this.since(revision);
    if (later.length === 0) return this;
    const past = new Map(this.#objects);
    for (const event of later.reverse()) {
      if (event.previous === undefined) past.delete(event.key);
      else past.set(event.key, event.previous);
    }
    const snapshot = new Collection();
    snapshot.load(past);
    return snapshot;
  }
}
