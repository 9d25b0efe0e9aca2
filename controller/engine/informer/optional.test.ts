// Kinds that a cluster may or may not serve: gone without, picked up when they appear, let go when they go.
import pino from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConfigMap, PodDisruptionBudget } from "../client/kinds.ts";
import { Manager } from "../manager.ts";
import { done } from "../steps/result.ts";
import { eventually } from "../testing/eventually.ts";
import { status, TinyApi } from "../testing/tiny-api.ts";

const AT = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
let api: TinyApi;
let manager: Manager;
let served: boolean;

beforeEach(async () => {
  api = await TinyApi.start();
  manager = new Manager({ access: api.access, fieldManager: "me", log: pino({ level: "silent" }) });
  served = false;
  api.intercept = (request, response) => {
    if (served || !request.url?.startsWith("/apis/policy/v1/")) return false;
    status(response, 404, "NotFound", "the server could not find the requested resource");
    return true;
  };
});

afterEach(async () => {
  await manager.stop();
  await api.stop();
});

const optional = { optional: true, absentRecheckMs: 30 } as const;

test("that is absent is an empty, synced cache, and the manager is ready", async () => {
  const cache = manager.cache(PodDisruptionBudget, optional);
  expect(cache.served).toBeUndefined();
  await manager.start();
  expect([cache.size, cache.synced, cache.served]).toEqual([0, true, false]);
  expect(await manager.registry.metrics()).toContain(
    'controller_optional_api_served{group="policy",version="v1",kind="PodDisruptionBudget"} 0',
  );
});

test("that we may not list is gone without too, until we may", async () => {
  api.put(`${AT}/a`);
  api.intercept = (request, response) => {
    if (served || !request.url?.startsWith("/apis/policy/v1/")) return false;
    status(response, 403, "Forbidden", "not with these rights");
    return true;
  };
  const cache = manager.cache(PodDisruptionBudget, optional);
  await manager.start();
  expect([cache.size, cache.served]).toEqual([0, false]);
  served = true;
  await eventually(() => cache.size).toBe(1);
});

test("is picked up when it appears, let go when it goes, and picked up again", async () => {
  api.put(`${AT}/a`);
  const cache = manager.cache(PodDisruptionBudget, optional);
  const told: boolean[] = [];
  const story: string[] = [];
  cache.onServed((now) => void told.push(now));
  cache.onChange(({ type, object }) => void story.push(`${type} ${object.metadata.name}`));
  await manager.start();
  served = true;
  await eventually(() => cache.size).toBe(1);
  served = false;
  api.endWatches();
  await eventually(() => cache.size).toBe(0);
  served = true;
  await eventually(() => cache.size).toBe(1);
  expect(told).toEqual([false, true, false, true]);
  expect(story).toEqual(["add a", "delete a", "add a"]);
});

test("that appears or goes has every possible owner looked at again", async () => {
  api.put("/api/v1/namespaces/default/configmaps/owner");
  const runs: (boolean | undefined)[] = [];
  manager.cache(PodDisruptionBudget, optional);
  manager.controller({
    name: "map",
    type: ConfigMap,
    owns: [PodDisruptionBudget],
    reconcile: async (ctx) => {
      runs.push(ctx.cache(PodDisruptionBudget).served);
      return done();
    },
  });
  await manager.start();
  await eventually(() => runs).toEqual([false]);
  served = true;
  await eventually(() => runs).toEqual([false, true]);
  served = false;
  api.endWatches();
  await eventually(() => runs).toEqual([false, true, false]);
});
