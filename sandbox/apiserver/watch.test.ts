import { connect } from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { KubeObject } from "../cluster.ts";
import { core, Harness, until, type Line, type WatchClient } from "./testing/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await new Harness().start();
});
afterAll(() => harness.end());

/** Each test has a namespace of its own. */
let ns = "";
let count = 0;
beforeEach(async () => {
  ns = `watch-${count++}`;
  await harness.done("POST", "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: ns },
  });
  // The namespace's own furniture must not come in between.
  await until(async () => (await harness.get(core("configmaps", "kube-root-ca.crt", ns))).code === 200);
  await harness.done("POST", core("secrets", "", ns), secret("first"));
});

const secret = (name: string, labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, labels },
});
const at = (name = ""): string => core("secrets", name, ns);
const told = (lines: readonly Line[]): string[] =>
  lines.map(({ type, object }) => (type === "BOOKMARK" ? type : `${type} ${object.metadata.name}`));
const rv = (object: KubeObject): number => Number(object.metadata.resourceVersion);
const listed = async (): Promise<string> =>
  (await harness.done("GET", at())).object.metadata.resourceVersion ?? "";
const seenBy = (watch: WatchClient, lines: number): Promise<boolean> =>
  until(() => watch.lines.length >= lines, `${lines} events, have ${told(watch.lines).join()}`);

describe("a watch", () => {
  test("from a version sees every later change once, in order", async () => {
    const version = await listed();
    await harness.done("POST", at(), secret("early"));
    const watch = await harness.watch(`${at()}?watch=1&resourceVersion=${version}`);
    await harness.merge(at("first"), { metadata: { labels: { a: "b" } } });
    await harness.done("DELETE", at("early"));
    await seenBy(watch, 3);
    expect(told(watch.lines)).toEqual(["ADDED early", "MODIFIED first", "DELETED early"]);
    const versions = watch.lines.map((line) => rv(line.object));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(new Set(versions).size).toBe(3);
  });

  test("can be taken up again where it broke off", async () => {
    const watch = await harness.watch(`${at()}?watch=1&resourceVersion=${await listed()}`);
    await harness.done("POST", at(), secret("one"));
    await seenBy(watch, 1);
    watch.close();
    await harness.done("POST", at(), secret("two"));
    await harness.done("POST", at(), secret("three"));
    const last = watch.lines.at(-1)?.object.metadata.resourceVersion ?? "";
    const again = await harness.watch(`${at()}?watch=1&resourceVersion=${last}`);
    await seenBy(again, 2);
    expect(told(again.lines)).toEqual(["ADDED two", "ADDED three"]);
  });

  test.each(["", "&resourceVersion=0"])("without a version begins with what is there (%s)", async (more) => {
    const watch = await harness.watch(`${at()}?watch=1${more}`);
    await seenBy(watch, 1);
    await harness.done("POST", at(), secret("second"));
    await seenBy(watch, 2);
    expect(told(watch.lines)).toEqual(["ADDED first", "ADDED second"]);
  });

  test("that asks for initial events is told where they end, by a bookmark", async () => {
    const watch = await harness.watch(
      `${at()}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    );
    await seenBy(watch, 2);
    expect(told(watch.lines)).toEqual(["ADDED first", "BOOKMARK"]);
    expect(watch.lines[1]?.object).toMatchObject({
      kind: "Secret",
      apiVersion: "v1",
      metadata: {
        resourceVersion: expect.stringMatching(/^\d+$/),
        annotations: { "k8s.io/initial-events-end": "true" },
      },
    });
    expect((await harness.get(`${at()}?watch=1&sendInitialEvents=true`)).code).toBe(422);
  });

  test("ends at its timeout, with a last bookmark to go on from", async () => {
    const watch = await harness.watch(
      `${at()}?watch=1&resourceVersion=${await listed()}&timeoutSeconds=1&allowWatchBookmarks=true`,
    );
    await until(watch.ended, "the watch to end");
    expect(told(watch.lines)).toEqual(["BOOKMARK"]);
  });

  test("from a forgotten version is told 410 as an event, and one from the future as well", async () => {
    const version = await listed();
    harness.forgetHistory();
    for (const old of [version, "999999999"]) {
      const watch = await harness.watch(`${at()}?watch=1&resourceVersion=${old}`);
      expect(watch.code).toBe(200);
      await until(watch.ended, "the watch to end");
      expect(watch.lines).toMatchObject([
        { type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } },
      ]);
    }
  });

  test("with a selector sees objects come and go as they begin and cease to match", async () => {
    const watch = await harness.watch(
      `${at()}?watch=1&labelSelector=team=red&resourceVersion=${await listed()}`,
    );
    const label = (team: string) => harness.merge(at("first"), { metadata: { labels: { team } } });
    await label("blue");
    const entered = await label("red");
    await harness.merge(at("first"), { metadata: { annotations: { a: "b" } } });
    const left = await label("green");
    await label("red");
    await harness.done("DELETE", at("first"));
    await seenBy(watch, 5);
    expect(told(watch.lines)).toEqual(
      ["ADDED", "MODIFIED", "DELETED", "ADDED", "DELETED"].map((t) => `${t} first`),
    );
    const [added, , departed] = watch.lines;
    expect(added?.object.metadata.resourceVersion).toBe(entered.object.metadata.resourceVersion);
    // The last state that matched, under the version of the change that ended it.
    expect(departed?.object.metadata).toMatchObject({
      labels: { team: "red" },
      resourceVersion: left.object.metadata.resourceVersion,
    });
  });

  test("of one object sees that one only", async () => {
    const watch = await harness.watch(`${at()}?watch=1&fieldSelector=metadata.name=first`);
    await harness.done("POST", at(), secret("other"));
    await harness.merge(at("first"), { metadata: { labels: { a: "b" } } });
    await seenBy(watch, 2);
    expect(told(watch.lines)).toEqual(["ADDED first", "MODIFIED first"]);
  });

  test("as a table names its columns once", async () => {
    const watch = await harness.watch(`${at()}?watch=1`, {
      accept: "application/json;as=Table;v=v1;g=meta.k8s.io",
    });
    await harness.done("POST", at(), secret("second"));
    await seenBy(watch, 2);
    const tables = watch.lines.map(({ object }) => object as unknown as Record<string, unknown>);
    expect(tables[0]).toMatchObject({ kind: "Table", columnDefinitions: { length: 4 } });
    expect(tables[1]).toMatchObject({ kind: "Table", columnDefinitions: null });
    expect(tables.map((table) => (table["rows"] as { cells: unknown[] }[])[0]?.cells[0])).toEqual([
      "first",
      "second",
    ]);
  });
});

test("twenty watches all see a thousand changes, in order", async () => {
  const watches = await Promise.all(
    Array.from({ length: 20 }, () => harness.watch(`${at()}?watch=1&labelSelector=many=yes`)),
  );
  const ref = { group: "", version: "v1", resource: "secrets" };
  for (let i = 0; i < 1_000; i++)
    harness.api.cluster.create(ref, {
      ...secret(`many-${i}`, { many: "yes" }),
      metadata: { name: `many-${i}`, namespace: ns, labels: { many: "yes" } },
    });
  const expected = Array.from({ length: 1_000 }, (_, i) => `ADDED many-${i}`);
  for (const watch of watches) {
    await seenBy(watch, 1_000);
    expect(told(watch.lines)).toEqual(expected);
  }
});

test("a client that does not read is cut off instead of filling the memory", async () => {
  const { port, ca, token } = harness.api;
  const socket = connect({ host: "127.0.0.1", port, ca, servername: "localhost" });
  await new Promise((resolve) => socket.once("secureConnect", resolve));
  socket.write(`GET ${at()}?watch=1 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n\r\n`);
  await new Promise((resolve) => socket.once("data", resolve));
  socket.pause();
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
    socket.once("error", () => resolve());
  });
  const open = (): Promise<string | undefined> =>
    harness.get("/metrics").then(({ text }) => /^apiserver_longrunning_requests (\d+)$/m.exec(text)?.[1]);
  const before = Number(await open());
  const ref = { group: "", version: "v1", resource: "secrets" };
  let big = harness.api.cluster.get(ref, ns, "first") as KubeObject;
  for (let i = 0; i < 60; i++) {
    big = harness.api.cluster.update(ref, { ...big, stringData: { fill: String(i).repeat(400_000) } });
    await new Promise(setImmediate);
  }
  await until(async () => Number(await open()) < before, "the watch to be dropped");
  socket.resume();
  await closed;
});

test("a watch ends with its kind, and cannot be opened again", async () => {
  const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const schema = { openAPIV3Schema: { type: "object" } };
  await harness.done("POST", crds, {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "fleetings.watch.test" },
    spec: {
      group: "watch.test",
      scope: "Namespaced",
      names: { plural: "fleetings", singular: "fleeting", kind: "Fleeting", listKind: "FleetingList" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  } as unknown as KubeObject);
  const fleetings = "/apis/watch.test/v1/fleetings";
  await until(async () => (await harness.get(fleetings)).code === 200);
  const watch = await harness.watch(`${fleetings}?watch=1`);
  await harness.done("DELETE", `${crds}/fleetings.watch.test`);
  await until(() => watch.ended, "the watch has ended");
  expect((await harness.get(fleetings)).code).toBe(404);
});
