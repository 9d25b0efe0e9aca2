// Where one run takes place: a namespace of its own, with an operator behind a proxy, a node, and a history.
import { setTimeout as sleep } from "node:timers/promises";
import { LmsTenant } from "../../controller/kinds.ts";
import type { KubeObject } from "../../sandbox/cluster.ts";
import type { Manifest } from "../support/cluster.ts";
import { History } from "./history.ts";
import { Kubelet } from "./kubelet.ts";
import type { Running } from "./launch.ts";
import { Proxy } from "./proxy.ts";
import { find, isReady, resourceNamed } from "./resources.ts";
import { Wire } from "./wire.ts";
import type { World } from "./world.ts";

/** No request for this long: the operator has nothing left to do at once. */
const QUIET_MS = 120;
const NEVER_QUIET_MS = 5_000;
/** Longer than the pause before what met a conflict is tried again. */
const SETTLED_MS = 400;
/** Longer than any backoff of a single fault. */
export const WITHIN_MS = 25_000;

/** Name of the tenant on every stage. */
export const TENANT = "hill";

export class Stage {
  readonly namespace: string;
  readonly wire: Wire;
  readonly history = new History();
  readonly kubelet: Kubelet;
  readonly #world: World;
  readonly #log: string[] = [];
  #proxy: Proxy | undefined;
  #operator: Running | undefined;

  constructor(world: World, namespace: string) {
    this.#world = world;
    this.namespace = namespace;
    this.wire = new Wire(namespace);
    this.kubelet = new Kubelet(world.cluster, world.sites, namespace, TENANT);
  }

  /** Starts an operator; resolves when its proxy listens. An operator that was there before is dead by then. */
  async startOperator(): Promise<void> {
    await this.kill();
    const proxy = await Proxy.start(this.#world.api, this.wire, () => {
      void this.startOperator();
    });
    const log = (lines: string): void => void this.#log.push(lines);
    this.#proxy = proxy;
    this.#operator = this.#world.launch({ access: proxy.access, namespace: this.namespace, log });
  }

  /** The operator is dead: nothing of it goes in or out any more. */
  async kill(): Promise<void> {
    const operator = this.#operator;
    this.#proxy?.kill();
    this.#proxy = this.#operator = undefined;
    if (operator) await this.#world.end(operator);
  }

  /** Waits until the operator's caches are filled, and the namespace furnished. */
  async watching(): Promise<void> {
    await this.#operator?.started;
    await this.until(() => this.wire.asked.some(({ verb }) => verb === "WATCH"));
    await this.until(() => this.find("configmaps", "kube-root-ca.crt") !== undefined);
    await this.quiet();
  }

  apply(...manifests: readonly Manifest[]): Promise<void> {
    return this.#world.client.apply(
      ...manifests.map((manifest) => ({
        ...manifest,
        metadata: { ...manifest.metadata, namespace: this.namespace },
      })),
    );
  }

  delete(plural: string, name: string): void {
    this.#world.cluster.delete(resourceNamed(plural), this.namespace, name);
  }

  /** Takes off what holds a deleted object. */
  dropFinalizers(plural: string, name: string): void {
    const object = this.find(plural, name);
    if (!object) return;
    const { finalizers: _, ...metadata } = object.metadata;
    this.#world.cluster.update(resourceNamed(plural), { ...object, metadata });
  }

  find(plural: string, name: string): KubeObject | undefined {
    return find(this.#world.cluster, plural, this.namespace, name);
  }

  /** Plural names of every kind there is. */
  get kinds(): string[] {
    return this.#world.resources.map(({ resource }) => resource);
  }

  /** Every object in the namespace. */
  everything(): { readonly resource: string; readonly object: KubeObject }[] {
    const { cluster, resources } = this.#world;
    return resources.flatMap((ref) =>
      cluster.list(ref, { namespace: this.namespace }).map((object) => ({ resource: ref.resource, object })),
    );
  }

  list(plural: string): KubeObject[] {
    return this.#world.cluster.list(resourceNamed(plural), { namespace: this.namespace });
  }

  /** The cluster's revision now. */
  async revision(): Promise<number> {
    const { client } = this.#world.client;
    return Number((await client.list(LmsTenant, { namespace: this.namespace })).resourceVersion);
  }

  isReady(plural: string, name: string): boolean {
    return isReady(this.find(plural, name));
  }

  /** Everything the operators of this stage have logged. */
  log(): string {
    return this.#log.join("");
  }

  /** Waits until the operator has been silent for a while; one that never is has to answer to the oracle. */
  async quiet(ms = QUIET_MS): Promise<void> {
    this.wire.lastAt = performance.now();
    const silent = (): boolean => this.wire.inFlight === 0 && performance.now() - this.wire.lastAt >= ms;
    await this.until(silent, NEVER_QUIET_MS);
  }

  /** Waits until the operator that is there has seen the present, and has been silent for long. */
  async settled(): Promise<void> {
    await this.#operator?.started;
    await this.quiet(SETTLED_MS);
  }

  /** Waits until `look` holds; false when it never does. */
  async until(look: () => boolean, withinMs = WITHIN_MS): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    while (!look()) {
      if (performance.now() > deadline) return false;
      await sleep(10);
    }
    return true;
  }

  async close(): Promise<void> {
    await this.kill();
    await this.kubelet.stop();
    this.#world.remove(this);
  }
}
