// Whether the operator and the controllers beside it still have something to do, and how much the operator has written.
import { setTimeout as sleep } from "node:timers/promises";
import type { Manager } from "../../controller/engine/index.ts";
import type { Cluster } from "../../sandbox/cluster.ts";
import { WATCHED } from "./state.ts";

/** Nothing moves for so long: events are delivered within the same process, in a few turns of its loop. */
const QUIET_MS = 35;
/** A process that was not given the CPU saw nothing either: so many looks in a row must find nothing. */
const LOOKS = 4;
const LONGEST_MS = 20_000;

interface Metric {
  get(): Promise<{ values: readonly { value: number; labels: Readonly<Record<string, string | number>> }[] }>;
}

export class Activity {
  readonly #operator: Manager;
  readonly #stops: readonly (() => void)[];
  /** Changes of any object so far, whoever made them. */
  changes = 0;
  #lastAt = performance.now();

  constructor(cluster: Cluster, operator: Manager) {
    this.#operator = operator;
    const saw = (): void => {
      this.changes++;
      this.#lastAt = performance.now();
    };
    this.#stops = WATCHED.map((ref) => cluster.watch(ref, saw));
  }

  /** Waits until nothing moves. Throws when something moves without end: a loop that writes for ever. */
  async quiet(): Promise<void> {
    const deadline = performance.now() + LONGEST_MS;
    for (let looks = 0; looks < LOOKS;) {
      if (performance.now() > deadline) throw new Error("the operator never comes to rest");
      await sleep(QUIET_MS / LOOKS);
      const moved = performance.now() - this.#lastAt < QUIET_MS || (await this.#busy());
      looks = moved ? 0 : looks + 1;
    }
  }

  /** Requests of the operator that write, to the API server and through it to the LMS. */
  writes(): Promise<number> {
    return this.#sum("rest_client_requests_total", ({ method }) => method !== "GET");
  }

  reconciles(): Promise<number> {
    return this.#sum("controller_runtime_reconcile_total");
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  async #busy(): Promise<boolean> {
    const running = await this.#sum("controller_runtime_active_workers");
    return running > 0 || (await this.#sum("workqueue_depth")) > 0;
  }

  async #sum(
    name: string,
    wanted: (labels: Readonly<Record<string, string | number>>) => boolean = () => true,
  ): Promise<number> {
    const metric = this.#operator.registry.getSingleMetric(name) as unknown as Metric | undefined;
    if (!metric) throw new Error(`the operator has no metric ${name}`);
    const { values } = await metric.get();
    return values.filter(({ labels }) => wanted(labels)).reduce((sum, { value }) => sum + value, 0);
  }
}
