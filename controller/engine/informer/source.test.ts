// HTTP and JSON lines in, typed events out: what is asked for, and what becomes of every kind of answer.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HttpClient } from "../client/client.ts";
import { ApiError, TransportError } from "../client/errors.ts";
import { Exchange } from "../client/exchange.ts";
import { ConfigMap } from "../client/kinds.ts";
import { eventually } from "../testing/eventually.ts";
import { status, TinyApi } from "../testing/tiny-api.ts";
import { HttpSource, type Selection, type WatchEvent } from "./source.ts";

let api: TinyApi;
let exchange: Exchange;
let stop: AbortController;

beforeEach(async () => {
  api = await TinyApi.start();
  exchange = new Exchange({ access: api.access, fieldManager: "me" });
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort(new Error("stopping"));
  await exchange.close();
  await api.stop();
});

const source = (selection: Selection = {}) =>
  new HttpSource(ConfigMap, new HttpClient(exchange), exchange, selection);

/** Watches until something ends it; `ended` says how. */
function watch(selection?: Selection, onEvent?: (event: WatchEvent<ConfigMap>) => void) {
  const events: WatchEvent<ConfigMap>[] = [];
  const ended = source(selection)
    .watch({
      resourceVersion: "7",
      signal: stop.signal,
      inactivityMs: 10_000,
      timeoutSeconds: 300,
      onEvent: onEvent ?? ((event) => void events.push(event)),
    })
    .then(
      () => "regular end",
      (error: unknown) => error,
    );
  return { events, ended };
}
const line = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;
const opened = () => eventually(() => api.openWatches).toBe(1);

describe("asks for", () => {
  const selection = {
    namespace: "ns",
    labelSelector: "app=web",
    fieldSelector: "metadata.name=a",
    metadataOnly: true,
  };

  test("exactly what was selected, page by page", async () => {
    let accept: string | undefined;
    api.intercept = (request) => ((accept = request.headers.accept), false);
    await source(selection).page(50, "next-page", stop.signal);
    expect(api.requests).toEqual([
      "GET /api/v1/namespaces/ns/configmaps?limit=50&labelSelector=app%3Dweb&fieldSelector=metadata.name%3Da&continue=next-page",
    ]);
    expect(accept).toContain("as=PartialObjectMetadataList");
  });

  test("a watch of the same, with bookmarks, from a version, for a limited time", async () => {
    let accept: string | undefined;
    api.intercept = (request) => ((accept = request.headers.accept), false);
    watch(selection);
    await opened();
    const url = new URL(api.requests[0]?.slice(4) ?? "", "http://x");
    expect(url.pathname).toBe("/api/v1/namespaces/ns/configmaps");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      watch: "1",
      allowWatchBookmarks: "true",
      resourceVersion: "7",
      timeoutSeconds: "300",
      labelSelector: "app=web",
      fieldSelector: "metadata.name=a",
    });
    expect(accept).toContain("as=PartialObjectMetadata;");
  });

  test("whole objects otherwise", async () => {
    let accept: string | undefined;
    api.intercept = (request) => ((accept = request.headers.accept), false);
    await source().page(50, undefined, stop.signal);
    expect(accept).toBe("application/json");
  });
});

describe("events", () => {
  const object = { metadata: { name: "a", uid: "u", resourceVersion: "8" } };

  test("come in order, say their kind, and those of a later Kubernetes are passed over", async () => {
    const { events, ended } = watch();
    await opened();
    for (const type of ["ADDED", "MODIFIED", "INVENTED", "DELETED"]) api.sendRaw(line(type, object));
    api.bookmark();
    await eventually(() => events).toHaveLength(4);
    expect(events.map(({ type }) => type)).toEqual(["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]);
    expect(events[0]).toEqual({ type: "ADDED", object: { ...object, apiVersion: "v1", kind: "ConfigMap" } });
    expect(events[3]).toEqual({ type: "BOOKMARK", resourceVersion: String(api.version) });
    api.endWatches();
    expect(await ended).toBe("regular end");
  });

  test("after an ERROR are not heard, though they came with it", async () => {
    const { events, ended } = watch();
    await opened();
    const gone = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" };
    api.sendRaw(line("ADDED", object) + line("ERROR", gone) + line("DELETED", object));
    expect(await ended).toMatchObject({ status: 410, reason: "Expired" });
    expect(events.map(({ type }) => type)).toEqual(["ADDED"]);
    await eventually(() => api.openWatches).toBe(0);
  });

  test("after a stop are not heard, and the stop's reason is what it ends with", async () => {
    const { events, ended } = watch();
    await opened();
    const reason = new Error("enough");
    stop.abort(reason);
    api.sendRaw(line("ADDED", object));
    expect(await ended).toBe(reason);
    expect(events).toEqual([]);
  });

  test("that came together are not all heard when the first one makes the listener stop", async () => {
    const heard: string[] = [];
    const { ended } = watch({}, ({ type }) => {
      heard.push(type);
      stop.abort(new Error("enough"));
    });
    await opened();
    api.sendRaw(line("ADDED", object) + line("MODIFIED", object));
    expect(await ended).toMatchObject({ message: "enough" });
    expect(heard).toEqual(["ADDED"]);
  });

  test("that the listener cannot bear end the watch with its error", async () => {
    const { ended } = watch({}, () => {
      throw new Error("broken listener");
    });
    await opened();
    api.sendRaw(line("ADDED", object));
    expect(await ended).toMatchObject({ message: "broken listener" });
    await eventually(() => api.openWatches).toBe(0);
  });

  test.each(["null\n", '{"type":"ADDED"}\n', '{"type":"ADDED","object":null}\n', "secret text\n"])(
    "like %j are none: the watch ends, and the line is not quoted",
    async (text) => {
      const { ended } = watch();
      await opened();
      api.sendRaw(text);
      const error = await ended;
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({ status: 500, message: expect.not.stringContaining("secret") });
    },
  );
});

describe("a watch", () => {
  test("that is refused ends with the refusal", async () => {
    api.intercept = (_request, response) => {
      status(response, 403, "Forbidden", "you may not watch configmaps", { "retry-after": "2" });
      return true;
    };
    expect(await watch().ended).toMatchObject({
      status: 403,
      message: expect.stringContaining("may not watch"),
      retryAfterMs: 2_000,
    });
  });

  test("that breaks off inside a line has not ended regularly", async () => {
    const { ended } = watch();
    await opened();
    api.sendRaw('{"type":"ADDED","obj');
    await new Promise((resolve) => setTimeout(resolve, 20));
    api.endWatches();
    expect(await ended).toBeInstanceOf(TransportError);
  });

  test("whose connection is reset has not ended regularly", async () => {
    const { ended } = watch();
    await opened();
    api.resetWatches();
    expect(await ended).toBeInstanceOf(TransportError);
  });
});
