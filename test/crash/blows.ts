// SIGKILL of one kind of process whenever something reaches another step, and what was hit.
import { setTimeout as sleep } from "node:timers/promises";
import { KubeConfig, Watch } from "@kubernetes/client-node";
import { API_VERSION, type LmsTenant } from "../../api/index.ts";
import { containerPids, operatorPids } from "../support/processes.ts";

export const VICTIMS = ["operator", "lms", "postgres", "job"] as const;
export type Victim = (typeof VICTIMS)[number];

/** A Job's process comes a moment after the step that waits for it, an operator some time after it was killed. */
const WITHIN_MS = 5_000;

/** Kills every process of the victim; how many there were. */
export function kill(data: string, victim: Victim): number {
  const pids = victim === "operator" ? operatorPids(data) : containerPids(data, victim);
  let killed = 0;
  for (const pid of pids)
    try {
      process.kill(pid, "SIGKILL");
      killed++;
    } catch {
      // It has ended by itself just now.
    }
  return killed;
}

/** Kills the victim as soon as there is one, while `goesOn`; how many processes were hit. */
export async function killSoon(data: string, victim: Victim, goesOn: () => boolean): Promise<number> {
  const until = Date.now() + WITHIN_MS;
  let killed = kill(data, victim);
  while (killed === 0 && Date.now() < until) {
    await sleep(10);
    if (!goesOn()) break;
    killed = kill(data, victim);
  }
  return killed;
}

/** Kills a victim once in every step that updates come to, told by the API server. */
export class Blows {
  /** Steps that were come to, and how many processes were hit there. */
  readonly struck = new Map<string, number>();
  readonly #data: string;
  readonly #victim: Victim;
  readonly #under: Promise<void>[] = [];
  #step: string | undefined;
  #watch: AbortController | undefined;
  #ended = false;

  constructor(data: string, victim: Victim) {
    this.#data = data;
    this.#victim = victim;
  }

  /** Looks on until the end; `isMeant` says whether what a tenant's update does counts. */
  async watch(kubeconfig: string, namespace: string, isMeant: (tenant: LmsTenant) => boolean): Promise<void> {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    this.#watch = await new Watch(config).watch(
      `/apis/${API_VERSION}/namespaces/${namespace}/lmstenants`,
      {},
      (_, tenant: LmsTenant) => {
        const update = tenant.status?.update;
        if (update?.result !== undefined || !isMeant(tenant)) this.#step = undefined;
        else if (update !== undefined && update.step !== this.#step) this.#come(update.step);
      },
      // A watch does not last for ever; the next one begins with what is there.
      () => void (this.#ended || this.watch(kubeconfig, namespace, isMeant)),
    );
  }

  /** In how many steps something was killed. */
  get hits(): number {
    return [...this.struck.values()].filter((killed) => killed > 0).length;
  }

  /** Where nothing was found to kill it looks again in the next update. */
  #come(step: string): void {
    this.#step = step;
    if (this.struck.get(step)) return;
    this.struck.set(step, 0);
    const striking = killSoon(this.#data, this.#victim, () => this.#step === step);
    this.#under.push(striking.then((killed) => void this.struck.set(step, killed)));
  }

  /** Looks on no longer; resolves when what is under way has been counted. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#watch?.abort();
    this.#step = undefined;
    await Promise.all(this.#under);
  }
}
