// Leader election on a Lease: one process leads, the others stand by. Never two at once: the leader stops believing in
// itself before anybody else may take the Lease, whatever its timers do.
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Client } from "../client/client.types.ts";
import { isAlreadyExists, isConflict } from "../client/errors.ts";
import { Lease } from "../client/kinds.ts";
import { type Live, keyString, type ObjectKey } from "../client/object.ts";
import type { LeaderElectionOptions } from "../manager.types.ts";
import { heldSpec, mayTake, type Observed, releasedSpec } from "./lease.ts";

export interface ElectorOptions extends LeaderElectionOptions {
  /** Must be allowed to write while not being the leader. */
  readonly client: Client;
  readonly log: Pick<Logger, "info" | "warn" | "debug">;
}

/** Takes and renews a Lease. */
export class Elector {
  readonly #options: ElectorOptions;
  readonly #key: ObjectKey;
  readonly #durationMs: number;
  readonly #deadlineMs: number;
  readonly #retryMs: number;
  #observed: Observed = { version: "", sinceMs: 0 };
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
  }

  /**
   * Whether this process may write right now. Computed from the clock at each call, so that a process that was frozen
   * past its deadline writes nothing when it thaws.
   */
  get leads(): boolean {
    return this.#held !== undefined && performance.now() - this.#renewedAt < this.#deadlineMs;
  }

  /** Resolves when we lead; rejects when `signal` aborts first. */
  async acquire(signal: AbortSignal): Promise<void> {
    const { log, identity } = this.#options;
    log.info({ lease: keyString(this.#key), identity }, "standing by for leadership");
    while (!(await this.#try(signal)))
      await sleep(this.#retryMs * (1 + 0.2 * Math.random()), undefined, { signal });
    log.info({ lease: keyString(this.#key), identity }, "leading");
  }

  /** Renews until leadership is lost (resolves) or `signal` aborts (resolves too; still leading until released). */
  async hold(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const left = this.#renewedAt + this.#deadlineMs - performance.now();
      if (left <= 0) break;
      await sleep(Math.min(this.#retryMs, left), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      if (!(await this.#try(signal)) && this.#held === undefined) break;
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
      await this.#options.client.replace(
        Lease,
        { ...held, spec: releasedSpec(new Date(), held.spec ?? {}) },
        { timeoutMs: this.#retryMs },
      );
    } catch (error) {
      this.#options.log.debug({ error: String(error) }, "lease not released; it expires by itself");
    }
  }

  /** One try to take or renew. False: not now. A try that somebody else's write beat ends our leadership. */
  async #try(signal: AbortSignal): Promise<boolean> {
    const { client, identity, log } = this.#options;
    const sentAt = performance.now();
    const call = { signal, timeoutMs: this.#deadlineMs };
    try {
      const held = this.#held;
      if (held !== undefined) {
        this.#held = await client.replace(
          Lease,
          { ...held, spec: heldSpec(identity, this.#durationMs, new Date(), held.spec) },
          call,
        );
        this.#renewedAt = sentAt;
        return true;
      }
      const found = await client.find(Lease, this.#key, call);
      if (found === undefined) {
        const spec = heldSpec(identity, this.#durationMs, new Date(), undefined);
        this.#held = await client.create(Lease, { metadata: { ...this.#key }, spec }, call);
        this.#renewedAt = sentAt;
        return true;
      }
      if (found.metadata.resourceVersion !== this.#observed.version) {
        this.#observed = { version: found.metadata.resourceVersion, sinceMs: sentAt };
      }
      if (!mayTake(found.spec ?? {}, identity, this.#observed, sentAt, this.#durationMs)) return false;
      this.#held = await client.replace(
        Lease,
        { ...found, spec: heldSpec(identity, this.#durationMs, new Date(), found.spec) },
        call,
      );
      this.#renewedAt = sentAt;
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (isConflict(error)) await this.#lookAgain(call);
      else if (!isAlreadyExists(error))
        log.warn(
          { lease: keyString(this.#key), error: error instanceof Error ? error.message : String(error) },
          "lease not written",
        );
      return false;
    }
  }

  /** Our write lost: either somebody else leads now, or an answer got lost and the Lease is still ours. */
  async #lookAgain(call: { signal: AbortSignal; timeoutMs: number }): Promise<void> {
    const found = await this.#options.client.find(Lease, this.#key, call).catch(() => this.#held);
    this.#held =
      this.#held !== undefined && found?.spec?.holderIdentity === this.#options.identity ? found : undefined;
  }
}
