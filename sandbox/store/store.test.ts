import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { KubeObject } from "../cluster.ts";
import { Store } from "./store.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "store-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const thing = (name: string, data: unknown = {}, namespace = "default"): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace },
  data,
});
const names = (store: Store, at?: number): string[] => {
  const collection = store.collection("configmaps");
  return [...(at === undefined ? collection : collection.at(at)).entries()].map(([key]) => key);
};

test("each change gets the next revision, and stored objects cannot be changed behind the store's back", () => {
  const store = new Store(folder);
  const a = store.put("configmaps", thing("a"));
  const b = store.put("configmaps", thing("b"));
  expect([a.metadata.resourceVersion, b.metadata.resourceVersion]).toEqual(["1", "2"]);
  expect(() => ((a.metadata as { name: string }).name = "x")).toThrow(TypeError);
  expect(store.remove("configmaps", "default", "a")?.metadata.resourceVersion).toBe("3");
  store.close();
});

test("objects, revision and history are all there after reopening", () => {
  let store = new Store(folder);
  store.put("configmaps", thing("a", { v: 1 }));
  store.put("configmaps", thing("a", { v: 2 }));
  store.put("configmaps", thing("b"));
  store.remove("configmaps", "default", "b");
  const before = store.since("configmaps", 0);
  store.close();
  store = new Store(folder);
  expect(store.revision).toBe(4);
  expect(store.since("configmaps", 0)).toEqual(before);
  expect(names(store)).toEqual(["default/a"]);
  expect(store.put("configmaps", thing("c")).metadata.resourceVersion).toBe("5");
  store.close();
});

test("an earlier revision can be read as it stood", () => {
  const store = new Store(folder);
  store.put("configmaps", thing("a", { v: 1 }));
  store.put("configmaps", thing("b"));
  const then = store.revision;
  store.remove("configmaps", "default", "b");
  store.put("configmaps", thing("a", { v: 2 }));
  store.put("configmaps", thing("c"));
  expect(names(store)).toEqual(["default/a", "default/c"]);
  expect(names(store, then)).toEqual(["default/a", "default/b"]);
  expect(store.collection("configmaps").at(then).get("default/a")?.["data"]).toEqual({ v: 1 });
  store.close();
});

test("history is bounded by count and by size, and what was dropped is known after a restart", () => {
  let store = new Store(folder, { maxChanges: 10 });
  for (let i = 0; i < 50; i++) store.put("configmaps", thing("a", { i }));
  expect(store.compactedRevision).toBeGreaterThanOrEqual(38);
  const compacted = store.compactedRevision;
  expect(store.since("configmaps", compacted)).toHaveLength(50 - compacted);
  store.close();
  store = new Store(folder, { maxChars: 10_000 });
  expect(store.compactedRevision).toBe(compacted);
  for (let i = 0; i < 50; i++) store.put("configmaps", thing("a", "x".repeat(1_000)));
  expect(100 - store.compactedRevision).toBeLessThan(12);
  store.close();
});

test("a namespace is read without its neighbours, in key order, from any key on", () => {
  const store = new Store(folder);
  for (const [ns, name] of [
    ["b", "1"],
    ["a", "2"],
    ["a", "1"],
    ["a-b", "1"],
    ["a", "10"],
  ] as const)
    store.put("configmaps", thing(name, {}, ns));
  const keys = (ns?: string, after?: string): string[] =>
    [...store.collection("configmaps").entries(ns, after)].map(([key]) => key);
  expect(keys("a")).toEqual(["a/1", "a/10", "a/2"]);
  expect(keys("a", "a/1")).toEqual(["a/10", "a/2"]);
  expect(keys(undefined, "a/2")).toEqual(["b/1"]);
  store.close();
});

test("what was acknowledged survives SIGKILL in the middle of writing", async () => {
  const child = spawn(
    process.execPath,
    [
      "--input-type=module-typescript",
      "-e",
      // writeSync blocks when the pipe is full. process.stdout would queue, and this loop never lets it flush.
      `const { writeSync } = await import("node:fs");
       const { Store } = await import(${JSON.stringify(join(import.meta.dirname, "store.ts"))});
       const store = new Store(${JSON.stringify(folder)});
       for (let i = 0; ; i++) {
         const stored = store.put("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "n" + i, namespace: "default" }, i });
         writeSync(1, stored.metadata.resourceVersion + "\\n");
       }`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let seen = "";
  await new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.length > 2_000) child.kill("SIGKILL");
    });
    child.on("close", () => resolve());
  });
  const acknowledged = Number(seen.slice(0, seen.lastIndexOf("\n")).split("\n").at(-1));
  const store = new Store(folder);
  expect(store.revision).toBeGreaterThanOrEqual(acknowledged);
  expect(store.collection("configmaps").size).toBe(store.revision);
  store.close();
});

test("two processes cannot open the same folder", () => {
  const store = new Store(folder);
  store.put("configmaps", thing("a"));
  expect(() => new Store(folder)).toThrow(/locked/);
  store.close();
});
