// Stopping and starting the node again: in which order things stop, what is there afterwards, which addresses stay.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Service } from "../workloads/objects.ts";
import { resources } from "../workloads/objects.ts";
import { isReady } from "../workloads/pods.ts";
import { ownerMark } from "./processes.ts";
import { allProcesses, environmentOf } from "./proc.ts";
import type { Parts } from "./testing.ts";
import { aPodOf, removeScratch, scratchFolder, scriptImage, startParts, until } from "./testing.ts";

/** Writes what happens to it into a file of its volume. */
const store = scriptImage(
  "store",
  `const { appendFileSync } = require("node:fs");
   const note = (text) => appendFileSync(process.env.NOTES, text + "\\n");
   note("start " + process.env.POD_IP);
   const server = require("node:net").createServer().listen(5432, process.env.POD_IP, () => note("listening"));
   process.on("SIGINT", () => { note("stop"); process.exit(0); });`,
  { stopSignal: "SIGINT", stopLast: true },
);
/** On SIGTERM takes a while and then says whether the store still answers. */
const site = scriptImage(
  "site",
  `const { connect } = require("node:net");
   setInterval(() => {}, 1e6);
   process.on("SIGTERM", () => setTimeout(() => {
     const socket = connect(5432, process.env.STORE);
     socket.on("connect", () => { console.log("store is there"); process.exit(0); });
     socket.on("error", (error) => { console.log("store is gone: " + error.message); process.exit(1); });
   }, 200));
   console.log("up, store at " + process.env.STORE);`,
);

const folder = scratchFolder();
let parts: Parts;
beforeAll(async () => {
  parts = await startParts(folder, [store, site]);
  parts.create(resources.persistentVolumeClaims, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "notes" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  });
  parts.create(resources.services, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "store" },
    spec: { selector: { app: "store" }, ports: [{ port: 5432 }] },
  });
  parts.create(
    resources.pods,
    aPodOf(
      "store",
      {
        image: "store",
        env: [{ name: "NOTES", value: "/data/notes" }],
        volumeMounts: [{ name: "data", mountPath: "/data" }],
        readinessProbe: { tcpSocket: { port: 5432 }, periodSeconds: 5 },
      },
      { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "notes" } }] },
      { app: "store" },
    ),
  );
  parts.create(
    resources.pods,
    aPodOf("site", { image: "site", env: [{ name: "STORE", value: "store.shop.svc" }] }),
  );
  parts.create(
    resources.pods,
    aPodOf(
      "task",
      { image: "site", env: [{ name: "STORE", value: "store.shop.svc" }] },
      { restartPolicy: "Never" },
    ),
  );
});
afterAll(async () => {
  await parts.stop();
  removeScratch(folder);
});

const allReady = (): Promise<true> =>
  until(
    () =>
      ["store", "site"].every((name) => {
        const pod = parts.pod(name);
        return pod !== undefined && isReady(pod);
      }) && (true as const),
    "store and site to be ready",
  );

const notes = (): string[] => {
  const [volume] = parts.cluster.list(resources.persistentVolumes);
  const { path } = (volume?.spec as { hostPath: { path: string } }).hostPath;
  return readFileSync(join(path, "notes"), "utf8").trim().split("\n");
};
const processesLeft = (): number[] =>
  allProcesses().filter((pid) => environmentOf(pid, ownerMark) === folder);
const logOf = (pod: string, restart: number): string =>
  readFileSync(
    join(folder, "pods", parts.pod(pod)?.metadata.uid ?? "", "logs", "main", `${restart}.log`),
    "utf8",
  );
const serviceIP = (): string | undefined =>
  (parts.cluster.get(resources.services, "shop", "store") as Service).spec.clusterIP;

test("sites stop before their database, and no process is left", async () => {
  await allReady();
  // Without a probe it counts as ready before its program listens to signals.
  await until(async () => (await parts.log("site").catch(() => "")).includes("up,"), "the site to be up");
  await until(() => parts.status("task")?.ready, "the task to run");
  await parts.stop();
  expect(processesLeft()).toEqual([]);
  expect(logOf("site", 0)).toContain("store is there");
  expect(notes().at(-1)).toBe("stop");
});

test("the next start runs the same pods on the same volumes at the same addresses", async () => {
  const before = { pod: parts.pod("store"), site: parts.pod("site"), service: serviceIP() };
  parts = await startParts(folder, [store, site], parts.cluster);
  const early = parts.pod("site");
  expect(early !== undefined && isReady(early)).toBe(false);
  await allReady();
  const after = parts.pod("store");
  expect(after?.metadata.uid).toBe(before.pod?.metadata.uid);
  expect(after?.status?.podIP).toBe(before.pod?.status?.podIP);
  expect(parts.pod("site")?.status?.podIP).toBe(before.site?.status?.podIP);
  expect(serviceIP()).toBe(before.service);
  expect(notes()).toEqual([
    `start ${after?.status?.podIP}`,
    "listening",
    "stop",
    `start ${after?.status?.podIP}`,
    "listening",
  ]);
  expect(parts.status("site")?.restartCount).toBe(1);
  expect(await parts.log("site", { previous: true })).toContain("store is there");
});

test("a pod that may not restart has failed with the sandbox it ran in", async () => {
  await until(() => parts.pod("task")?.status?.phase === "Failed", "the task to be over");
  expect(parts.status("task")?.state.terminated?.reason).toBe("ContainerStatusUnknown");
});

test("a pod deleted while no sandbox ran leaves nothing behind", async () => {
  const uid = parts.pod("site")?.metadata.uid ?? "";
  const leftover = join(folder, "pods", uid, "scratch", "leftover");
  appendFileSync(leftover, "x");
  await parts.stop();
  parts.cluster.delete(resources.pods, "shop", "site", { gracePeriodSeconds: 0 });
  parts = await startParts(folder, [store, site], parts.cluster);
  expect(existsSync(leftover)).toBe(false);
});
