// Watch conformance: whatever is killed under load, the caches of a running manager end exactly as the API server is,
// and what they told on the way is a true story. On an unmodified kube-apiserver and etcd of this suite's own.
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ConfigMap,
  createClient,
  loadAccess,
  type Live,
  Manager,
  Namespace,
} from "../../../controller/engine/index.ts";
import { type UnsteadyWire, unsteadyWire } from "../../support/unsteady-wire.ts";
import { type Envtest, startEnvtest } from "../support/envtest.ts";
import { churn, versions, type Write, Witness } from "./churn.ts";
import { installWidgets, Widget } from "./widget.ts";

const assets = process.env["KUBEBUILDER_ASSETS"] ?? "";
if (!assets)
  console.log(
    "skipped: watch conformance: it kills its API server and its etcd; set KUBEBUILDER_ASSETS to a folder with kube-apiserver and etcd",
  );

const namespace = "watched";
const putMap: Write = (client, name, value) =>
  client.apply(ConfigMap, { metadata: { namespace, name }, data: { value } }, { force: true });
const removeMap: Write = (client, name) => client.delete(ConfigMap, { namespace, name });
const putWidget: Write = (client, name, value) =>
  client.apply(Widget, { metadata: { namespace, name }, spec: { text: value } }, { force: true });
const removeWidget: Write = (client, name) => client.delete(Widget, { namespace, name });
const kinds = [
  { put: putMap, remove: removeMap },
  { put: putWidget, remove: removeWidget },
];

describe.skipIf(!assets)("watch conformance", () => {
  let server: Envtest;
  let wire: UnsteadyWire;
  let client: ReturnType<typeof createClient>;
  let manager: Manager;
  let maps: Witness<ConfigMap>;
  let widgets: Witness<Widget>;
  const log: string[] = [];

  beforeAll(async () => {
    server = await startEnvtest(assets);
    client = createClient({
      access: await loadAccess({ kubeconfig: server.kubeconfig }),
      fieldManager: "churn",
    });
    await installWidgets(client);
    await client.create(Namespace, { metadata: { name: namespace } });
    wire = await unsteadyWire(server.kubeconfig);
    manager = new Manager({
      access: await loadAccess({ kubeconfig: wire.kubeconfig }),
      fieldManager: "watcher",
      namespace,
      log: pino({ level: "debug" }, { write: (line: string) => void log.push(line) }),
    });
    maps = new Witness(manager.cache(ConfigMap));
    widgets = new Witness(manager.cache(Widget));
    await manager.start();
  }, 200_000);

  afterAll(async () => {
    await manager?.stop();
    await wire?.close();
    await client?.close();
    await server?.stop();
  }, 60_000);

  const logged = (text: string): number => log.filter((line) => line.includes(text)).length;

  /** The caches and the sum of their events are what the server says, and no event broke the rules. */
  async function expectExact(): Promise<void> {
    const truth = async () => ({
      maps: versions((await client.list(ConfigMap, { namespace })).items as unknown as Live[]),
      widgets: versions((await client.list(Widget, { namespace })).items as unknown as Live[]),
    });
    const expected = await truth();
    expect(Object.keys(expected.maps).length + Object.keys(expected.widgets).length).toBeGreaterThan(10);
    await expect
      .poll(() => ({ maps: maps.held(), widgets: widgets.held() }), { timeout: 90_000, interval: 50 })
      .toEqual(expected);
    expect({ maps: maps.told(), widgets: widgets.told() }).toEqual(expected);
    expect([...maps.breaches, ...widgets.breaches]).toEqual([]);
  }

  /** Load, and in the middle of it whatever `disturb` does. */
  async function underLoad(disturb: () => Promise<void>): Promise<number> {
    const load = churn(client, kinds);
    await sleep(500);
    await disturb();
    await sleep(500);
    await load.stop();
    return load.accepted();
  }

  test("under load alone", async () => {
    expect(await underLoad(() => sleep(1_000))).toBeGreaterThan(50);
    await expectExact();
  });

  test("connections cut under load", async () => {
    await underLoad(async () => {
      for (let cut = 0; cut < 10; cut++) {
        wire.cut();
        await sleep(150);
      }
    });
    await expectExact();
  });

  test("the API server killed under load, three times", { timeout: 300_000 }, async () => {
    await underLoad(async () => {
      for (let kill = 0; kill < 3; kill++) {
        await server.restartApiServer();
        await sleep(500);
      }
    });
    await expectExact();
  });

  test("etcd killed under load", { timeout: 300_000 }, async () => {
    await underLoad(async () => {
      await server.restartEtcd();
      await sleep(1_000);
    });
    await expectExact();
  });

  test(
    "compaction while the watcher was away: 410, and the difference is told exactly",
    { timeout: 300_000 },
    async () => {
      await expectExact();
      wire.sever();
      await underLoad(() => sleep(1_000));
      // The API server would serve old versions from its memory: a new one has none.
      await server.compact();
      await server.restartApiServer();
      const before = logged("version expired");
      const events = maps.events + widgets.events;
      wire.mend();
      await expectExact();
      expect(logged("version expired")).toBeGreaterThan(before);
      expect(maps.events + widgets.events).toBeGreaterThan(events);
    },
  );

  test(
    "compaction between two pages of a list: the list starts anew and is whole",
    { timeout: 300_000 },
    async () => {
      const many = Array.from({ length: 1_200 }, (_, number) => `many-${number}`);
      let next = 0;
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          for (let name = many[next++]; name !== undefined; name = many[next++])
            await putMap(client, name, "0");
        }),
      );
      const said: string[] = [];
      const other = new Manager({
        access: await loadAccess({ kubeconfig: wire.kubeconfig }),
        fieldManager: "lister",
        namespace,
        log: pino({ level: "debug" }, { write: (line: string) => void said.push(line) }),
      });
      let compacted: Promise<void> | undefined;
      const cache = other.cache(ConfigMap, {
        // Called when the first page has come; the request for the next one arrives after the compaction.
        transform(object) {
          if (compacted === undefined) {
            wire.hold();
            compacted = putMap(client, "many-0", "1")
              .then(() => server.compact())
              .finally(() => wire.release());
          }
          return object;
        },
      });

      await other.start();
      await compacted;
      await expect.poll(() => cache.size).toBe((await client.list(ConfigMap, { namespace })).items.length);
      expect(said.filter((line) => line.includes("version expired"))).toHaveLength(1);
      await other.stop();
    },
  );
});
