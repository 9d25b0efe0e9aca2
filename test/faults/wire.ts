// Everything that passes between one run's operator (and its successors) and the API server: counted, recorded, and
// disturbed once where the run says so.
import type { Fault } from "./faults.ts";
import { type Asked, isWrite, nameOf, type Named } from "./request.ts";

/** One fault at one place. */
export interface Strike {
  readonly fault: Fault;
  readonly at: Asked;
}

export class Wire {
  readonly namespace: string;
  /** What was asked since the last `mark`, in order. */
  asked: Asked[] = [];
  /** The strike has happened. */
  struck = false;
  /** Requests on the way now, watches apart. */
  inFlight = 0;
  lastAt = performance.now();
  #strike: Strike | undefined;
  #counts = new Map<string, number>();
  /** Resources whose watches are down; resolved when they are up again. */
  readonly #withheld = new Map<string, PromiseWithResolvers<undefined>>();
  readonly #streams = new Map<string, Set<() => void>>();
  readonly #stale = new Map<string, number>();

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  /** Begins to count anew; with `strike`, disturbs that one request when it comes. */
  mark(strike?: Strike): void {
    this.asked = [];
    this.#counts = new Map();
    this.#strike = strike;
    this.struck = false;
  }

  /** Counts a request or event; returns the fault that strikes it. */
  count(named: Named): { readonly asked: Asked; readonly fault: Fault | undefined } {
    const name = nameOf(named);
    const nth = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, nth);
    const asked = { ...named, nth };
    this.asked.push(asked);
    const { fault, at } = this.#strike ?? {};
    const hit = !this.struck && at?.nth === nth && nameOf(at) === name;
    if (hit) this.struck = true;
    return { asked, fault: hit ? fault : undefined };
  }

  /** Nobody takes the wire for silent meanwhile. */
  async busy(work: () => Promise<unknown>): Promise<void> {
    this.inFlight++;
    await work();
    this.inFlight--;
    this.lastAt = performance.now();
  }

  /** Writes since the last `mark`. */
  get writes(): Asked[] {
    return this.asked.filter(isWrite);
  }

  /** Takes the watches of a resource down until `release`; what is asked meanwhile waits. */
  withhold(resource: string): void {
    this.#withheld.set(resource, Promise.withResolvers());
    for (const end of this.#streams.get(resource) ?? []) end();
  }

  /** Lets watches of the resource through again; those that waited are told that their version is too old. */
  release(resource: string): void {
    this.#withheld.get(resource)?.resolve(undefined);
    this.#withheld.delete(resource);
  }

  /** Resolves at once unless the resource is withheld; true when it had to wait. */
  async passage(resource: string): Promise<boolean> {
    const waiting = this.#withheld.get(resource);
    await waiting?.promise;
    return waiting !== undefined;
  }

  /** Announces an open watch and how to end it. Returns the function that takes it back. */
  stream(resource: string, end: () => void): () => void {
    const ends = this.#streams.get(resource) ?? new Set();
    this.#streams.set(resource, ends.add(end));
    return () => void ends.delete(end);
  }

  /** The next list of each resource shows the cluster as it was at `revision`, and its watch lags for a while. */
  showPast(resources: readonly string[], revision: number): void {
    for (const resource of resources) this.#stale.set(resource, revision);
  }

  /** Forgets the past that nobody has asked for. */
  showPresent(): void {
    this.#stale.clear();
  }

  /** The revision that a list of this resource has to show, asked once. */
  takePast(resource: string): number | undefined {
    const revision = this.#stale.get(resource);
    this.#stale.delete(resource);
    return revision;
  }
}
