import { afterAll, beforeAll, expect, test } from "vitest";
import type { Cluster, KubeObject, ResourceRef, WatchEvent } from "../cluster.ts";
import { configMap, core, Harness, serveWidgets, until, widget, widgets } from "./testing/harness.ts";

let harness: Harness;
let cluster: Cluster;
beforeAll(async () => {
  harness = await new Harness().start();
  await serveWidgets(harness);
  ({ cluster } = harness.api);
});
afterAll(() => harness.end());

const maps: ResourceRef = { group: "", version: "v1", resource: "configmaps" };
const things: ResourceRef = { group: "example.test", version: "v1", resource: "widgets" };
const mine = (name: string, data: Record<string, string> = {}): KubeObject =>
  configMap(name, data, { namespace: "default" });

test("what is written in process is seen over HTTP, and the other way round", async () => {
  cluster.create(maps, mine("here", { a: "1" }), { fieldManager: "node" });
  const { object } = await harness.done("GET", core("configmaps", "here"));
  expect(object["data"]).toEqual({ a: "1" });
  expect(object.metadata.managedFields).toMatchObject([{ manager: "node" }]);
  await harness.merge(core("configmaps", "here"), { data: { a: "2" } });
  expect(cluster.get(maps, "default", "here")?.["data"]).toEqual({ a: "2" });
});

test("the same rules hold: schema, conflicts, absence", () => {
  const bad = widget("bad", { colour: "red", size: 9 }, { namespace: "default" });
  expect(() => cluster.create(things, bad)).toThrow(/red widgets are small/);
  const first = cluster.create(maps, mine("raced"));
  cluster.update(maps, { ...first, data: { a: "1" } });
  expect(() => cluster.update(maps, { ...first, data: { a: "2" } })).toThrow(
    expect.objectContaining({ code: 409, reason: "Conflict" }),
  );
  expect(() => cluster.delete(maps, "default", "nobody")).toThrow(
    expect.objectContaining({ code: 404, reason: "NotFound" }),
  );
  expect(() => cluster.list({ ...maps, resource: "nothings" })).toThrow(
    expect.objectContaining({ code: 404 }),
  );
  expect(cluster.get(maps, "default", "nobody")).toBeUndefined();
});

test("objects handed out cannot be changed, and objects handed in stay as they were", () => {
  const given = mine("untouched", { a: "1" });
  const stored = cluster.create(maps, given);
  expect(given.metadata.uid).toBeUndefined();
  expect(() => ((stored["data"] as Record<string, string>)["a"] = "2")).toThrow(TypeError);
});

test("status is written apart, and an unchanged one writes nothing", () => {
  const made = cluster.create(things, widget("told", { colour: "blue" }, { namespace: "default" }));
  const told = cluster.updateStatus(things, { ...made, spec: { colour: "red" }, status: { word: "hi" } });
  expect(told).toMatchObject({ spec: { colour: "blue" }, status: { word: "hi" } });
  const again = cluster.updateStatus(things, { ...told, status: { word: "hi" } });
  expect(again.metadata.resourceVersion).toBe(told.metadata.resourceVersion);
});

test("lists choose by namespace and label", () => {
  for (const [namespace, team] of [
    ["default", "a"],
    ["default", "b"],
    ["kube-public", "a"],
  ] as const)
    cluster.create(maps, configMap(`listed-${team}`, {}, { namespace, labels: { team } }));
  const keys = (objects: KubeObject[]): string[] =>
    objects.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  expect(keys(cluster.list(maps, { labelSelector: "team=a" }))).toEqual([
    "default/listed-a",
    "kube-public/listed-a",
  ]);
  expect(keys(cluster.list(maps, { namespace: "default", labelSelector: "team" }))).toEqual([
    "default/listed-a",
    "default/listed-b",
  ]);
});

test("a watch replays at once, then hands on each change later and in order, also what its handler writes", async () => {
  cluster.create(things, widget("replayed", { colour: "blue" }, { namespace: "kube-public" }));
  const seen: string[] = [];
  const told: string[] = [];
  const stop = cluster.watch(things, ({ type, object }: WatchEvent) => {
    if (object.metadata.namespace !== "kube-public") return;
    const { size } = object.spec as { size: number };
    seen.push(`${type} ${size}`);
    if (type === "DELETED" || size > 2) return;
    const grown = cluster.update(things, { ...object, spec: { colour: "blue", size: size + 1 } });
    told.push(String((grown.spec as { size: number }).size));
  });
  // The replay itself, while the handler's own write comes on a later microtask.
  expect(seen).toEqual(["ADDED 1"]);
  await until(() => told.length === 2);
  cluster.delete(things, "kube-public", "replayed");
  expect(seen.at(-1)).toBe("MODIFIED 3");
  await until(() => seen.includes("DELETED 3"));
  expect(seen).toEqual(["ADDED 1", "MODIFIED 2", "MODIFIED 3", "DELETED 3"]);
  stop();
  await harness.done("POST", widgets("", "kube-public"), widget("unseen"));
  expect(seen).toHaveLength(4);
});

test("a handler that throws does not silence the others", async () => {
  const seen: string[] = [];
  const stops = [
    cluster.watch(maps, () => {
      throw new Error("broken");
    }),
    cluster.watch(maps, ({ object }) => void seen.push(object.metadata.name)),
  ];
  cluster.create(maps, mine("heard"));
  await until(() => seen.includes("heard"));
  for (const stop of stops) stop();
});

test("pods are marked and left to the node, unless there is no time", () => {
  const pods: ResourceRef = { group: "", version: "v1", resource: "pods" };
  const pod = (name: string): KubeObject =>
    cluster.create(pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default" },
      spec: { nodeName: "here", containers: [{ name: "c", image: "x" }], terminationGracePeriodSeconds: 7 },
    });
  pod("slow");
  cluster.delete(pods, "default", "slow");
  expect(cluster.get(pods, "default", "slow")?.metadata).toMatchObject({
    deletionGracePeriodSeconds: 7,
    deletionTimestamp: expect.any(String),
  });
  cluster.delete(pods, "default", "slow", { gracePeriodSeconds: 0 });
  expect(cluster.get(pods, "default", "slow")).toBeUndefined();
});
