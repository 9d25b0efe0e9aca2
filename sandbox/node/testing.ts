// For tests: workload controllers, node, Service addresses and gateway on a cluster in memory, and small programs to
// run as images. Real processes, real sockets.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster, KubeObject, NodeBackend, ResourceRef } from "../cluster.ts";
import type { Gateway } from "../gateway/index.ts";
import { startGateway } from "../gateway/index.ts";
import type { EndpointIndex } from "../workloads/endpoint-index.ts";
import { startEndpointIndex } from "../workloads/endpoint-index.ts";
import { startWorkloads } from "../workloads/index.ts";
import { memoryCluster } from "../workloads/memory-cluster.ts";
import type { Container, ContainerStatus, Pod, PodSpec } from "../workloads/objects.ts";
import { resources } from "../workloads/objects.ts";
import { openNetwork } from "./addresses.ts";
import { nodeBackend } from "./backend.ts";
import type { ImageDefinition } from "./images.ts";
import { startNode } from "./node.ts";
import { Processes } from "./processes.ts";
import { serviceAdmission } from "./service-addresses.ts";
import { startServiceProxy } from "./service-proxy.ts";

export const namespace = "shop";

/** A folder for one test file that other users can reach too. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-test-"));
  chmodSync(folder, 0o755);
  return folder;
}

export const removeScratch = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** An image whose program is a line or two of JavaScript; `args` follow it. */
export const scriptImage = (
  match: string,
  script: string,
  more: Partial<ImageDefinition> = {},
): ImageDefinition => ({
  match,
  command: [process.execPath, "-e", script],
  ...more,
});

/** A web server on port 8080 of its pod that finishes its requests on SIGTERM and tells its version. */
export const webImage = scriptImage(
  "web",
  `const { createServer } = require("node:http");
   const server = createServer((request, response) => {
     if (request.url.startsWith("/headers")) return response.end(JSON.stringify(request.headers));
     if (request.method === "POST") return request.pipe(response);
     setTimeout(() => response.end(process.env.VERSION ?? ""), Number(new URL(request.url, "http://x").searchParams.get("ms")));
   });
   server.on("upgrade", (request, socket) => {
     socket.write("HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: " + request.headers.upgrade + "\\r\\n\\r\\n");
     socket.pipe(socket);
   });
   server.listen(8080, process.env.POD_IP, () => console.log("listening"));
   process.on("SIGTERM", () => server.close(() => process.exit(0)));`,
);

/** Resolves with what `look` returns as soon as it is not undefined or false. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  patienceMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`waited ${patienceMs} ms in vain for: ${what}`);
    await sleep(15);
  }
}

export interface Parts {
  cluster: Cluster;
  index: EndpointIndex;
  backend: NodeBackend;
  gateway: Gateway;
  dataDir: string;
  /** What the sandbox logged. */
  lines: string[];
  pod(name: string): Pod | undefined;
  status(pod: string, container?: string): ContainerStatus | undefined;
  /** Creates the object in the test's namespace. */
  create(res: ResourceRef, object: object): KubeObject;
  /** Reasons of the events about an object, with their messages. */
  events(name: string): { reason: string; message: string }[];
  /** Text of a pod's log. */
  log(pod: string, options?: { container?: string; previous?: boolean }): Promise<string>;
  stop(): Promise<void>;
}

/** Starts everything but the API server on `dataDir`. */
export async function startParts(
  dataDir: string,
  images: readonly ImageDefinition[],
  cluster?: Cluster,
): Promise<Parts> {
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const network = await openNetwork(dataDir);
  const processes = new Processes(dataDir);
  await processes.stopLeftovers(log);
  const used: Cluster = cluster ?? memoryCluster((request) => serviceAdmission(used, network)(request));
  const index = startEndpointIndex(used);
  const proxy = startServiceProxy(used, network, index, log);
  const backoff = { firstMs: 200, longestMs: 1_000 };
  const node = startNode({ cluster: used, dataDir, images, network, processes, log, backoff });
  const stopWorkloads = startWorkloads({ cluster: used, volumesDir: join(dataDir, "volumes"), log });
  const gateway = await startGateway({ cluster: used, index, dataDir, port: 0, log });
  const backend = nodeBackend(used, node, index, dataDir);
  const pod = (name: string): Pod | undefined => used.get(resources.pods, namespace, name) as Pod | undefined;
  return {
    cluster: used,
    index,
    backend,
    gateway,
    dataDir,
    lines,
    pod,
    status(name, container) {
      const { initContainerStatuses = [], containerStatuses = [] } = pod(name)?.status ?? {};
      if (container === undefined) return containerStatuses[0];
      return [...initContainerStatuses, ...containerStatuses].find((status) => status.name === container);
    },
    create: (res, object) => {
      const { metadata } = object as KubeObject;
      return used.create(res, { ...object, metadata: { namespace, ...metadata } } as KubeObject);
    },
    events: (name) =>
      used
        .list(resources.events, { namespace })
        .filter((event) => (event["involvedObject"] as { name: string }).name === name)
        .map((event) => ({ reason: String(event["reason"]), message: String(event["message"]) })),
    async log(name, options = {}) {
      const pieces: Uint8Array[] = [];
      const { signal } = new AbortController();
      for await (const piece of backend.podLog(namespace, name, { ...options, signal })) pieces.push(piece);
      return Buffer.concat(pieces).toString("utf8");
    },
    async stop() {
      await gateway.stop();
      stopWorkloads();
      await node.stop();
      await proxy.stop();
      index.stop();
      network.close();
    },
  };
}

/** A pod with one container `main`. */
export const aPodOf = (
  name: string,
  container: Partial<Container> & { image: string },
  spec: Partial<PodSpec> = {},
  labels: Record<string, string> = {},
): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels },
  spec: { containers: [{ name: "main", ...container }], ...spec },
});

export const aSecret = (name: string, values: Record<string, string>): object => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name },
  data: Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
  ),
});

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** A GET at the gateway with the given Host header. */
export const ask = (
  gateway: Gateway,
  host: string,
  path = "/",
  headers: Record<string, string> = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port: gateway.port,
      path,
      headers: { ...headers, host },
      agent: false,
    };
    get(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => (text += piece));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    }).on("error", reject);
  });
