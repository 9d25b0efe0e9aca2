// The watch verb over HTTP: from a version on, every change as a line of JSON, until the time is up.
import { randomInt } from "node:crypto";
import type { KubeObject } from "../cluster.ts";
import type { StoreEvent } from "../store/collection.ts";
import type { Core } from "./core.ts";
import type { Selection } from "./list.ts";
import { flag, integer } from "./request.ts";
import { apiVersionOf, type ApiResource } from "./resources.ts";
import { sendText, statusOf, type Exchange } from "./respond.ts";
import { ApiError, expired } from "./status.ts";
import { LineStream } from "./stream.ts";
import { mustBeKept, mustSuitWatch, wantedVersion } from "./version-params.ts";
import { asServed } from "./versions.ts";
import type { View } from "./view.ts";
import { seen } from "./watch-events.ts";

const bookmarkMs = 60_000;
/** Watches without a timeout end after a random time from here to twice as long, so that they do not all end at once. */
const defaultTimeoutSeconds = 1800;
/** Node's timers overflow beyond this. */
const maxTimerMs = 2 ** 31 - 1;

/** Ends open watches: of a kind that is served no more, and all when the server stops. */
export class OpenWatches {
  /** What is watched, by the function that ends it. */
  readonly #ends = new Map<() => void, string>();

  get size(): number {
    return this.#ends.size;
  }

  add(end: () => void, storage: string): () => void {
    this.#ends.set(end, storage);
    return () => this.#ends.delete(end);
  }

  /** The kind is gone: the real server ends its watches, too, and whoever opens one again hears 404. */
  endOf(storage: string): void {
    for (const [end, watched] of [...this.#ends]) if (watched === storage) end();
  }

  endAll(): void {
    for (const end of [...this.#ends.keys()]) end();
  }
}

/** What the watch begins with: all objects that exist, then the changes after `revision`. */
interface Start {
  readonly initial: boolean;
  readonly initialEnd: boolean;
  readonly revision: number;
}

const startOf = (core: Core, query: URLSearchParams): Start => {
  const { store } = core;
  const wanted = wantedVersion(query);
  const asked = query.has("sendInitialEvents") ? flag(query, "sendInitialEvents") : undefined;
  mustSuitWatch(wanted, asked);
  const { revision } = wanted;
  // A version from the future was seen before the data folder was emptied: the client must list again. Waiting
  // for it, as the real server does, would leave the client behind for ever.
  if (revision !== undefined && revision > store.revision)
    throw expired(`too large resource version: ${revision}, current: ${store.revision}; list again`);
  if (asked === true) return { initial: true, initialEnd: true, revision: store.revision };
  if (asked === false || (revision !== undefined && revision !== 0)) {
    const from = revision || store.revision;
    mustBeKept(store, from);
    return { initial: false, initialEnd: false, revision: from };
  }
  return { initial: true, initialEnd: false, revision: store.revision };
};

const bookmarkObject = (res: ApiResource, revision: number, initialEnd: boolean): KubeObject =>
  ({
    kind: res.kind,
    apiVersion: apiVersionOf(res),
    metadata: {
      resourceVersion: String(revision),
      ...(initialEnd && { annotations: { "k8s.io/initial-events-end": "true" } }),
    },
  }) as unknown as KubeObject;

/** Answers with a watch. Refusals come as an ERROR event, as clients of the real server expect an expired version. */
export const serveWatch = (
  core: Core,
  open: OpenWatches,
  exchange: Exchange,
  res: ApiResource,
  selection: Selection,
  view: View,
): void => {
  const { query, response, request } = exchange;
  const contentType = "application/json";
  const bookmarks = flag(query, "allowWatchBookmarks");
  const seconds =
    integer(query, "timeoutSeconds") || defaultTimeoutSeconds + randomInt(defaultTimeoutSeconds);
  let start: Start;
  try {
    start = startOf(core, query);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 410) throw error;
    sendText(exchange, 200, `{"type":"ERROR","object":${JSON.stringify(statusOf(error))}}\n`, contentType);
    return;
  }

  response.writeHead(200, { "content-type": contentType });
  response.flushHeaders();
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  const lines = new LineStream(response);
  const watch = new Watch(core, res, selection, view, lines);
  if (!watch.begin(start, bookmarks)) return;
  const bookmarkTimer = bookmarks ? setInterval(() => watch.bookmark(), bookmarkMs).unref() : undefined;
  const end = (): void => {
    if (bookmarks) watch.bookmark();
    watch.stop();
    lines.end();
  };
  const endTimer = setTimeout(end, Math.min(seconds * 1000, maxTimerMs)).unref();
  const forget = open.add(end, res.storage);
  response.on("close", () => {
    watch.stop();
    clearInterval(bookmarkTimer);
    clearTimeout(endTimer);
    forget();
  });
};

/** One client's view of one collection's changes. */
class Watch {
  readonly #core: Core;
  readonly #res: ApiResource;
  readonly #selection: Selection;
  readonly #view: View;
  readonly #lines: LineStream;
  #unsubscribe: (() => void) | undefined;

  constructor(core: Core, res: ApiResource, selection: Selection, view: View, lines: LineStream) {
    this.#core = core;
    this.#res = res;
    this.#selection = selection;
    this.#view = view;
    this.#lines = lines;
  }

  /** Sends what the watch begins with and follows from there; false when the client is gone already. */
  begin(start: Start, bookmarks: boolean): boolean {
    const { store } = this.#core;
    const { storage } = this.#res;
    // From here to the subscription nothing awaits: no change can slip between.
    if (start.initial) {
      const { namespace, matches } = this.#selection;
      for (const [, stored] of store.collection(storage).entries(namespace)) {
        const object = asServed(stored, this.#res);
        if ((matches === undefined || matches(object)) && !this.#send("ADDED", object)) return false;
      }
    } else for (const event of store.since(storage, start.revision)) if (!this.#hand(event)) return false;
    if (start.initialEnd && bookmarks) this.bookmark(true);
    this.#unsubscribe = store.subscribe(storage, (event) => {
      if (!this.#hand(event)) this.stop();
    });
    return true;
  }

  /** Tells the client how far it has seen everything. */
  bookmark(initialEnd = false): void {
    this.#send("BOOKMARK", bookmarkObject(this.#res, this.#core.store.revision, initialEnd));
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  #hand(event: StoreEvent): boolean {
    const shown = seen(event, this.#res, this.#selection);
    return shown === undefined || this.#send(shown.type, shown.object);
  }

  #send(type: string, object: KubeObject): boolean {
    return this.#lines.push(`{"type":"${type}","object":${this.#view.event(object)}}\n`);
  }
}
