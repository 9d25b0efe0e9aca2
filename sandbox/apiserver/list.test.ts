import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configMap, core, Harness, serveWidgets, widget, widgets, type Reply } from "./testing/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await new Harness().start();
  await serveWidgets(harness);
});
afterAll(() => harness.end());

const names = ({ object }: Reply): string[] => object.items.map((item) => item.metadata.name);
const tokenOf = ({ object }: Reply): string => (object.metadata as { continue?: string }).continue ?? "";
const table = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" };

interface TableObject {
  kind: string;
  columnDefinitions: { name: string; priority: number }[];
}

describe("pages", () => {
  test("together show one state, whatever happens in between", async () => {
    for (let i = 0; i < 7; i++)
      await harness.done("POST", core("secrets"), {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: `page-${i}` },
      });
    const first = await harness.done("GET", `${core("secrets")}?limit=3`);
    expect(names(first)).toEqual(["page-0", "page-1", "page-2"]);
    expect(first.object.metadata).toMatchObject({ remainingItemCount: 4 });
    await harness.done("DELETE", core("secrets", "page-4"));
    await harness.done("POST", core("secrets"), {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "page-3a" },
    });
    const second = await harness.done("GET", `${core("secrets")}?limit=3&continue=${tokenOf(first)}`);
    expect(names(second)).toEqual(["page-3", "page-4", "page-5"]);
    expect(second.object.metadata.resourceVersion).toBe(first.object.metadata.resourceVersion);
    const third = await harness.done("GET", `${core("secrets")}?limit=3&continue=${tokenOf(second)}`);
    expect(names(third)).toEqual(["page-6"]);
    expect(tokenOf(third)).toBe("");
  });

  test("of a forgotten state are refused, with a token for the rest as it is now", async () => {
    for (let i = 0; i < 3; i++) await harness.done("POST", widgets(), widget(`old-${i}`));
    const first = await harness.done("GET", `${widgets()}?limit=2`);
    harness.forgetHistory();
    await harness.done("POST", widgets(), widget("old-3"));
    const late = await harness.get(`${widgets()}?limit=2&continue=${tokenOf(first)}`);
    expect(late.status).toMatchObject({ code: 410, reason: "Expired" });
    const rest = await harness.done(
      "GET",
      `${widgets()}?limit=2&continue=${late.status.metadata.continue ?? ""}`,
    );
    expect(names(rest)).toEqual(["old-2", "old-3"]);
  });

  test("a token that is none is refused", async () => {
    expect((await harness.get(`${core("secrets")}?limit=3&continue=nonsense`)).code).toBe(400);
  });
});

describe("a list's version", () => {
  test("can be an exact one of the past", async () => {
    const before = await harness.done("POST", core("configmaps"), configMap("exact", { v: "1" }));
    await harness.merge(core("configmaps", "exact"), { data: { v: "2" } });
    const rv = before.object.metadata.resourceVersion ?? "";
    const list = await harness.done(
      "GET",
      `${core("configmaps")}?resourceVersion=${rv}&resourceVersionMatch=Exact&fieldSelector=metadata.name=exact`,
    );
    expect(list.object.items[0]?.["data"]).toEqual({ v: "1" });
    expect(list.object.metadata.resourceVersion).toBe(rv);
    const fresh = await harness.done(
      "GET",
      `${core("configmaps")}?resourceVersion=${rv}&resourceVersionMatch=NotOlderThan&fieldSelector=metadata.name=exact`,
    );
    expect(fresh.object.items[0]?.["data"]).toEqual({ v: "2" });
  });

  test("that is forgotten, not yet reached or no number is refused each in its way", async () => {
    harness.forgetHistory();
    const ask = async (query: string): Promise<number> =>
      (await harness.get(`${core("configmaps")}?${query}`)).code;
    expect(await ask("resourceVersion=1&resourceVersionMatch=Exact")).toBe(410);
    expect(await ask("resourceVersion=99999999")).toBe(504);
    expect(await ask("resourceVersion=abc")).toBe(400);
    expect(await ask("resourceVersionMatch=Exact")).toBe(422);
    expect(await ask("resourceVersion=0")).toBe(200);
  });
});

describe("selectors", () => {
  beforeAll(async () => {
    await harness.done(
      "POST",
      widgets(),
      widget("sel-a", { colour: "red" }, { labels: { tier: "a", x: "1" } }),
    );
    await harness.done("POST", widgets(), widget("sel-b", { colour: "blue" }, { labels: { tier: "b" } }));
  });

  test.each([
    ["labelSelector=tier=a", ["sel-a"]],
    ["labelSelector=tier in (a,b),!x", ["sel-b"]],
    ["labelSelector=tier,tier!=a", ["sel-b"]],
    ["fieldSelector=spec.colour=blue", ["sel-b"]],
    ["fieldSelector=metadata.name!=sel-a&labelSelector=tier", ["sel-b"]],
  ])("%s", async (query, expected) => {
    const path = `${widgets()}?${encodeURI(query)}`;
    expect(names(await harness.done("GET", path))).toEqual(expected);
  });

  test("that cannot be understood are refused", async () => {
    expect((await harness.get(`${widgets()}?labelSelector=a%20b`)).code).toBe(400);
    expect((await harness.get(`${widgets()}?fieldSelector=spec.size=1`)).status).toMatchObject({
      code: 400,
      message: "field label not supported: spec.size",
    });
  });
});

describe("other shapes", () => {
  test("a table has the CRD's columns, and metadata for each row", async () => {
    const { object } = await harness.done("GET", `${widgets()}?labelSelector=tier=a`, undefined, table);
    const { kind, columnDefinitions } = object as unknown as TableObject;
    expect(kind).toBe("Table");
    expect(columnDefinitions.map(({ name, priority }) => [name, priority])).toEqual([
      ["Name", 0],
      ["Colour", 0],
      ["Size", 1],
      ["Age", 0],
    ]);
    expect(object.rows[0]?.cells).toEqual(["sel-a", "red", 1, expect.stringMatching(/^\d+s|\dm/)]);
    expect(object.rows[0]?.object).toMatchObject({
      kind: "PartialObjectMetadata",
      metadata: { name: "sel-a" },
    });
    const whole = await harness.done("GET", `${widgets("sel-a")}?includeObject=Object`, undefined, table);
    expect(whole.object.rows[0]?.object).toMatchObject({ kind: "Widget", spec: { colour: "red" } });
  });

  test("a pod's row tells its state as kubectl users know it", async () => {
    const pod = await harness.done("POST", core("pods"), {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "row" },
      spec: {
        containers: [
          { name: "a", image: "x" },
          { name: "b", image: "x" },
        ],
      },
    });
    const rowOf = async (status: object): Promise<unknown[]> => {
      await harness.done(
        "PATCH",
        `${core("pods", "row")}/status`,
        { status },
        {
          "content-type": "application/merge-patch+json",
        },
      );
      const { object } = await harness.done("GET", core("pods", "row"), undefined, table);
      return (object.rows[0]?.cells ?? []).slice(1, 4);
    };
    expect(pod.object.status).toMatchObject({ phase: "Pending" });
    const running = (name: string, restartCount: number): object => ({
      name,
      restartCount,
      ready: true,
      image: "x",
      imageID: "x",
      state: { running: { startedAt: "2030-01-01T00:00:00Z" } },
    });
    expect(await rowOf({ phase: "Running", containerStatuses: [running("a", 2), running("b", 0)] })).toEqual([
      "2/2",
      "Running",
      "2",
    ]);
    const waiting = { ...running("b", 3), ready: false, state: { waiting: { reason: "CrashLoopBackOff" } } };
    expect(await rowOf({ containerStatuses: [running("a", 0), waiting] })).toEqual([
      "1/2",
      "CrashLoopBackOff",
      "3",
    ]);
    const done = { ...running("b", 0), ready: false, state: { terminated: { exitCode: 3 } } };
    expect(await rowOf({ containerStatuses: [done, { ...done, name: "a" }] })).toEqual([
      "0/2",
      "ExitCode:3",
      "0",
    ]);
  });

  test("metadata alone, of one object and of a list", async () => {
    const accept = (as: string) => ({ accept: `application/json;as=${as};g=meta.k8s.io;v=v1` });
    const one = await harness.done("GET", widgets("sel-a"), undefined, accept("PartialObjectMetadata"));
    expect(one.object).toMatchObject({ kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1" });
    expect(one.object.spec).toBeUndefined();
    const all = await harness.done("GET", widgets(), undefined, accept("PartialObjectMetadataList"));
    expect(all.object.items.every((item) => item.spec === undefined && item.metadata.uid)).toBe(true);
  });

  test("what nobody can write is not acceptable, unless JSON will do", async () => {
    const protobuf = "application/vnd.kubernetes.protobuf";
    expect((await harness.get(widgets(), { accept: protobuf })).code).toBe(406);
    expect((await harness.get(widgets(), { accept: `${protobuf},application/json` })).code).toBe(200);
  });
});
