// Leader election on a Lease: one process leads, the others stand by. Never two at once: the leader stops believing in
// itself before anybody else may take the Lease, whatever its timers do.
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Client } from "../client/client.types.ts";
import { isAlreadyExists, isConflict, isNotFound } from "../client/errors.ts";
import { Lease } from "../client/kinds.ts";
import { type Live, keyString, type ObjectKey } from "../client/object.ts";
import type { LeaderElectionOptions } from "../manager.types.ts";
import { heldSpec, mayTake, type Observed, releasedSpec } from "./lease.ts";

export interface ElectorOptions extends LeaderElectionOptions {
  /** Must be allowed to write while not being the leader. */
  readonly client: Client;
  readonly log: Pick<Logger, "info" | "warn" | "debug">;
  /** Monotonic, milliseconds. Default: the clock of the process. */
  readonly now?: () => number;
  /** Resolves after `ms` of that clock; rejects when `signal` aborts first. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

interface Call {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Takes and renews a Lease. */
export class Elector {
  readonly #options: ElectorOptions;
  readonly #key: ObjectKey;
  readonly #durationMs: number;
  readonly #deadlineMs: number;
  readonly #retryMs: number;
  readonly #now: () => number;
  readonly #wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  #observed: Observed = { version: "", sinceMs: 0, spec: {} };
  #held: Live<Lease> | undefined;
  /** When the request that last renewed the Lease was sent, on the monotonic clock. */
  #renewedAt = -Infinity;

  constructor(options: ElectorOptions) {
    const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2_000 } = options;
    if (!(retryPeriodMs > 0 && retryPeriodMs < renewDeadlineMs && renewDeadlineMs < leaseDurationMs)) {
      throw new RangeError(
        `leader election: need retryPeriodMs < renewDeadlineMs < leaseDurationMs, got ${retryPeriodMs}, ${renewDeadlineMs}, ${leaseDurationMs}`,
      );
    }
    this.#options = options;
    this.#key = { namespace: options.namespace, name: options.name };
    this.#durationMs = leaseDurationMs;
    this.#deadlineMs = renewDeadlineMs;
    this.#retryMs = retryPeriodMs;
    this.#now = options.now ?? (() => performance.now());
    this.#wait = options.wait ?? ((ms, signal) => sleep(ms, undefined, { signal }));
  }

  /**
   * Whether this process may write right now. Computed from the clock at each call, so that a process that was frozen
   * past its deadline writes nothing when it thaws.
   */
  get leads(): boolean {
    return this.#held !== undefined && this.#now() - this.#renewedAt < this.#deadlineMs;
  }

  /** Resolves when we lead; rejects when `signal` aborts first. */
  async acquire(signal: AbortSignal): Promise<void> {
    const { log, identity } = this.#options;
    log.info({ lease: keyString(this.#key), identity }, "standing by for leadership");
    while (!(await this.#try(signal))) await this.#wait(this.#retryMs * (1 + 0.2 * Math.random()), signal);
    log.info({ lease: keyString(this.#key), identity }, "leading");
  }

  /**
   * Renews until leadership is lost (resolves) or `signal` aborts (resolves too; still leading until released). Past the
   * deadline it is lost for good, even when the Lease turns out to be ours: writes were refused meanwhile.
   */
  async hold(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const deadline = this.#renewedAt + this.#deadlineMs;
      const left = deadline - this.#now();
      if (left <= 0) break;
      // Towards the deadline more often: the last try must come before it, not with it.
      await this.#wait(Math.max(1, Math.min(this.#retryMs, left / 2)), signal).catch(() => undefined);
      if (signal.aborted) return;
      await this.#try(signal);
      if (this.#held === undefined || this.#now() >= deadline) break;
    }
    if (signal.aborted) return;
    this.#held = undefined;
    this.#options.log.warn({ lease: keyString(this.#key) }, "leadership lost");
  }

  /** Gives the Lease up, if we hold it, so that the next one need not wait for it to expire. */
  async release(): Promise<void> {
    const held = this.#held;
    if (held === undefined || !this.leads) return;
    this.#held = undefined;
    try {
      await this.#giveUp(held).catch(async (error: unknown) => {
        if (!isConflict(error)) throw error;
        // The stop cut a renewal off, and the API server had already taken it.
        const found = await this.#options.client.find(Lease, this.#key, { timeoutMs: this.#retryMs });
        if (found?.spec?.holderIdentity === this.#options.identity) await this.#giveUp(found);
      });
    } catch (error) {
      this.#options.log.debug({ error: String(error) }, "lease not released; it expires by itself");
    }
  }

  async #giveUp(held: Live<Lease>): Promise<void> {
    const spec = releasedSpec(new Date(), held.spec ?? {});
    await this.#options.client.replace(Lease, { ...held, spec }, { timeoutMs: this.#retryMs });
  }

  /** One try to take or renew. False: not now. A try that somebody else's write beat ends our leadership. */
  async #try(signal: AbortSignal): Promise<boolean> {
    // Half the deadline, as in client-go: an answer that never comes leaves time for another try.
    const call = { signal, timeoutMs: this.#deadlineMs / 2 };
    try {
      if (this.#held === undefined) return await this.#take(call);
      await this.#write(this.#held, call);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (this.#held !== undefined && (isConflict(error) || isNotFound(error))) return this.#lookAgain(call);
      if (!isConflict(error) && !isAlreadyExists(error)) this.#notWritten(error);
      return false;
    }
  }

  /** Takes the Lease if nobody has it. */
  async #take(call: Call): Promise<boolean> {
    const { client, identity } = this.#options;
    const found = await client.find(Lease, this.#key, call);
    // After the answer: whoever wrote what it says, wrote it before now.
    const now = this.#now();
    if (found !== undefined && found.metadata.resourceVersion !== this.#observed.version)
      this.#observed = {
        version: found.metadata.resourceVersion,
        sinceMs: now,
        spec: found.spec ?? {},
      };
    // Of a Lease that somebody deleted, too: its holder may not know yet. (Who comes new cannot know of it at all.)
    if (!mayTake(this.#observed, identity, now, this.#durationMs)) return false;
    await this.#write(found, call);
    return true;
  }

  /** Writes us into the Lease; what it has to say for `leads` dates from before the request was sent. */
  async #write(before: Live<Lease> | undefined, call: Call): Promise<void> {
    const { client, identity } = this.#options;
    const sentAt = this.#now();
    const spec = heldSpec(identity, this.#durationMs, new Date(), before?.spec);
    this.#held =
      before === undefined
        ? await client.create(Lease, { metadata: { ...this.#key }, spec }, call)
        : await client.replace(Lease, { ...before, spec }, call);
    this.#renewedAt = sentAt;
  }

  /** Our renewal lost: either somebody else leads now, or an answer got lost and the Lease is still ours. */
  async #lookAgain(call: Call): Promise<boolean> {
    try {
      const found = await this.#options.client.find(Lease, this.#key, call);
      if (found?.spec?.holderIdentity === this.#options.identity) {
        await this.#write(found, call);
        return true;
      }
      this.#held = undefined;
    } catch (error) {
      // Still not known: the deadline decides.
      if (!call.signal.aborted) this.#notWritten(error);
    }
    return false;
  }

  #notWritten(error: unknown): void {
    this.#options.log.warn(
      { lease: keyString(this.#key), error: error instanceof Error ? error.message : String(error) },
      "lease not written",
    );
  }
}
