// A simulated world for leader election: one Lease, virtual time, processes that freeze, and a network that delays and
// loses what it carries. Says what happens when; what must hold is for the tests.
import type { CallOptions, Client } from "../client/client.types.ts";
import { ApiError, TransportError } from "../client/errors.ts";
import type { Lease } from "../client/kinds.ts";
import type { Live } from "../client/object.ts";
import { Elector } from "../leader/elector.ts";

/** What the network does to one call. */
export interface Trip {
  readonly requestMs: number;
  readonly answerMs: number;
  readonly lost: "nothing" | "request" | "answer";
}

interface Happening {
  readonly at: number;
  readonly run: () => void;
  /** Waits for this process to thaw. */
  readonly inside: Process | undefined;
}

export const QUICK: Trip = { requestMs: 5, answerMs: 5, lost: "nothing" };

/** See the comment above. */
export class LeaseWorld {
  now = 0;
  lease: Live<Lease> | undefined;
  /** What the network does to the next call. */
  trip: (method: "find" | "create" | "replace") => Trip = () => QUICK;
  /** How many calls have been made. */
  calls = 0;
  readonly processes: Process[] = [];
  readonly #happenings: Happening[] = [];
  #version = 100;

  /** Writes the Lease behind everybody's back. */
  put(spec: NonNullable<Lease["spec"]>): Live<Lease> {
    this.lease = {
      ...this.lease,
      metadata: { name: "leader", namespace: "x", uid: "u", resourceVersion: String(++this.#version) },
      spec: structuredClone(spec),
    };
    return this.lease;
  }

  at(at: number, run: () => void, inside?: Process): void {
    this.#happenings.push({ at, run, inside });
  }

  /** A process that stands by for leadership; its clock shows `skewMs` more than the world's. */
  start(identity: string, skewMs = 0): Process {
    const process = new Process(this, identity, skewMs);
    this.processes.push(process);
    return process;
  }

  /** Lets time pass; `look` is called after everything that happens. */
  async run(untilMs: number, look: () => void = () => undefined): Promise<void> {
    await turn();
    for (;;) {
      const next = this.#happenings.reduce<Happening | undefined>(
        (first, one) => (first === undefined || one.at < first.at ? one : first),
        undefined,
      );
      if (next === undefined || next.at > untilMs) break;
      this.#happenings.splice(this.#happenings.indexOf(next), 1);
      this.now = Math.max(this.now, next.at);
      if (next.inside !== undefined && next.inside.frozenUntil > this.now)
        this.at(next.inside.frozenUntil, next.run, next.inside);
      else next.run();
      await turn();
      look();
    }
    this.now = untilMs;
  }

  /** Who believes that it leads. */
  get leaders(): string[] {
    return this.processes.filter((process) => process.leads).map((process) => process.identity);
  }

  /** The client of one process. */
  clientOf(process: Process): Client {
    const conflict = (): never => {
      throw new ApiError({ status: 409, reason: "Conflict", message: "the object has been modified" });
    };
    const client: Pick<Client, "find" | "create" | "replace"> = {
      find: (_type, _key, options) => this.#call("find", process, options, () => this.lease) as never,
      create: (_type, object, options) =>
        this.#call("create", process, options, () => {
          if (this.lease !== undefined)
            throw new ApiError({ status: 409, reason: "AlreadyExists", message: "exists" });
          return this.put((object as { spec?: NonNullable<Lease["spec"]> }).spec ?? {});
        }) as never,
      replace: (_type, object, options) =>
        this.#call("replace", process, options, () => {
          if (this.lease === undefined)
            throw new ApiError({ status: 404, reason: "NotFound", message: "not found" });
          if (this.lease.metadata.resourceVersion !== object.metadata.resourceVersion) conflict();
          return this.put((object as { spec?: NonNullable<Lease["spec"]> }).spec ?? {});
        }) as never,
    };
    return client as Client;
  }

  #call<T>(
    method: "find" | "create" | "replace",
    process: Process,
    { signal, timeoutMs = 30_000 }: CallOptions = {},
    act: () => T,
  ): Promise<T> {
    this.calls++;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    this.at(this.now + timeoutMs, () => reject(new TransportError("timed out")), process);
    const { requestMs, answerMs, lost } = this.trip(method);
    if (lost === "request") return promise;
    this.at(this.now + requestMs, () => {
      let settle: () => void;
      try {
        const answer = structuredClone(act());
        settle = () => resolve(answer);
      } catch (error) {
        settle = () => reject(error as Error);
      }
      if (lost !== "answer") this.at(this.now + answerMs, settle, process);
    });
    return promise;
  }
}

/** A process with an elector: when it loses, it starts again under another name, as a pod does. */
export class Process {
  readonly #world: LeaseWorld;
  readonly #name: string;
  readonly #skewMs: number;
  readonly #stop = new AbortController();
  #elector!: Elector;
  #lives = 0;
  readonly #ended: Promise<void>;
  /** None of its timers and none of its answers come before this time; its clock goes on. */
  frozenUntil = 0;

  constructor(world: LeaseWorld, name: string, skewMs: number) {
    this.#world = world;
    this.#name = name;
    this.#skewMs = skewMs;
    this.#ended = this.#live();
  }

  get leads(): boolean {
    return this.#elector.leads;
  }
  /** Of the life it lives now. */
  get identity(): string {
    return `${this.#name}-${this.#lives}`;
  }

  freeze(ms: number): void {
    this.frozenUntil = Math.max(this.frozenUntil, this.#world.now + ms);
  }

  /** Stops in order: the lease is released. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("stopping"));
    await this.#ended;
    await this.#elector.release();
  }

  async #live(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#lives++;
      this.#elector = new Elector({
        namespace: "x",
        name: "leader",
        identity: this.identity,
        client: this.#world.clientOf(this),
        log: { info: () => undefined, warn: () => undefined, debug: () => undefined },
        now: () => this.#world.now + this.#skewMs,
        wait: (ms, cancelled) => this.#wait(ms, cancelled),
      });
      try {
        await this.#elector.acquire(signal);
        await this.#elector.hold(signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    this.#world.at(this.#world.now + ms, resolve, this);
    return promise;
  }
}

/** Everything that follows from what has happened, happens. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
