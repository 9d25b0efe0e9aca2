// Past states of collections, for the later pages of a list: made once per list, not once per page.
import type { Collection } from "../store/collection.ts";
import type { Store } from "../store/store.ts";

/** As many lists in pages can go on at once without their states being made anew. */
const kept = 8;
const keepMs = 60_000;

export class Snapshots {
  readonly #store: Store;
  readonly #states = new Map<string, { state: Collection; timer: NodeJS.Timeout }>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The collection as it stood at `revision`, which the caller has checked to be kept. */
  at(resource: string, revision: number): Collection {
    const live = this.#store.collection(resource);
    if (this.#store.since(resource, revision).length === 0) return live;
    const key = `${resource}@${revision}`;
    let found = this.#states.get(key);
    if (found === undefined) {
      const timer = setTimeout(() => this.#states.delete(key), keepMs).unref();
      this.#states.set(key, (found = { state: live.at(revision), timer }));
      const oldest = this.#states.keys().next().value;
      if (this.#states.size > kept && oldest !== undefined) this.#drop(oldest);
    }
    return found.state;
  }

  clear(): void {
    for (const key of this.#states.keys()) this.#drop(key);
  }

  #drop(key: string): void {
    clearTimeout(this.#states.get(key)?.timer);
    this.#states.delete(key);
  }
}
