// One process: caches first, then leadership, then controllers; and the same backwards.
import pino from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NotLeaderError } from "./client/errors.ts";
import { ConfigMap, Secret } from "./client/kinds.ts";
import { Manager } from "./manager.ts";
import type { ManagerOptions } from "./manager.types.ts";
import type { ReconcileContext } from "./steps/context.types.ts";
import { done, type Outcome } from "./steps/result.ts";
import { runSteps } from "./steps/steps.ts";
import { eventually } from "./testing/eventually.ts";
import { TinyApi } from "./testing/tiny-api.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const LEASE = "/apis/coordination.k8s.io/v1/namespaces/default/leases/leader";
let api: TinyApi;
const managers: Manager[] = [];

beforeEach(async () => {
  api = await TinyApi.start();
});
afterEach(async () => {
  api.intercept = undefined;
  await Promise.all(managers.splice(0).map((manager) => manager.stop()));
  await api.stop();
});

function make(more: Partial<ManagerOptions> = {}): Manager {
  const manager = new Manager({
    access: api.access,
    fieldManager: "me",
    log: pino({ level: "silent" }),
    drainDeadlineMs: 200,
    ...more,
  });
  managers.push(manager);
  return manager;
}
const electing = (identity: string): Partial<ManagerOptions> => ({
  leaderElection: {
    namespace: "default",
    name: "leader",
    identity,
    // Long enough for a slow machine, looked at often enough for an impatient one.
    leaseDurationMs: 20_000,
    renewDeadlineMs: 15_000,
    retryPeriodMs: 200,
  },
});
/** A controller of ConfigMaps; answers the names of the objects whose runs began. */
function controller(
  manager: Manager,
  reconcile?: (ctx: ReconcileContext<ConfigMap>) => Promise<Outcome>,
): string[] {
  const runs: string[] = [];
  manager.controller<ConfigMap>({
    name: "map",
    type: ConfigMap,
    reconcile: async (ctx) => {
      runs.push(ctx.key.name);
      return (await reconcile?.(ctx)) ?? done();
    },
  });
  return runs;
}
const holder = (): string | undefined =>
  (api.get(LEASE)?.["spec"] as { holderIdentity?: string })?.holderIdentity;
const metrics = async (manager: Manager): Promise<string> => manager.registry.metrics();
const write = (manager: Manager, name: string) =>
  manager.client.create(ConfigMap, { metadata: { name, namespace: "default" } });

describe("a standby", () => {
  const held = (holderIdentity: string) => ({ spec: { holderIdentity, leaseDurationSeconds: 600 } });

  test("has its caches warm, and is ready, but runs nothing and writes nothing", async () => {
    api.put(`${MAPS}/a`);
    api.put(LEASE, held("other"));
    const manager = make(electing("me"));
    const runs = controller(manager);
    await manager.start();
    const cache = manager.cache(ConfigMap);
    expect(cache.size).toBe(1);
    api.put(`${MAPS}/b`);
    await eventually(() => cache.size).toBe(2);
    await expect(write(manager, "c")).rejects.toThrow(NotLeaderError);
    expect(api.get(`${MAPS}/c`)).toBeUndefined();
    expect(runs).toEqual([]);
    expect(manager.isLeader).toBe(false);
    expect(await metrics(manager)).toContain('leader_election_master_status{name="leader"} 0');
  });

  test("looks at every object once when it leads, from the caches it has", async () => {
    api.put(`${MAPS}/a`);
    api.put(LEASE, held("other"));
    const manager = make(electing("me"));
    const runs = controller(manager);
    await manager.start();
    const lists = api.count("GET /api/v1/configmaps?limit");
    api.put(LEASE, held(""));
    await eventually(() => runs).toEqual(["a"]);
    expect(api.count("GET /api/v1/configmaps?limit")).toBe(lists);
    expect(await metrics(manager)).toContain('leader_election_master_status{name="leader"} 1');
    await write(manager, "c");
  });

  test("does not try to lead before its caches are synced", async () => {
    api.intercept = (request) => request.url?.startsWith("/api/v1/configmaps") === true;
    const manager = make(electing("me"));
    controller(manager);
    const started = manager.start();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(api.count("GET /apis/coordination")).toBe(0);
    await Promise.all([manager.stop(), expect(started).rejects.toThrow(/stopping/)]);
  });
});

describe("the leader", () => {
  test("that stops lets its runs finish, releases the Lease, and the standby takes over at once", async () => {
    api.put(`${MAPS}/a`);
    const one = make({ ...electing("one"), drainDeadlineMs: 5_000 });
    const gate = Promise.withResolvers<undefined>();
    let finished = false;
    const runs = controller(one, async (ctx) => {
      await gate.promise;
      await ctx.client.mergePatch(ConfigMap, ctx.key, { data: { v: "written while stopping" } });
      finished = true;
      return done();
    });
    await one.start();
    await eventually(() => runs.length).toBe(1);
    const two = make(electing("two"));
    const later = controller(two);
    await two.start();
    const stopping = one.stop();
    gate.resolve(undefined);
    await stopping;
    expect(finished).toBe(true);
    expect(api.get(`${MAPS}/a`)?.["data"]).toEqual({ v: "written while stopping" });
    const stoppedAt = performance.now();
    await eventually(() => later).toEqual(["a"]);
    // The Lease itself would have lasted twenty seconds.
    expect(performance.now() - stoppedAt).toBeLessThan(15_000);
    expect(holder()).toBe("two");
  });

  test("that lost the Lease ends its runs with that reason, writes nothing more, and the process ends", async () => {
    api.put(`${MAPS}/a`);
    const manager = make(electing("me"));
    const ended = Promise.withResolvers<unknown>();
    controller(manager, async (ctx) => {
      await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
      // A run that does not care for its signal and goes on writing.
      const careless = { signal: new AbortController().signal, log: ctx.log };
      const step = { name: "write", run: async () => (await write(manager, "late"), done()) };
      const refused: unknown = await runSteps(careless, [step]).catch((error: unknown) => error);
      ended.resolve([ctx.signal.reason, refused]);
      throw refused;
    });
    const running = manager.run(new AbortController().signal);
    running.catch(() => undefined);
    await eventually(() => manager.isLeader).toBe(true);
    api.put(LEASE, { spec: { holderIdentity: "thief", leaseDurationSeconds: 600 } });
    await expect(running).rejects.toThrow(NotLeaderError);
    expect(await ended.promise).toEqual([expect.any(NotLeaderError), expect.any(NotLeaderError)]);
    expect(api.get(`${MAPS}/late`)).toBeUndefined();
    expect(holder()).toBe("thief");
    expect(await metrics(manager)).toContain('leader_election_master_status{name="leader"} 0');
    expect(await metrics(manager)).toContain('controller_runtime_reconcile_errors_total{controller="map"} 0');
  });

  test("keeps the Lease although the answer to a renewal got lost", async () => {
    const manager = make(electing("me"));
    await manager.start();
    await eventually(() => manager.isLeader).toBe(true);
    let lost = 0;
    api.intercept = (request, response, body) => {
      if (request.method !== "PUT" || lost++ > 0) return false;
      // Taken, and the connection breaks before the answer.
      api.put(LEASE, JSON.parse(body) as object);
      response.socket?.resetAndDestroy();
      return true;
    };
    // The next renewal meets a Lease that has changed, looks who changed it, and renews; then all is as before.
    await eventually(() => lost).toBeGreaterThan(3);
    expect(manager.isLeader).toBe(true);
  });
});

describe("readiness", () => {
  test("says what is waited for, is there when the caches are, and is gone while stopping", async () => {
    const held = Promise.withResolvers<boolean>();
    api.intercept = (request) => request.url?.startsWith("/api/v1/secrets") === true && held.promise;
    const manager = make({ health: { port: 0, host: "127.0.0.1" } });
    manager.cache(ConfigMap);
    manager.cache(Secret);
    manager.readyCheck("database", () => undefined);
    const started = manager.start();
    started.catch(() => undefined);
    await eventually(() => manager.healthPort !== undefined).toBe(true);
    const ready = async (): Promise<string> => {
      const answer = await fetch(`http://127.0.0.1:${manager.healthPort ?? 0}/readyz`);
      return `${answer.status} ${await answer.text()}`;
    };
    await expect.poll(ready).toBe("503 [-] caches: waiting for the first list of secrets\n[+] database ok\n");
    held.resolve(false);
    await started;
    expect(await ready()).toBe("200 [+] caches ok\n[+] database ok\n");
  });
});

test("a process that is told to stop while it waits for its caches ends at once", async () => {
  api.intercept = () => true;
  const manager = make();
  manager.cache(ConfigMap);
  const stop = new AbortController();
  const running = manager.run(stop.signal);
  await eventually(() => api.requests.length).toBe(1);
  stop.abort();
  await running;
  expect(api.openSockets).toBe(0);
});

describe("a mistake in the wiring is told when it is made:", () => {
  test("options of a cache come with its first call; indexes may come later", async () => {
    const manager = make();
    const cache = manager.cache(ConfigMap);
    expect(() => manager.cache(ConfigMap, { labelSelector: "a=b" })).toThrow(
      /configmaps: it exists already.*labelSelector/,
    );
    expect(manager.cache(ConfigMap, { indexers: { name: (map) => [map.metadata.name] } })).toBe(cache);
    api.put(`${MAPS}/a`);
    await manager.start();
    expect(cache.byIndex("name", "a")).toHaveLength(1);
  });

  test("caches and controllers are declared before the start, which comes once", async () => {
    const manager = make();
    await manager.start();
    expect(() => manager.cache(Secret)).toThrow(/secrets: nobody asked for it before start/);
    expect(() => controller(manager)).toThrow(/controller map: declare it before start/);
    await expect(manager.start()).rejects.toThrow(/started before/);
  });
});

test("a stop is one stop, however often it is asked for", async () => {
  const manager = make();
  await manager.start();
  expect(manager.stop()).toBe(manager.stop());
  await manager.stop();
});
