// A cache of outlines hands out whole objects: from what came by last, or read once per version.
import pino from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConfigMap } from "../client/kinds.ts";
import type { Live } from "../client/object.ts";
import { Manager } from "../manager.ts";
import { done } from "../steps/result.ts";
import { eventually } from "../testing/eventually.ts";
import { TinyApi } from "../testing/tiny-api.ts";
import { WholeObjects } from "./whole.ts";

let api: TinyApi;
let manager: Manager;

beforeEach(async () => {
  api = await TinyApi.start();
  manager = new Manager({ access: api.access, fieldManager: "me", log: pino({ level: "silent" }) });
});

afterEach(async () => {
  await manager.stop();
  await api.stop();
});

const at = (name: string): string => `/api/v1/namespaces/default/configmaps/${name}`;
const key = (name: string) => ({ namespace: "default", name });
const reads = (name: string): number => api.count(`GET ${at(name)}`);
const outline = (map: Live<ConfigMap>): Live<ConfigMap> => ({ metadata: map.metadata }) as Live<ConfigMap>;

test("what the first list brought is read when asked for, once per version", async () => {
  api.put(at("a"), { data: { text: "one" } });
  const cache = manager.cache(ConfigMap, { outline });
  await manager.start();
  expect(cache.partial).toBe(true);
  expect(cache.get(key("a"))?.data).toBeUndefined();
  expect((await cache.whole(key("a")))?.data).toEqual({ text: "one" });
  expect((await cache.whole(key("a")))?.data).toEqual({ text: "one" });
  expect(reads("a")).toBe(1);
});

test("what the watch or our own write has brought by is not read again", async () => {
  const cache = manager.cache(ConfigMap, { outline });
  await manager.start();
  api.put(at("a"), { data: { text: "two" } });
  await eventually(() => cache.get(key("a")) !== undefined).toBe(true);
  expect((await cache.whole(key("a")))?.data).toEqual({ text: "two" });
  await manager.client.mergePatch(ConfigMap, key("a"), { data: { text: "three" } });
  expect((await cache.whole(key("a")))?.data).toEqual({ text: "three" });
  expect(reads("a")).toBe(0);
});

test("a metadata-only watch brings nothing whole: what changed is read again", async () => {
  api.put(at("a"), { data: { text: "one" } });
  const cache = manager.cache(ConfigMap, { metadataOnly: true });
  await manager.start();
  await cache.whole(key("a"));
  const { resourceVersion } = api.put(at("a"), { data: { text: "two" } }).metadata;
  await eventually(() => cache.get(key("a"))?.metadata.resourceVersion).toBe(resourceVersion);
  expect((await cache.whole(key("a")))?.data).toEqual({ text: "two" });
  expect(reads("a")).toBe(2);
});

test("what the cache does not know does not exist and costs no request; what went meanwhile is absent", async () => {
  api.put(at("a"));
  const cache = manager.cache(ConfigMap, { outline });
  await manager.start();
  expect(await cache.whole(key("b"))).toBeUndefined();
  expect(reads("b")).toBe(0);
  api.remove(at("a"), true);
  expect(await cache.whole(key("a"))).toBeUndefined();
});

test("a reconcile gets the whole object behind an outline, and none when it has gone", async () => {
  api.put(at("a"), { data: { text: "one" } });
  api.put(at("gone"), { data: { text: "none" } });
  api.intercept = (request) => {
    if (request.url?.startsWith(at("gone"))) api.remove(at("gone"), true);
    return false;
  };
  const seen: (string | undefined)[] = [];
  manager.controller({
    name: "map",
    type: ConfigMap,
    cache: { outline },
    reconcile: async ({ object }) => {
      seen.push(object.data?.["text"]);
      return done();
    },
  });
  await manager.start();
  await eventually(() => reads("gone")).toBe(1);
  await eventually(() => seen).toEqual(["one"]);
});

test("no more is kept than allowed; the one not asked for the longest time goes first", async () => {
  let read = 0;
  const make = (name: string): Live<ConfigMap> =>
    ({ metadata: { name, uid: name, resourceVersion: "1" }, data: { text: "x".repeat(3_000) } }) as never;
  const whole = new WholeObjects<ConfigMap>({
    read: async ({ name }) => (read++, make(name)),
    keptBytes: 7_000,
  });
  const ask = (name: string) => whole.of(key(name), make(name));
  for (const name of ["a", "b", "a", "c", "a"]) await ask(name);
  expect(read).toBe(3);
  await ask("b");
  expect(read).toBe(4);
});
