// Keys that may run now: by priority, then fair between groups, then first come first served.
import { PRIORITIES, type Priority } from "./priority.ts";

/** Keys of one priority: each group in turn, first come first served within a group. */
class Level {
  /** Map order is the order of turns: a group that had its turn moves to the end. */
  readonly groups = new Map<string, Set<string>>();

  add(key: string, group: string): void {
    const keys = this.groups.get(group);
    if (keys) keys.add(key);
    else this.groups.set(group, new Set([key]));
  }

  delete(key: string, group: string): void {
    const keys = this.groups.get(group);
    keys?.delete(key);
    if (keys?.size === 0) this.groups.delete(group);
  }

  /** The first key of the group with the fewest running keys; among equals the one whose turn it is. */
  take(running: (group: string) => number, limit: number): { key: string; group: string } | undefined {
    let best: string | undefined;
    let fewest = limit;
    for (const group of this.groups.keys()) {
      const count = running(group);
      if (count < fewest) {
        best = group;
        fewest = count;
        if (count === 0) break;
      }
    }
    if (best === undefined) return undefined;
    const keys = this.groups.get(best) as Set<string>;
    const [key] = keys;
    if (key === undefined) return undefined;
    keys.delete(key);
    this.groups.delete(best);
    if (keys.size > 0) this.groups.set(best, keys);
    return { key, group: best };
  }
}

/** The ready keys of a queue, each once. */
export class Ready {
  readonly #levels = PRIORITIES.map(() => new Level());
  readonly #priority = new Map<string, { readonly level: number; readonly group: string }>();

  get size(): number {
    return this.#priority.size;
  }

  /** Adds a key, or moves it up when it is there with a lower priority. Returns whether it is new. */
  add(key: string, group: string, priority: Priority): boolean {
    const level = PRIORITIES.indexOf(priority);
    const known = this.#priority.get(key);
    if (known !== undefined && known.level <= level) return false;
    if (known !== undefined) this.#levels[known.level]?.delete(key, known.group);
    this.#levels[level]?.add(key, group);
    this.#priority.set(key, { level, group });
    return known === undefined;
  }

  delete(key: string): boolean {
    const known = this.#priority.get(key);
    if (known === undefined) return false;
    this.#levels[known.level]?.delete(key, known.group);
    return this.#priority.delete(key);
  }

  /**
   * Takes the next key.
   * @param running how many keys of a group run now
   * @param limit a group with this many running keys has to wait
   */
  take(
    running: (group: string) => number,
    limit: number,
  ): { key: string; group: string; priority: Priority } | undefined {
    for (const [index, level] of this.#levels.entries()) {
      const taken = level.take(running, limit);
      if (taken === undefined) continue;
      this.#priority.delete(taken.key);
      return { ...taken, priority: PRIORITIES[index] as Priority };
    }
    return undefined;
  }
}
