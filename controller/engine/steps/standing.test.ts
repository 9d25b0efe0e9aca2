// Before something is made or removed for an object: is it still there, and is it what we look at?
import pino from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConfigMap } from "../client/kinds.ts";
import { HttpClient } from "../client/client.ts";
import { Exchange } from "../client/exchange.ts";
import type { Live } from "../client/object.ts";
import { TinyApi } from "../testing/tiny-api.ts";
import type { ReconcileContext } from "./context.types.ts";
import { done } from "./result.ts";
import { contextOf } from "./run.ts";
import { mustBeCurrent, mustStand } from "./standing.ts";
import { runSteps } from "./steps.ts";
import { summarise } from "./summarise.ts";

const AT = "/api/v1/namespaces/default/configmaps/m";

let api: TinyApi;
let exchange: Exchange;

beforeEach(async () => {
  api = await TinyApi.start();
  exchange = new Exchange({ access: api.access, fieldManager: "me" });
});
afterEach(async () => {
  await exchange.close();
  await api.stop();
});

/** A reconcile of the object as it is now; what happens to it afterwards is not seen by its cache. */
function seen(): ReconcileContext<ConfigMap> {
  const nothing = (): void => undefined;
  return contextOf<ConfigMap>({
    type: ConfigMap,
    object: api.put(AT, { metadata: { generation: 1 } }) as unknown as Live<ConfigMap>,
    id: "run",
    attempt: 0,
    signal: new AbortController().signal,
    log: pino({ level: "silent" }),
    client: new HttpClient(exchange),
    events: { normal: nothing, warning: nothing },
    cache: () => {
      throw new Error("no caches here");
    },
  });
}

test("an object that stands is asked for once in a reconcile", async () => {
  const ctx = seen();
  await Promise.all([mustStand(ctx), mustStand(ctx), mustBeCurrent(ctx)]);
  await mustStand(ctx);
  expect(api.count("GET")).toBe(1);
});

test.each([
  ["gone", () => api.remove(AT)],
  [
    "made anew under its name",
    () => {
      api.remove(AT);
      api.put(AT, { metadata: { generation: 1 } });
    },
  ],
  ["being deleted", () => api.put(AT, { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } })],
])("nothing is made, and nothing written, about one that is %s", async (_, happens) => {
  const ctx = seen();
  happens();
  let made = false;
  const step = {
    name: "make",
    async run() {
      await mustStand(ctx);
      made = true;
      return done();
    },
  };
  const outcome = await summarise(ctx, await runSteps(ctx, [step]));
  expect(outcome).toMatchObject({ type: "requeue", reason: "WaitingForDeletion" });
  expect(made).toBe(false);
  expect(api.count("PATCH")).toBe(0);
});

test("one that was changed meanwhile stands, but nothing is removed by what it asked for before", async () => {
  const ctx = seen();
  api.put(AT, { metadata: { generation: 2 } });
  await mustStand(ctx);
  await expect(mustBeCurrent(ctx)).rejects.toMatchObject({ reason: "Changed" });
});
