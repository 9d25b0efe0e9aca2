// The place where one contender runs: a fresh namespace with Widgets in it, and the bench's hands on them.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { APPLY, type Api, MERGE, type WatchEvent } from "./api.ts";
import { LABEL, nameOf, nowMs, textOf, WIDGETS } from "./place.ts";

/** Requests that the bench has under way at most. */
const HANDS = 16;
const SETTLED_MS = 300;

/** Runs `job` for 0 .. count-1, several at once. */
export async function each(count: number, job: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: HANDS }, async () => {
      while (next < count) await job(next++);
    }),
  );
}

/** What a bare watch has seen of one kind: the newest text of each object, and when the event came. */
export class Seen {
  readonly texts = new Map<string, { readonly text: string; readonly atMs: number }>();
  readonly #waiting = new Map<string, (atMs: number) => void>();

  hear({ type, object }: WatchEvent): void {
    const text = object.data?.text ?? object.spec?.text;
    if (type === "DELETED" || text === undefined) return;
    const atMs = nowMs();
    this.texts.set(object.metadata.name, { text, atMs });
    this.#waiting.get(text)?.(atMs);
  }

  /** When the event with this text came; rejects after `patienceMs`. */
  async text(name: string, text: string, patienceMs: number): Promise<number> {
    const seen = this.texts.get(name);
    if (seen?.text === text) return seen.atMs;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#waiting.set(text, resolve);
    const timer = setTimeout(
      () => reject(new Error(`${name} did not follow within ${patienceMs / 1000} s`)),
      patienceMs,
    );
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(text);
    });
  }

  /** How many of the first `count` objects have their n-th text. */
  followed(count: number, version: number): number {
    let followed = 0;
    for (let n = 0; n < count; n++)
      if (this.texts.get(nameOf(n))?.text === textOf(nameOf(n), version)) followed++;
    return followed;
  }
}

export class Site {
  readonly namespace: string;
  readonly objects: number;
  readonly configMaps = new Seen();
  readonly widgets = new Seen();
  readonly #api: Api;
  readonly #watching = new AbortController();

  private constructor(api: Api, objects: number) {
    this.#api = api;
    this.objects = objects;
    this.namespace = `bench-${randomBytes(4).toString("hex")}`;
  }

  /** Makes the namespace and its Widgets in version 0, and watches them and the ConfigMaps. */
  static async make(api: Api, objects: number): Promise<Site> {
    const site = new Site(api, objects);
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: site.namespace } };
    await api.send("POST", "/api/v1/namespaces", namespace);
    await site.#write(0);
    await site.#watch(site.widgetsPath, site.widgets);
    await site.#watch(site.#configMapsPath, site.configMaps, `?labelSelector=app%3D${LABEL.app}`);
    return site;
  }

  get widgetsPath(): string {
    return `/apis/${WIDGETS.group}/${WIDGETS.version}/namespaces/${this.namespace}/${WIDGETS.plural}`;
  }

  get #configMapsPath(): string {
    return `/api/v1/namespaces/${this.namespace}/configmaps`;
  }

  /** Changes all Widgets to their n-th version at full speed. */
  async changeAll(version: number): Promise<void> {
    await each(this.objects, (n) => this.change(n, version));
  }

  /** Changes one Widget; resolves with the time the request was sent. */
  async change(n: number, version: number): Promise<number> {
    const name = nameOf(n);
    const sentMs = nowMs();
    await this.#api.send(
      "PATCH",
      `${this.widgetsPath}/${name}`,
      { spec: { text: textOf(name, version) } },
      MERGE,
    );
    return sentMs;
  }

  /** Waits until every ConfigMap has its n-th text; resolves with the time of the last event. */
  async follow(version: number, patienceMs: number, alive: Promise<string>): Promise<number> {
    let dead: string | undefined;
    void alive.then((reason) => (dead = reason));
    const deadline = nowMs() + patienceMs;
    for (let followed = 0; (followed = this.configMaps.followed(this.objects, version)) < this.objects;) {
      if (dead !== undefined) throw new Error(dead);
      if (nowMs() > deadline)
        throw new Error(`${followed} of ${this.objects} ConfigMaps followed within ${patienceMs / 1000} s`);
      await sleep(5);
    }
    return Math.max(...[...this.configMaps.texts.values()].map(({ atMs }) => atMs));
  }

  /** Takes everything away, and waits until the API server has done so. */
  async remove(): Promise<void> {
    this.#watching.abort();
    for (const path of [this.widgetsPath, this.#configMapsPath])
      await this.#api.send("DELETE", path).catch(() => undefined);
    await this.#api.send("DELETE", `/api/v1/namespaces/${this.namespace}`);
    const gone = () =>
      this.#api.send("GET", `/api/v1/namespaces/${this.namespace}`).then(
        () => false,
        () => true,
      );
    while (!(await gone())) await sleep(50);
    await sleep(SETTLED_MS);
  }

  async #write(version: number): Promise<void> {
    await each(this.objects, async (n) => {
      const name = nameOf(n);
      const widget = {
        apiVersion: `${WIDGETS.group}/${WIDGETS.version}`,
        kind: WIDGETS.kind,
        metadata: { name, namespace: this.namespace },
        spec: { text: textOf(name, version) },
      };
      await this.#api.send(
        "PATCH",
        `${this.widgetsPath}/${name}?fieldManager=bench&force=true`,
        widget,
        APPLY,
      );
    });
  }

  async #watch(path: string, seen: Seen, query = ""): Promise<void> {
    const { metadata } = await this.#api.send<{ metadata: { resourceVersion: string } }>(
      "GET",
      `${path}?limit=1`,
    );
    await this.#api.watch(path + query, metadata.resourceVersion, this.#watching.signal, (event) =>
      seen.hear(event),
    );
  }
}
