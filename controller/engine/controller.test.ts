// The reconcile contract, against a server: what makes a run, what ends one, and what follows from its outcome.
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigMap } from "./client/kinds.ts";
import { type KubeObject, type Live, resourceType } from "./client/object.ts";
import { Manager, watch } from "./manager.ts";
import type { ControllerSpec } from "./manager.types.ts";
import type { ReconcileContext } from "./steps/context.types.ts";
import { done, type Outcome, requeueAfter, stalled } from "./steps/result.ts";
import { runSteps } from "./steps/steps.ts";
import { summarise } from "./steps/summarise.ts";
import { eventually } from "./testing/eventually.ts";
import { json, status, TinyApi } from "./testing/tiny-api.ts";

interface Widget extends KubeObject {
  readonly spec?: { readonly text?: string };
  readonly status?: { readonly text?: string; readonly conditions?: { readonly message: string }[] };
}
const Widget = resourceType<Widget>({
  group: "x.dev",
  version: "v1",
  plural: "widgets",
  kind: "Widget",
  namespaced: true,
});
const AT = "/apis/x.dev/v1/namespaces/default/widgets";
const MAPS = "/api/v1/namespaces/default/configmaps";
let api: TinyApi;
let manager: Manager;

beforeEach(async () => {
  api = await TinyApi.start();
  manager = new Manager({
    access: api.access,
    fieldManager: "me",
    log: pino({ level: "silent" }),
    drainDeadlineMs: 500,
  });
});
afterEach(async () => {
  await manager.stop();
  await api.stop();
});

/** Starts a controller; `runs` names every object whose run began. */
async function start(
  reconcile: (ctx: ReconcileContext<Widget>, run: number) => Promise<Outcome> = async () => done(),
  more: Partial<ControllerSpec<Widget>> = {},
): Promise<string[]> {
  const runs: string[] = [];
  manager.controller<Widget>({
    name: "widget",
    type: Widget,
    ...more,
    reconcile: (ctx) => reconcile(ctx, runs.push(ctx.key.name)),
  });
  await manager.start();
  return runs;
}
const put = (name: string, metadata: object = {}, fields: object = {}): Live =>
  api.put(`${AT}/${name}`, { metadata: { generation: 1, ...metadata }, ...fields });
/** Long enough for a run that ought not to come. */
const quiet = () => new Promise((resolve) => setTimeout(resolve, 60));
async function metric(name: string, labels = '{controller="widget"}'): Promise<number> {
  const line = (await manager.registry.metrics()).split("\n").find((text) => text.startsWith(name + labels));
  return Number(line?.split(" ").at(-1));
}
const writes = (): string[] => api.requests.filter((request) => !request.startsWith("GET"));

describe("a run follows", () => {
  test("a new generation, label, annotation or deletion, but not a status, a resync of the watch or a finalizer", async () => {
    put("a");
    const runs = await start();
    await eventually(() => runs.length).toBe(1);
    const changes: [object, boolean][] = [
      [{ generation: 2 }, true],
      [{ generation: 2, labels: { a: "b" } }, true],
      [{ generation: 2, annotations: { a: "b" } }, true],
      [{ generation: 2, finalizers: ["x"] }, false],
      [{ generation: 2 }, false],
      [{ generation: 2, deletionTimestamp: "2026-07-01T10:00:00Z" }, true],
      [{ generation: 2, finalizers: [] }, true],
    ];
    for (const [metadata, matters] of changes) {
      const before = runs.length;
      put("a", metadata, { status: { n: String(api.version) } });
      if (matters) await eventually(() => runs.length).toBe(before + 1);
      else await quiet();
      expect(runs.length - before, JSON.stringify(metadata)).toBe(matters ? 1 : 0);
    }
  });

  test("what the controller's own predicate says matters", async () => {
    put("a", {}, { spec: { text: "one" } });
    const runs = await start(undefined, { predicate: (now, old) => now.spec?.text !== old.spec?.text });
    await eventually(() => runs.length).toBe(1);
    put("a", { generation: 9 });
    await quiet();
    expect(runs.length).toBe(1);
    put("a", {}, { spec: { text: "two" } });
    await eventually(() => runs.length).toBe(2);
  });

  test("a change, or the end, of what the object owns; and for both owners when it changes hands", async () => {
    put("a");
    put("b");
    const ownedBy = (name: string, more: object = {}) => ({
      metadata: {
        ownerReferences: [
          { apiVersion: "x.dev/v9", kind: "Widget", name, uid: name, controller: true, ...more },
        ],
      },
    });
    const runs = await start(undefined, { owns: [ConfigMap] });
    await eventually(() => runs.length).toBe(2);
    const next = async (act: () => void, expected: string[]): Promise<void> => {
      runs.length = 0;
      act();
      await eventually(() => [...runs].sort()).toEqual(expected);
      await quiet();
      expect([...runs].sort()).toEqual(expected);
    };
    await next(() => api.put(`${MAPS}/m`, ownedBy("a")), ["a"]);
    await next(() => api.put(`${MAPS}/m`, ownedBy("b")), ["a", "b"]);
    await next(() => api.remove(`${MAPS}/m`), ["b"]);
    await next(() => api.put(`${MAPS}/other`, ownedBy("a", { apiVersion: "y.dev/v1" })), []);
    await next(() => api.put(`${MAPS}/other`, ownedBy("a", { controller: false })), []);
  });

  test("a change of what it watches, as its map says", async () => {
    put("a");
    const runs = await start(undefined, {
      watches: [watch(ConfigMap, (map) => [{ namespace: "default", name: map.data?.["for"] ?? "" }])],
    });
    await eventually(() => runs.length).toBe(1);
    api.put(`${MAPS}/m`, { data: { for: "a" } });
    api.put(`${MAPS}/n`, { data: { for: "nobody" } });
    await eventually(() => runs).toEqual(["a", "a"]);
  });

  test("a while without a change, give or take a tenth, and writes nothing when nothing differs", async () => {
    put("a");
    const at: number[] = [];
    await start(
      async (ctx) => {
        at.push(performance.now());
        return summarise(ctx, await runSteps(ctx, [{ name: "nothing", run: () => done() }]));
      },
      { resyncMs: 100 },
    );
    await eventually(() => at.length).toBeGreaterThan(4);
    for (const [n, time] of at.slice(1).entries()) expect(time - (at[n] as number)).toBeGreaterThan(85);
    expect(writes().filter((request) => request.includes("/widgets/"))).toHaveLength(1);
  });
});

describe("a run", () => {
  test("that takes too long is aborted, counted, and tried again with backoff", async () => {
    put("a");
    const attempts: number[] = [];
    await start(
      async (ctx) => {
        attempts.push(ctx.attempt);
        if (ctx.attempt === 0)
          await new Promise((_resolve, reject) =>
            ctx.signal.addEventListener("abort", () => reject(new Error("x"))),
          );
        return done();
      },
      { timeoutMs: 50 },
    );
    await eventually(() => attempts).toEqual([0, 1]);
    expect(await metric("controller_runtime_reconcile_timeouts_total")).toBe(1);
    expect(await metric("controller_runtime_reconcile_errors_total")).toBe(1);
  });

  test("that throws, even at once, harms no other, and is tried again until it works", async () => {
    put("sick");
    put("well");
    const runs = await start((ctx, run) => {
      if (ctx.key.name === "sick" && run < 6) throw new TypeError("a defect");
      return Promise.resolve(done());
    });
    await eventually(() => runs.length).toBeGreaterThanOrEqual(6);
    await eventually(() =>
      metric("controller_runtime_reconcile_total", '{controller="widget",result="success"}'),
    ).toBe(2);
    expect(runs.filter((name) => name === "well")).toHaveLength(1);
    const failures = runs.length - 2;
    expect(await metric("controller_runtime_reconcile_errors_total")).toBe(failures);
    expect(await metric("workqueue_retries_total", '{name="widget",controller="widget"}')).toBe(failures);
  });

  test("sees what the run before it wrote, though the watch has not told", async () => {
    put("a");
    // The server takes writes, but its watches keep silent about them.
    api.intercept = (request, response, body) => {
      if (request.method !== "PATCH") return false;
      json(response, 200, api.put(`${AT}/a`, JSON.parse(body) as object, true));
      return true;
    };
    const seen: (string | undefined)[] = [];
    await start(async (ctx, run) => {
      seen.push(ctx.object.status?.text);
      if (run > 4) return done();
      await ctx.client.patchStatus(Widget, ctx.object, { text: `run ${run}` });
      expect(ctx.object.status?.text).toBe(`run ${run}`);
      return requeueAfter(0, "Again", "once more");
    });
    await eventually(() => seen).toEqual([undefined, "run 1", "run 2", "run 3", "run 4"]);
  });

  test("whose status somebody beat comes again soon and succeeds, and is no error", async () => {
    put("a");
    let beaten = 0;
    api.intercept = (request) => {
      // Behind the controller's back, right before its own write arrives, and nothing that its predicate cares for.
      if (request.method === "PATCH" && beaten++ === 0) put("a", {}, { theirs: true });
      return false;
    };
    const runs = await start(async (ctx) => {
      ctx.draft.set({ text: "told" });
      return summarise(ctx, await runSteps(ctx, [{ name: "nothing", run: () => done() }]));
    });
    await eventually(() => (api.get(`${AT}/a`)?.["status"] as Widget["status"])?.text).toBe("told");
    expect(runs).toHaveLength(2);
    expect(await metric("controller_runtime_reconcile_errors_total")).toBe(0);
  });

  test("that is stalled is not tried again until something changes", async () => {
    put("a");
    const runs = await start(async () => stalled("Bad", "spec.text is bad"));
    await eventually(() => runs.length).toBe(1);
    await quiet();
    expect(runs.length).toBe(1);
    expect(await metric("controller_runtime_terminal_reconcile_errors_total")).toBe(1);
    put("a", { generation: 2 });
    await eventually(() => runs.length).toBe(2);
  });

  test("that the server turned away waits as long as it was told", async () => {
    put("a");
    const at: number[] = [];
    api.intercept = (request, response) => {
      if (request.method !== "PATCH" || at.length > 1) return false;
      status(response, 503, "ServiceUnavailable", "later", { "retry-after": "6" });
      return true;
    };
    await start(async (ctx) => {
      at.push(performance.now());
      await ctx.client.patchStatus(Widget, ctx.object, { text: "x" });
      return done();
    });
    await eventually(() => at.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(at.length).toBe(1);
  });

  test("of an object that is gone is not made; its memory is dropped, once", async () => {
    put("a");
    const gone: string[] = [];
    const runs = await start(async () => requeueAfter(30, "Polling", "p"), {
      gone: (key) => void gone.push(key.name),
    });
    await eventually(() => runs.length).toBeGreaterThan(1);
    api.remove(`${AT}/a`);
    await eventually(() => gone).toEqual(["a"]);
    const after = runs.length;
    await quiet();
    expect(runs.length - after).toBeLessThanOrEqual(1);
    expect(gone).toEqual(["a"]);
  });
});

test("what a run wrote itself does not run it again; what others make of it does", async () => {
  put("a");
  const runs = await start(
    async (ctx) => {
      await ctx.apply(ConfigMap, { metadata: { name: "a", namespace: "default" }, data: { v: "1" } });
      return done();
    },
    { owns: [ConfigMap] },
  );
  await eventually(() => api.get(`${MAPS}/a`)).toBeDefined();
  await eventually(() => manager.cache(ConfigMap).size).toBe(1);
  await sleep(100);
  expect(runs).toEqual(["a"]);
  api.put(`${MAPS}/a`, { data: { v: "theirs" } });
  await eventually(() => runs.length).toBeGreaterThan(1);
});
