import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HttpClient } from "../client/client.ts";
import { Exchange } from "../client/exchange.ts";
import { ConfigMap } from "../client/kinds.ts";
import { eventually } from "../testing/eventually.ts";
import { json, status, TinyApi } from "../testing/tiny-api.ts";
import type { CacheEvent } from "./cache.types.ts";
import { Informer, type InformerOptions } from "./informer.ts";
import { HttpSource } from "./source.ts";
import { dropManagedFields } from "./transform.ts";

const AT = "/api/v1/namespaces/default/configmaps";
let api: TinyApi;
let exchange: Exchange;
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  api = await TinyApi.start();
  exchange = new Exchange({ access: api.access, fieldManager: "me" });
  stop = new AbortController();
  running = Promise.resolve();
});
afterEach(async () => {
  stop.abort();
  await running;
  await exchange.close();
  await api.stop();
});

function informer(more: Partial<InformerOptions<ConfigMap>> = {}) {
  const client = new HttpClient(exchange);
  const made = new Informer<ConfigMap>({
    type: ConfigMap,
    source: new HttpSource(ConfigMap, client, exchange, {}),
    log: pino({ level: "silent" }),
    transform: dropManagedFields("me"),
    inactivityMs: 60_000,
    ...more,
  });
  const story: string[] = [];
  made.onChange(
    (event: CacheEvent<ConfigMap>) =>
      void story.push(`${event.type} ${event.object.metadata.name} ${event.object.data?.["v"] ?? ""}`.trim()),
  );
  return { made, story, run: () => void (running = made.run(stop.signal)) };
}
const put = (name: string, v = "1", silent = false) => api.put(`${AT}/${name}`, { data: { v } }, silent);
const names = (made: Informer<ConfigMap>): string[] =>
  made
    .list()
    .map((object) => object.metadata.name)
    .sort();

test("lists page by page, then follows the watch from the list's version", async () => {
  for (let i = 0; i < 7; i++) put(`c${i}`);
  const { made, run, story } = informer({ pageSize: 3 });
  run();
  await made.waitForSync();
  expect(made.size).toBe(7);
  expect(api.count(`GET /api/v1/configmaps?limit=3`)).toBe(3);
  await eventually(() => api.openWatches).toBe(1);
  put("c0", "2");
  api.remove(`${AT}/c1`);
  put("new");
  await eventually(() => story.slice(7)).toEqual(["update c0 2", "delete c1 1", "add new 1"]);
  expect(api.requests.filter((request) => request.includes("watch"))[0]).toContain(`resourceVersion=17`);
});

test("is synced only when every handler has seen the first list, and one that comes later sees it too", async () => {
  put("a");
  const { made, run } = informer();
  const seen: boolean[] = [];
  made.onChange(() => void seen.push(made.synced));
  run();
  await made.waitForSync();
  expect(seen).toEqual([false]);
  const late: string[] = [];
  made.onChange((event) => void late.push(event.type));
  expect(late).toEqual(["add"]);
});

describe("a watch that breaks", () => {
  test("by a reset resumes from the last version and misses nothing", async () => {
    const { made, run, story } = informer();
    run();
    await eventually(() => api.openWatches).toBe(1);
    put("a");
    await eventually(() => made.size).toBe(1);
    put("b", "1", true);
    api.resetWatches();
    await eventually(() => story).toEqual(["add a 1", "add b 1"]);
    expect(api.count("GET /api/v1/configmaps?limit")).toBe(1);
  });

  test("inside a line resumes and hands over no half object", async () => {
    const { run, story } = informer();
    run();
    await eventually(() => api.openWatches).toBe(1);
    api.sendRaw('{"type":"ADDED","object":{"metadata":{"name":"half"');
    await sleep(20);
    put("a", "1", true);
    api.endWatches();
    await eventually(() => story).toEqual(["add a 1"]);
  });

  test("by garbage starts again", async () => {
    const { run, story } = informer();
    run();
    await eventually(() => api.openWatches).toBe(1);
    api.sendRaw("<html>proxy error</html>\n");
    put("a", "1", true);
    await eventually(() => story).toEqual(["add a 1"]);
  });

  test("without a word (half open) is noticed by its silence", async () => {
    const { run, story } = informer({ inactivityMs: 150 });
    run();
    await eventually(() => api.openWatches).toBe(1);
    put("a", "1", true);
    await eventually(() => story).toEqual(["add a 1"]);
  });

  test("bookmarks keep a quiet watch alive and move its version", async () => {
    const { made, run } = informer({ inactivityMs: 1_500 });
    run();
    await eventually(() => api.openWatches).toBe(1);
    api.put("/api/v1/namespaces/default/secrets/other", {});
    api.bookmark();
    const version = String(api.version);
    await eventually(() => made.state).toMatchObject({ type: "watching", resourceVersion: version });
  });

  test("that the server ends at once, again and again, is not reopened at full speed", async () => {
    api.intercept = (request, response) => {
      if (!request.url?.includes("watch")) return false;
      response.writeHead(200).end();
      return true;
    };
    const { made, run } = informer();
    run();
    await made.waitForSync();
    await sleep(500);
    expect(api.count("GET /api/v1/configmaps?watch")).toBeLessThan(6);
  });
});

describe("an expired version", () => {
  test("as an ERROR event lists again and tells exactly what changed", async () => {
    put("stays");
    put("changes");
    put("goes");
    const recreated = put("again");
    const { made, run, story } = informer();
    run();
    await eventually(() => api.openWatches).toBe(1);
    story.length = 0;
    put("changes", "2", true);
    api.remove(`${AT}/goes`, true);
    api.remove(`${AT}/again`, true);
    expect(put("again", "new", true).metadata.uid).not.toBe(recreated.metadata.uid);
    put("comes", "1", true);
    api.compactedBelow = api.version;
    api.resetWatches();
    await eventually(() => names(made)).toEqual(["again", "changes", "comes", "stays"]);
    expect(story.sort()).toEqual([
      "add again new",
      "add comes 1",
      "delete again 1",
      "delete goes 1",
      "update changes 2",
    ]);
  });

  test("as HTTP 410 lists again", async () => {
    const { made, run } = informer();
    run();
    await eventually(() => api.openWatches).toBe(1);
    let refused = 0;
    api.intercept = (request, response) => {
      if (!request.url?.includes("watch") || refused++ > 0) return false;
      status(response, 410, "Expired", "too old");
      return true;
    };
    put("a", "1", true);
    api.resetWatches();
    await eventually(() => names(made)).toEqual(["a"]);
    expect(api.count("GET /api/v1/configmaps?limit")).toBe(2);
  });

  test("of a continue token starts the list anew", async () => {
    for (let i = 0; i < 5; i++) put(`c${i}`);
    let expired = 0;
    api.intercept = (request, response) => {
      if (!request.url?.includes("continue=") || expired++ > 0) return false;
      status(response, 410, "Expired", "the provided continue parameter is too old");
      return true;
    };
    const { made, run } = informer({ pageSize: 2 });
    run();
    await made.waitForSync();
    expect(made.size).toBe(5);
  });
});

test("a list that fails is tried again, not at once", async () => {
  const at: number[] = [];
  api.intercept = (request, response) => {
    if (request.url?.includes("watch") || at.push(performance.now()) > 2) return false;
    status(response, 500, "InternalError", "etcd is busy");
    return true;
  };
  put("a");
  const { made, run } = informer();
  run();
  await made.waitForSync();
  expect(made.size).toBe(1);
  expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(90);
});

test("a watch that is turned away waits as long as it was told", async () => {
  const asked: number[] = [];
  api.intercept = (request, response) => {
    if (!request.url?.includes("watch=1")) return false;
    asked.push(performance.now());
    if (asked.length > 1) return false;
    response.setHeader("retry-after", "1");
    status(response, 429, "TooManyRequests", "wait");
    return true;
  };
  const { made, run } = informer();
  run();
  await eventually(() => asked.length).toBe(2);
  expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThan(990);
  expect(made.synced).toBe(true);
});

test("a list older than what was seen is not believed", async () => {
  put("a");
  const { made, run, story } = informer();
  run();
  await eventually(() => api.openWatches).toBe(1);
  put("b");
  await eventually(() => made.size).toBe(2);
  let stale = 0;
  api.intercept = (request, response) => {
    if (request.url?.includes("watch") || stale++ > 0) return false;
    json(response, 200, { metadata: { resourceVersion: "3" }, items: [] });
    return true;
  };
  api.compactedBelow = api.version + 1;
  put("c", "1", true);
  api.resetWatches();
  await eventually(() => names(made)).toEqual(["a", "b", "c"]);
  expect(story).toEqual(["add a 1", "add b 1", "add c 1"]);
});

test("deleted and made anew under one name is a delete and an add", async () => {
  put("a");
  const { run, story } = informer();
  run();
  await eventually(() => api.openWatches).toBe(1);
  api.remove(`${AT}/a`);
  put("a", "new");
  await eventually(() => story).toEqual(["add a 1", "delete a 1", "add a new"]);
});

test("a handler that throws harms nobody", async () => {
  const { made, run, story } = informer();
  made.onChange(() => {
    throw new Error("broken handler");
  });
  const after: string[] = [];
  made.onChange((event) => void after.push(event.type));
  run();
  await eventually(() => api.openWatches).toBe(1);
  put("a");
  put("a", "2");
  await eventually(() => after).toEqual(["add", "update"]);
  expect(story).toHaveLength(2);
});

describe("our own writes", () => {
  test("are visible at once and are not told twice when the watch brings them", async () => {
    const { made, run, story } = informer();
    run();
    await eventually(() => api.openWatches).toBe(1);
    const written = put("a", "mine", true);
    made.observeWrite(written);
    expect(made.get({ namespace: "default", name: "a" })?.data).toEqual({ v: "mine" });
    api.sendRaw(`${JSON.stringify({ type: "ADDED", object: written })}\n`);
    put("b");
    await eventually(() => story).toEqual(["add a mine", "add b 1"]);
  });

  test("are not undone by an older event that comes late", async () => {
    const { made, run } = informer();
    run();
    await eventually(() => api.openWatches).toBe(1);
    const older = put("a", "old", true);
    const newer = put("a", "new", true);
    made.observeWrite(newer);
    api.sendRaw(`${JSON.stringify({ type: "MODIFIED", object: older })}\n`);
    put("b");
    await eventually(() => made.size).toBe(2);
    expect(made.get({ namespace: "default", name: "a" })?.data).toEqual({ v: "new" });
  });

  test("a delete of ours is not undone by an event from before it", async () => {
    const object = put("a");
    const { made, run, story } = informer();
    run();
    await eventually(() => api.openWatches).toBe(1);
    made.observeDelete({ namespace: "default", name: "a" }, object.metadata.uid);
    put("a", "late");
    put("b");
    await eventually(() => story).toEqual(["add a 1", "delete a 1", "add b 1"]);
  });
});

test("what nobody reads is not cached: others' managedFields and kubectl's last-applied", async () => {
  api.put(`${AT}/a`, {
    metadata: {
      annotations: { keep: "me", "kubectl.kubernetes.io/last-applied-configuration": "{}" },
      managedFields: [
        { manager: "kubectl", operation: "Update" },
        { manager: "me", operation: "Apply", fieldsV1: {} },
      ],
    },
  });
  const { made, run } = informer();
  run();
  await made.waitForSync();
  const { annotations, managedFields } = made.get({ namespace: "default", name: "a" })?.metadata ?? {};
  expect(annotations).toEqual({ keep: "me" });
  expect(managedFields).toEqual([{ manager: "me", operation: "Apply", fieldsV1: {} }]);
});

test("indexes follow every change", async () => {
  put("a", "red");
  put("b", "red");
  const { made, run } = informer({ indexers: { colour: (object) => [object.data?.["v"] ?? ""] } });
  run();
  await eventually(() => api.openWatches).toBe(1);
  expect(made.byIndex("colour", "red")).toHaveLength(2);
  put("b", "blue");
  await eventually(() => made.byIndex("colour", "blue")).toHaveLength(1);
  expect(made.byIndex("colour", "red")).toHaveLength(1);
  expect(() => made.byIndex("size", "1")).toThrow(/no index named "size" \(known: colour\)/);
});

test("a stop during backoff ends at once", async () => {
  api.intercept = (_request, response) => {
    response.socket?.resetAndDestroy();
    return true;
  };
  const { made, run } = informer();
  run();
  await eventually(() => made.state.type).toBe("backingOff");
  stop.abort();
  await running;
  expect(made.state.type).toBe("stopped");
});
