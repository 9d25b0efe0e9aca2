// Load on an API server and its witness: writers that create, change and delete without rest, and a record of what a
// cache told, held against the rules that every cache must keep.
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Cache,
  type CacheEvent,
  type Client,
  type KubeObject,
  keyOf,
  keyString,
  type Live,
} from "../../../controller/engine/index.ts";

/** Something that changes one of a handful of objects. Failures are the server's: it is being killed. */
export type Write = (client: Client, name: string, value: string) => Promise<unknown>;

export interface Churn {
  /** Writes that were accepted so far. */
  readonly accepted: () => number;
  stop(): Promise<void>;
}

const WRITERS = 6;
const NAMES = 40;

/** Writes without rest until it is stopped. */
export function churn(client: Client, kinds: readonly { put: Write; remove: Write }[]): Churn {
  let stopped = false;
  let accepted = 0;
  const writer = async (number: number): Promise<void> => {
    for (let turn = 0; !stopped; turn++) {
      const name = `n${Math.floor(Math.random() * NAMES)}`;
      const kind = kinds[(turn + number) % kinds.length];
      try {
        await (Math.random() < 0.3 ? kind?.remove : kind?.put)?.(client, name, `${number}-${turn}`);
        accepted++;
      } catch {
        await sleep(50);
      }
    }
  };
  const writers = Array.from({ length: WRITERS }, (_, number) => writer(number));
  return {
    accepted: () => accepted,
    async stop() {
      stopped = true;
      await Promise.all(writers);
    },
  };
}

/** Listens to a cache and notes every breach of its contract. */
export class Witness<T extends KubeObject> {
  readonly breaches: string[] = [];
  events = 0;
  readonly #cache: Cache<T>;
  readonly #known = new Map<string, { uid: string; version: bigint }>();

  constructor(cache: Cache<T>) {
    this.#cache = cache;
    cache.onChange((event) => this.#see(event));
  }

  #see(event: CacheEvent<T>): void {
    this.events++;
    const object = event.object as unknown as Live;
    const { uid, resourceVersion } = object.metadata;
    const key = keyString(keyOf(object));
    const known = this.#known.get(key);
    const say = (what: string): void => void this.breaches.push(`${key}: ${what}`);
    switch (event.type) {
      case "add":
        if (known) say(`added although known${known.uid === uid ? "" : " with another uid"}`);
        break;
      case "update":
        if (!known) say("updated although not known");
        else if (known.uid !== uid) say("updated across a deletion");
        else if (BigInt(resourceVersion) <= known.version) say("updated to an older version");
        break;
      case "delete":
        if (!known) say("deleted although not known");
        else if (known.uid !== uid) say("deleted with another uid");
        this.#known.delete(key);
        return;
    }
    this.#known.set(key, { uid, version: BigInt(resourceVersion) });
  }

  /** What the events so far add up to. */
  told(): Record<string, string> {
    return Object.fromEntries(
      [...this.#known].map(([key, { uid, version }]) => [key, `${uid}@${version}`]).sort(),
    );
  }

  /** What the cache holds. */
  held(): Record<string, string> {
    return versions(this.#cache.list() as unknown as Live[]);
  }
}

/** `uid@version` by key. */
export function versions(objects: readonly Live[]): Record<string, string> {
  return Object.fromEntries(
    objects
      .map((object) => [
        keyString(keyOf(object)),
        `${object.metadata.uid}@${object.metadata.resourceVersion}`,
      ])
      .sort(),
  ) as Record<string, string>;
}
