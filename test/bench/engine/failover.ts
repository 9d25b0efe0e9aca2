// Two processes of the engine and one Lease: how long nobody works when the leader is killed, and when it is stopped.
import { setTimeout as sleep } from "node:timers/promises";
import type { Api } from "./api.ts";
import { nameOf, nowMs, type Place, textOf } from "./place.ts";
import { Contender } from "./process.ts";
import { Site } from "./site.ts";

const OBJECTS = 20;
const PATIENCE_MS = 60_000;

export interface Failovers {
  /** Milliseconds from the signal until an edit made right after it is in its ConfigMap. */
  readonly crashMs: readonly number[];
  readonly stopMs: readonly number[];
}

export async function failovers(
  api: Api,
  place: Omit<Place, "namespace" | "lease">,
  times: number,
): Promise<Failovers> {
  const [crashMs, stopMs]: [number[], number[]] = [[], []];
  for (let time = 0; time < times; time++) {
    // Both wait most of the time, and neither hinders the other.
    const [crash, stop] = await Promise.all([once(api, place, "SIGKILL"), once(api, place, "SIGTERM")]);
    crashMs.push(crash);
    stopMs.push(stop);
  }
  return { crashMs, stopMs };
}

async function once(
  api: Api,
  place: Omit<Place, "namespace" | "lease">,
  signal: "SIGKILL" | "SIGTERM",
): Promise<number> {
  const site = await Site.make(api, OBJECTS);
  const start = () => new Contender("engine", { ...place, namespace: site.namespace, lease: "bench" });
  const leader = start();
  let standby: Contender | undefined;
  try {
    await leader.up();
    await site.follow(0, PATIENCE_MS, leader.ended);
    standby = start();
    await standby.up();
    // Long enough for its caches and its first look at the Lease, and not in step with any renewal.
    await sleep(1_500 + Math.random() * 2_000);
    if (await standby.leads()) throw new Error("two leaders at once");
    const sentMs = nowMs();
    leader.kill(signal);
    // Nothing may be left of the old leader when the edit comes.
    await leader.ended;
    await site.change(0, 1);
    const writtenMs = await site.configMaps.text(nameOf(0), textOf(nameOf(0), 1), PATIENCE_MS);
    return writtenMs - sentMs;
  } finally {
    await Promise.all([leader.stop(), standby?.stop()]);
    await site.remove();
  }
}
