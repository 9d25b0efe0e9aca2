// The engine against a real API server: 1,000 objects, one ConfigMap each, and nothing written twice.
import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import pino from "pino";
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from "vitest";
import {
  type ClusterAccess,
  ConfigMap,
  CoreEvent,
  createClient,
  findCondition,
  isReady,
  Lease,
  loadAccess,
  type LeaderElectionOptions,
  Manager,
  Namespace,
  NotLeaderError,
} from "../../../controller/engine/index.ts";
import { describeOnCluster } from "../support/cluster.ts";
import { type Counts, installWidgets, Widget, widgetController } from "./widget.ts";

const OBJECTS = Number(process.env["ENGINE_OBJECTS"] ?? 1_000);
const log = pino({ level: process.env["LOG_LEVEL"] ?? "silent" });

await describeOnCluster("the engine on a real API server", {}, ({ kubeconfig }) => {
  let access: ClusterAccess;
  let client: ReturnType<typeof createClient>;
  let namespace = "";
  const managers: Manager[] = [];

  beforeAll(async () => {
    access = await loadAccess({ kubeconfig });
    client = createClient({ access, fieldManager: "engine-test" });
    await installWidgets(client);
  });
  afterAll(() => client.close());
  beforeEach(async () => {
    namespace = `engine-${randomBytes(4).toString("hex")}`;
    await client.create(Namespace, { metadata: { name: namespace } });
  });
  afterEach(async () => {
    await Promise.all(managers.splice(0).map((manager) => manager.stop()));
    await client.delete(Namespace, { namespace: "", name: namespace });
  });

  function manager(
    counts: Counts,
    more: { leaderElection?: LeaderElectionOptions; concurrency?: number } = {},
  ): Manager {
    const { leaderElection, concurrency = 16 } = more;
    const made = new Manager({
      access,
      fieldManager: "widget-operator",
      log,
      namespace,
      ...(leaderElection && { leaderElection }),
      drainDeadlineMs: 2_000,
    });
    made.controller(widgetController(counts, { concurrency, fairness: (key) => key.name.slice(-1) }));
    managers.push(made);
    return made;
  }
  const counts = (): Counts => ({ runs: 0, created: 0, updated: 0, unchanged: 0 });
  const write = (name: string, spec: Widget["spec"]): Promise<unknown> =>
    client.apply(Widget, { metadata: { name, namespace }, spec }, { force: true });
  const widget = (name: string) => client.get(Widget, { namespace, name });
  const configMap = (name: string) => client.find(ConfigMap, { namespace, name });

  async function writesOf(made: Manager): Promise<number> {
    const metric = await made.registry.getSingleMetric("rest_client_requests_total")?.get();
    return (metric?.values ?? [])
      .filter(({ labels }) => labels["method"] !== "GET")
      .reduce((sum, { value }) => sum + value, 0);
  }

  test(
    `${OBJECTS} objects: one ConfigMap each, and a second pass writes nothing`,
    { timeout: 300_000 },
    async () => {
      const names = Array.from({ length: OBJECTS }, (_, n) => `w${n}`);
      let next = 0;
      const creating = performance.now();
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          for (let name = names[next++]; name !== undefined; name = names[next++])
            await write(name, { text: name });
        }),
      );
      const createSeconds = (performance.now() - creating) / 1000;

      const first = counts();
      const one = manager(first);
      const configMaps = one.cache(ConfigMap);
      const widgets = one.cache(Widget);
      const startedAt = performance.now();
      await one.start();
      await expect
        .poll(() => widgets.list().filter(isReady).length, { timeout: 240_000, interval: 20 })
        .toBe(OBJECTS);
      const seconds = (performance.now() - startedAt) / 1000;
      expect(configMaps.list().filter((object) => object.metadata.labels?.["app"] === "widget")).toHaveLength(
        OBJECTS,
      );
      expect(first.created).toBe(OBJECTS);
      await new Promise((resolve) => setTimeout(resolve, 500));
      // One apply of the ConfigMap, one status patch and one "Ready" event (rate limited per object, not in total).
      const writes = await writesOf(one);
      const connections = one.connectionsOpened;
      await one.stop();

      const second = counts();
      const two = manager(second);
      const againAt = performance.now();
      await two.start();
      await expect.poll(() => second.runs, { timeout: 120_000, interval: 10 }).toBe(OBJECTS);
      const againSeconds = (performance.now() - againAt) / 1000;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(second).toMatchObject({ created: 0, updated: 0, unchanged: OBJECTS });
      expect(await writesOf(two)).toBe(0);
      console.log(
        JSON.stringify({
          objects: OBJECTS,
          rawAppliesPerSecond: Math.round(OBJECTS / createSeconds),
          seconds: Number(seconds.toFixed(2)),
          objectsPerSecond: Math.round(OBJECTS / seconds),
          runs: first.runs,
          writes,
          connections,
          secondPassSeconds: Number(againSeconds.toFixed(2)),
          secondPassWrites: 0,
          rssMb: Math.round(process.memoryUsage().rss / 1e6),
        }),
      );
    },
  );

  test("an edited spec, a removed field, a drifted and a deleted ConfigMap are all put right", async () => {
    const made = manager(counts());
    await write("a", { text: "one", extra: "more" });
    await made.start();
    await expect.poll(() => configMap("a")).toMatchObject({ data: { text: "one", extra: "more" } });

    await write("a", { text: "two" });
    await expect.poll(async () => (await configMap("a"))?.data).toEqual({ text: "two" });

    await client.delete(ConfigMap, { namespace, name: "a" });
    await expect.poll(async () => (await configMap("a"))?.data).toEqual({ text: "two" });

    // Another manager takes the field: a conflict is said, not fought.
    await client.mergePatch(ConfigMap, { namespace, name: "a" }, { data: { text: "drifted" } });
    await expect
      .poll(async () => findCondition((await widget("a")).status?.conditions, "Ready"))
      .toMatchObject({
        status: "False",
        reason: "FieldConflict",
        message: expect.stringContaining('.data.text (managed by "engine-test")'),
      });
    await client.mergePatch(ConfigMap, { namespace, name: "a" }, { data: { text: "two" } });
    await expect.poll(async () => isReady(await widget("a"))).toBe(true);
  });

  test("status tells what stalls and what heals, and kubectl describe shows the events", async () => {
    const made = manager(counts());
    await made.start();
    await write("b", { text: "refuse" });
    await expect
      .poll(async () => findCondition((await widget("b")).status?.conditions, "Stalled"))
      .toMatchObject({ status: "True", reason: "BadText" });
    await write("b", { text: "fine" });
    await expect.poll(async () => isReady(await widget("b"))).toBe(true);
    expect(findCondition((await widget("b")).status?.conditions, "Stalled")).toBeUndefined();
    const reasons = async (): Promise<string[]> =>
      (await client.list(CoreEvent, { namespace })).items.map((event) => event.reason ?? "");
    await expect.poll(reasons).toEqual(expect.arrayContaining(["BadText", "Ready"]));
  });

  test("a ConfigMap that somebody else made is left alone", async () => {
    await client.create(ConfigMap, { metadata: { name: "c", namespace }, data: { mine: "yes" } });
    const made = manager(counts());
    await made.start();
    await write("c", { text: "x" });
    await expect
      .poll(async () => findCondition((await widget("c")).status?.conditions, "Ready"))
      .toMatchObject({ status: "False", reason: "NotOwned" });
    expect((await configMap("c"))?.data).toEqual({ mine: "yes" });
  });

  test("a standby takes over at once when the leader stops, and the stopped one writes nothing more", async () => {
    const election = (identity: string): LeaderElectionOptions => ({
      namespace,
      name: "leader",
      identity,
      leaseDurationMs: 3_000,
      renewDeadlineMs: 2_000,
      retryPeriodMs: 300,
    });
    const [first, second] = [counts(), counts()];
    const one = manager(first, { leaderElection: election("one") });
    await one.start();
    await expect.poll(() => one.isLeader).toBe(true);
    const two = manager(second, { leaderElection: election("two") });
    await two.start();
    await write("d", { text: "x" });
    await expect.poll(async () => isReady(await widget("d"))).toBe(true);
    expect(second.runs).toBe(0);
    await expect(two.client.create(ConfigMap, { metadata: { name: "never", namespace } })).rejects.toThrow(
      NotLeaderError,
    );

    const stoppedAt = performance.now();
    await one.stop();
    await expect.poll(() => two.isLeader, { interval: 20 }).toBe(true);
    console.log(JSON.stringify({ failOverAfterCleanStopMs: Math.round(performance.now() - stoppedAt) }));
    await write("d", { text: "y" });
    await expect.poll(async () => (await configMap("d"))?.data).toEqual({ text: "y" });
    expect((await client.get(Lease, { namespace, name: "leader" })).spec).toMatchObject({
      holderIdentity: "two",
    });
  });
});
