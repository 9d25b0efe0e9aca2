// The end of a run, against a server: status written once, on a difference, for the version that was seen.
import pino from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { conflictsOf, ApplyConflictError } from "../apply/errors.ts";
import { HttpClient } from "../client/client.ts";
import { ApiError } from "../client/errors.ts";
import { Exchange } from "../client/exchange.ts";
import { type KubeObject, type Live, resourceType } from "../client/object.ts";
import { status, TinyApi } from "../testing/tiny-api.ts";
import type { ReconcileContext } from "./context.types.ts";
import { ensureFinalizer, removeFinalizer } from "./finalizer.ts";
import { done, requeueAfter, stalled, type StepResult } from "./result.ts";
import { contextOf, extend } from "./run.ts";
import { runSteps } from "./steps.ts";
import { summarise } from "./summarise.ts";

interface Widget extends KubeObject {
  readonly status?: {
    readonly url?: string;
    readonly conditions?: object[];
    readonly observedGeneration?: number;
  };
}
const Widget = resourceType<Widget>({
  group: "x.dev",
  version: "v1",
  plural: "widgets",
  kind: "Widget",
  namespaced: true,
});
const AT = "/apis/x.dev/v1/namespaces/default/widgets/w";

let api: TinyApi;
let exchange: Exchange;
let told: string[];

beforeEach(async () => {
  api = await TinyApi.start();
  exchange = new Exchange({ access: api.access, fieldManager: "me" });
  told = [];
});
afterEach(async () => {
  await exchange.close();
  await api.stop();
});

function context(metadata: object = { generation: 1 }): ReconcileContext<Widget> {
  const object = api.put(AT, { metadata });
  return contextOf<Widget>({
    type: Widget,
    object: object as unknown as Live<Widget>,
    id: "run",
    attempt: 0,
    signal: new AbortController().signal,
    log: pino({ level: "silent" }),
    client: new HttpClient(exchange),
    events: {
      normal: (reason) => void told.push(`Normal ${reason}`),
      warning: (reason) => void told.push(`Warning ${reason}`),
    },
    cache: () => {
      throw new Error("no caches here");
    },
  });
}
const finish = async (ctx: ReconcileContext<Widget>, run: () => StepResult | Promise<StepResult>) =>
  summarise(ctx, await runSteps(ctx, [{ name: "step", run }]));
const live = (): Widget["status"] => api.get(AT)?.["status"] as Widget["status"];
const patches = (): number => api.count("PATCH");

describe("status", () => {
  test("is written once, on its subresource, for the version that was seen", async () => {
    const ctx = context();
    const seen = ctx.object.metadata;
    let body = "";
    api.intercept = (request, _response, text) => {
      if (request.method === "PATCH") body = text;
      return false;
    };
    ctx.draft.set({ url: "http://x" });
    expect(await finish(ctx, () => done())).toEqual({ type: "done" });
    expect(patches()).toBe(1);
    expect(api.count(`PATCH ${AT}/status`)).toBe(1);
    expect((JSON.parse(body) as Live).metadata).toEqual({
      uid: seen.uid,
      resourceVersion: seen.resourceVersion,
    });
    expect(live()).toMatchObject({
      url: "http://x",
      observedGeneration: 1,
      conditions: [{ type: "Ready", status: "True" }],
    });
  });

  test("is not written when it says so already", async () => {
    await finish(context(), () => done());
    const again = context();
    expect(await finish(again, () => done())).toEqual({ type: "done" });
    expect(patches()).toBe(1);
    expect(told).toEqual(["Normal Ready"]);
  });

  test("of an object that somebody changed meanwhile is left for the next run, which comes soon", async () => {
    const ctx = context();
    api.put(AT, { metadata: { generation: 2 } });
    expect(await finish(ctx, () => stalled("Bad", "b"))).toMatchObject({
      type: "requeue",
      reason: "Changed",
    });
    expect(live()).toBeUndefined();
    expect(told).toEqual([]);
  });

  test("of an object that is gone is no error", async () => {
    const ctx = context();
    api.remove(AT);
    expect(await finish(ctx, () => done())).toEqual({ type: "done" });
  });

  test("that the server refuses for another reason is an error, for the queue to retry", async () => {
    const ctx = context();
    api.intercept = (_request, response) => {
      status(response, 422, "Invalid", "status.url: must be a string");
      return true;
    };
    await expect(finish(ctx, () => done())).rejects.toThrow(/status.url/);
  });

  test("speaks of the generation that the run looked at, whatever it wrote itself", async () => {
    const ctx = context({ generation: 1 });
    await finish(ctx, async () => {
      await ctx.client.mergePatch(Widget, ctx.key, { metadata: { generation: 2 } });
      return done();
    });
    expect(live()).toMatchObject({ observedGeneration: 1 });
  });
});

describe("events", () => {
  test("tell when Ready changes or why it is not, and not the same again", async () => {
    const boom = (): never => {
      throw Object.assign(new Error("x"), { reason: "Boom" });
    };
    for (const run of [
      () => requeueAfter(1, "Waiting", "w"),
      boom,
      boom,
      () => stalled("Bad", "b"),
      () => done(),
      () => done(),
    ])
      await finish(context(), run);
    expect(told).toEqual(["Normal Waiting", "Warning Boom", "Warning Bad", "Normal Ready"]);
  });
});

test("another manager's field ends in a condition that names field and manager", async () => {
  const refusal = new ApiError({
    status: 409,
    reason: "Conflict",
    message: "Apply failed",
    details: {
      causes: [
        {
          reason: "FieldManagerConflict",
          field: ".data.v",
          message: 'conflict with "kubectl-edit" using v1',
        },
      ],
    },
  });
  const outcome = await finish(context(), () => {
    throw new ApplyConflictError("ConfigMap default/a", conflictsOf(refusal), refusal);
  });
  expect(outcome).toMatchObject({ type: "failed", reason: "FieldConflict" });
  expect(live()?.conditions).toMatchObject([
    {
      type: "Ready",
      status: "False",
      reason: "FieldConflict",
      message: expect.stringContaining('.data.v (managed by "kubectl-edit")'),
    },
    { type: "Reconciling", status: "True", reason: "FieldConflict" },
  ]);
});

describe("a finalizer", () => {
  test("is added once, beside those of others, and the context sees it at once", async () => {
    const ctx = context({ finalizers: ["theirs"] });
    const wider = extend(ctx, { more: 1 });
    expect((await ensureFinalizer(ctx, "mine")).metadata.finalizers).toEqual(["theirs", "mine"]);
    await ensureFinalizer(wider, "mine");
    expect(patches()).toBe(1);
    expect(wider.object.metadata.finalizers).toEqual(["theirs", "mine"]);
    expect(wider.more).toBe(1);
  });

  test("is not added to what is being deleted", async () => {
    const ctx = context({ deletionTimestamp: "2026-07-01T10:00:00Z", finalizers: ["theirs"] });
    await ensureFinalizer(ctx, "mine");
    expect(patches()).toBe(0);
  });

  test("is not written over what somebody changed meanwhile", async () => {
    const ctx = context({ finalizers: [] });
    api.put(AT, { metadata: { finalizers: ["theirs"] } });
    await expect(ensureFinalizer(ctx, "mine")).rejects.toThrow(/modified/);
  });

  test("that was the last one leaves no status to write; beside another one it does", async () => {
    const deletionTimestamp = "2026-07-01T10:00:00Z";
    for (const [others, writes] of [
      [[], 1],
      [["theirs"], 2],
    ] as const) {
      const ctx = context({ deletionTimestamp, finalizers: ["mine", ...others] });
      const before = patches();
      await finish(ctx, async () => (await removeFinalizer(ctx, "mine"), done()));
      expect(patches() - before).toBe(writes);
      expect(api.get(AT)?.metadata.finalizers).toEqual(others);
    }
  });

  test("of an object that is gone is removed already", async () => {
    const ctx = context({ deletionTimestamp: "2026-07-01T10:00:00Z", finalizers: ["mine"] });
    api.remove(AT);
    await removeFinalizer(ctx, "mine");
    await removeFinalizer(context({ finalizers: [] }), "mine");
    expect(patches()).toBe(1);
  });
});

test("only the context of a run, or an extension of it, has a run behind it", async () => {
  await expect(
    summarise({ draft: {}, log: {} } as never, { outcome: done(), stoppedAt: undefined, completed: [] }),
  ).rejects.toThrow(/not the context of a reconcile/);
});
