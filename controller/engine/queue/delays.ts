// Keys that wait for their time, earliest first. A key waits once: the earlier of two times wins.

interface Entry {
  readonly at: number;
  readonly key: string;
}

/** A binary heap with a map beside it; entries overtaken by an earlier time are skipped when they come up. */
export class Delays {
  readonly #heap: Entry[] = [];
  readonly #at = new Map<string, number>();

  get size(): number {
    return this.#at.size;
  }

  /** Notes a key for time `at` unless it already comes up sooner. Returns whether that changed anything. */
  add(key: string, at: number): boolean {
    const known = this.#at.get(key);
    if (known !== undefined && known <= at) return false;
    this.#at.set(key, at);
    this.#push({ at, key });
    return true;
  }

  delete(key: string): void {
    this.#at.delete(key);
    // Dead entries are dropped as they come up; when most are dead, all at once.
    if (this.#heap.length > 64 && this.#heap.length > 2 * this.#at.size) this.#rebuild();
  }

  /** The earliest time, if any. */
  earliest(): number | undefined {
    this.#skipDead();
    return this.#heap[0]?.at;
  }

  /** Takes the next key whose time has come. */
  due(now: number): string | undefined {
    this.#skipDead();
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return undefined;
    this.#pop();
    this.#at.delete(first.key);
    return first.key;
  }

  #skipDead(): void {
    for (
      let first = this.#heap[0];
      first !== undefined && this.#at.get(first.key) !== first.at;
      first = this.#heap[0]
    )
      this.#pop();
  }

  #rebuild(): void {
    this.#heap.length = 0;
    for (const [key, at] of this.#at) this.#push({ at, key });
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Entry;
      if (above.at <= entry.at) break;
      heap[index] = above;
      heap[parent] = entry;
      index = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let least = index;
      let entry = last;
      const leftEntry = heap[left];
      const rightEntry = heap[right];
      if (leftEntry !== undefined && leftEntry.at < entry.at) [least, entry] = [left, leftEntry];
      if (rightEntry !== undefined && rightEntry.at < entry.at) [least, entry] = [right, rightEntry];
      if (least === index) break;
      heap[index] = entry;
      index = least;
    }
    heap[index] = last;
  }
}
