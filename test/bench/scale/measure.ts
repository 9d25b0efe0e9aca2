// One size of the fleet, measured: building it, starting again beside it, and keeping it.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createClient, loadAccess } from "../../../controller/engine/index.ts";
import { nodeFlags } from "../../support/dockerfile.ts";
import { applyFleet, counts, type FleetSize, kubelets } from "./fleet.ts";
import { type SimulatedLmses, simulatedLmses } from "./simulated-lms.ts";
import type { Stats } from "./stats.ts";

/** Everything about one size. Times in seconds, memory in MiB. */
export interface Measured {
  readonly tenants: number;
  readonly courses: number;
  readonly bindings: number;
  /** From the start of the operator until every site holds every document. */
  readonly build_s: number;
  readonly build_requests: number;
  readonly build_lms_calls: number;
  /** A second operator: until its caches are filled, and until it has looked at everything. */
  readonly restart_synced_s: number;
  readonly restart_settled_s: number;
  readonly restart_requests: number;
  readonly restart_writes: number;
  readonly restart_lms_calls: number;
  /** Of the operator that only keeps what is there. */
  readonly heap_mib: number;
  readonly rss_mib: number;
  /** Per round of resyncs, in which every object is looked at once. */
  readonly round_cpu_s: number;
  readonly round_requests: number;
  readonly round_writes: number;
  readonly round_lms_calls: number;
}

const MIB = 1024 * 1024;

/** Runs one size from nothing. `resyncMs` is the length of the measured round. */
export async function measure(size: FleetSize, resyncMs: number): Promise<Measured> {
  const api = child("apiserver.ts", []);
  const [{ kubeconfig }] = (await once(api, "message")) as [{ kubeconfig: string }];
  const client = createClient({ access: await loadAccess({ kubeconfig }), fieldManager: "fleet" });
  const lmses = await simulatedLmses();
  try {
    await applyFleet(client, size);
    const { tenants, courses, bindings, objects } = counts(size);
    const documents = 2 * tenants + courses + bindings;

    const nodes = await kubelets(kubeconfig);
    const builder = new Operator(kubeconfig, lmses, 3_600_000);
    const begun = performance.now();
    while (lmses.documents() < documents) await sleep(100);
    const build_s = (performance.now() - begun) / 1000;
    const built = await builder.settled(objects);
    const build_lms_calls = lmses.calls();
    await builder.stop();
    await nodes.stop();

    const before = lmses.calls();
    const keeper = new Operator(kubeconfig, lmses, resyncMs);
    const restart_synced_s = (await keeper.synced) / 1000;
    const first = await keeper.settled(objects);
    const restart_settled_s = (performance.now() - keeper.startedAt) / 1000;
    const restart_lms_calls = lmses.calls() - before;
    // The first resyncs come spread over +-10 %; from here on it is one look at each object per round.
    await sleep(resyncMs * 1.2);
    const from = await keeper.stats();
    const callsFrom = lmses.calls();
    await sleep(resyncMs);
    const to = await keeper.stats();
    const calls = lmses.calls() - callsFrom;
    const share = objects / Math.max(1, to.reconciles - from.reconciles);
    await keeper.stop();
    return {
      tenants,
      courses,
      bindings,
      build_s,
      build_requests: built.requests,
      build_lms_calls,
      restart_synced_s,
      restart_settled_s,
      restart_requests: first.requests,
      restart_writes: first.writes,
      restart_lms_calls,
      heap_mib: to.heapBytes / MIB,
      rss_mib: to.rssBytes / MIB,
      round_cpu_s: ((to.cpuMs - from.cpuMs) / 1000) * share,
      round_requests: (to.requests - from.requests) * share,
      round_writes: (to.writes - from.writes) * share,
      round_lms_calls: calls * share,
    };
  } finally {
    await client.close();
    await lmses.close();
    api.disconnect();
    await once(api, "exit");
  }
}

class Operator {
  readonly startedAt = performance.now();
  /** Milliseconds until the caches were filled, by its own clock. */
  readonly synced: Promise<number>;
  readonly #child: ChildProcess;

  constructor(kubeconfig: string, lmses: SimulatedLmses, resyncMs: number) {
    this.#child = child("operator.ts", [kubeconfig, lmses.address, String(resyncMs)], nodeFlags());
    this.synced = once(this.#child, "message").then(([told]) => (told as { synced: number }).synced);
  }

  async stats(): Promise<Stats> {
    this.#child.send("stats");
    const [{ stats }] = (await once(this.#child, "message")) as [{ stats: Stats }];
    return stats;
  }

  /** Until every object was looked at and nothing waits any more. */
  async settled(objects: number): Promise<Stats> {
    await this.synced;
    for (;;) {
      const stats = await this.stats();
      if (stats.reconciles >= objects && stats.waiting === 0) return stats;
      await sleep(250);
    }
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.disconnect();
    await ended;
  }
}

function child(file: string, args: readonly string[], execArgv: string[] = []): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}
