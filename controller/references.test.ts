// Data of Secrets and ConfigMaps is read when it is needed, once per version, and forgotten when there is too much of it.
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Cache, type Client, ConfigMap, createClient, keyOf, type Live } from "./engine/index.ts";
import { TinyApi } from "./engine/testing/tiny-api.ts";
import { References } from "./references.ts";

let api: TinyApi;
let client: Client & { close(): Promise<void> };

beforeEach(async () => {
  api = await TinyApi.start();
  client = createClient({ access: api.access, fieldManager: "test" });
});

afterEach(async () => {
  await client.close();
  await api.stop();
});

const pathOf = (name: string): string => `/api/v1/namespaces/default/configmaps/${name}`;
const key = (name: string) => ({ namespace: "default", name });

/** What a metadata-only cache holds of the server's objects just now. */
function cacheOf(...names: string[]): Cache<ConfigMap> {
  const objects = names.flatMap((name) => {
    const object = api.get(pathOf(name));
    return object ? [{ metadata: object.metadata } as Live<ConfigMap>] : [];
  });
  return {
    type: ConfigMap,
    get: (wanted: { name: string }) => objects.find((object) => keyOf(object).name === wanted.name),
  } as unknown as Cache<ConfigMap>;
}

test("an object is read once while it stays the same, and again when it changed", async () => {
  const references = new References<ConfigMap>();
  api.put(pathOf("a"), { data: { text: "one" } });
  const first = cacheOf("a");
  expect((await references.read(client, first, key("a")))?.data).toEqual({ text: "one" });
  expect((await references.read(client, first, key("a")))?.data).toEqual({ text: "one" });
  expect(api.count("GET")).toBe(1);
  api.put(pathOf("a"), { data: { text: "two" } });
  expect((await references.read(client, cacheOf("a"), key("a")))?.data).toEqual({ text: "two" });
  expect(api.count("GET")).toBe(2);
});

test("what the cache does not know does not exist and costs no request", async () => {
  const references = new References<ConfigMap>();
  expect(await references.read(client, cacheOf(), key("a"))).toBeUndefined();
  expect(api.requests).toEqual([]);
});

test("an object that went while it was read is absent", async () => {
  const references = new References<ConfigMap>();
  api.put(pathOf("gon"), { data: {} });
  const cache = cacheOf("gon");
  api.remove(pathOf("gon"));
  expect(await references.read(client, cache, key("gon"))).toBeUndefined();
});

test("no more is kept than allowed; the oldest goes first", async () => {
  const references = new References<ConfigMap>(5_000);
  for (const name of ["a", "b"]) api.put(pathOf(name), { data: { text: "x".repeat(3_000) } });
  const cache = cacheOf("a", "b");
  await references.read(client, cache, key("a"));
  await references.read(client, cache, key("b"));
  await references.read(client, cache, key("b"));
  expect(api.count("GET")).toBe(2);
  await references.read(client, cache, key("a"));
  expect(api.count("GET")).toBe(3);
});
