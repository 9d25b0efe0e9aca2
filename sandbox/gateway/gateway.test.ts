// The gateway before real pods: it finds them, says what is wrong, and loses no request while they are replaced.
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Parts } from "../node/testing.ts";
import {
  ask,
  namespace,
  removeScratch,
  scratchFolder,
  startParts,
  until,
  webImage,
} from "../node/testing.ts";
import { startEndpointIndex } from "../workloads/endpoint-index.ts";
import { memoryCluster } from "../workloads/memory-cluster.ts";
import type { Deployment, Ingress } from "../workloads/objects.ts";
import { resources } from "../workloads/objects.ts";
import { startGateway } from "./index.ts";

const folder = scratchFolder();
let parts: Parts;
beforeAll(async () => {
  parts = await startParts(folder, [webImage]);
});
afterAll(async () => {
  await parts.stop();
  removeScratch(folder);
});

const host = "learn.example.org.localhost:8080";

function deploySite(version: string): void {
  const spec = {
    replicas: 2,
    selector: { matchLabels: { app: "site" } },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    template: {
      metadata: { labels: { app: "site" } },
      spec: {
        containers: [
          {
            name: "web",
            image: "web:1",
            env: [{ name: "VERSION", value: version }],
            ports: [{ name: "http", containerPort: 8080 }],
            readinessProbe: { httpGet: { port: "http" }, periodSeconds: 5 },
          },
        ],
      },
    },
  };
  const live = parts.cluster.get(resources.deployments, namespace, "site");
  if (live) parts.cluster.update(resources.deployments, { ...live, spec });
  else
    parts.create(resources.deployments, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "site" },
      spec,
    });
}

const answers = (version: string): Promise<true> =>
  until(
    async () => (await ask(parts.gateway, host)).text === version && (true as const),
    `version ${version}`,
  );

beforeAll(async () => {
  parts.create(resources.services, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "site" },
    spec: { selector: { app: "site" }, ports: [{ name: "http", port: 8000, targetPort: "http" }] },
  });
  const backend = (name: string): object => ({ service: { name, port: { name: "http" } } });
  parts.create(resources.ingresses, {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "site" },
    spec: {
      rules: [
        {
          host: "learn.example.org",
          http: { paths: [{ path: "/", pathType: "Prefix", backend: backend("site") }] },
        },
        {
          host: "lost.example.org",
          http: { paths: [{ path: "/", pathType: "Prefix", backend: backend("nobody") }] },
        },
      ],
    },
  });
  expect((await ask(parts.gateway, host)).status).toBe(503);
  deploySite("1");
  await answers("1");
});

test("a host is reached under its own name and under .localhost, and the Ingress says where", async () => {
  expect((await ask(parts.gateway, "learn.example.org")).text).toBe("1");
  expect(parts.gateway.url("learn.example.org")).toBe(
    `http://learn.example.org.localhost:${parts.gateway.port}`,
  );
  const { status } = parts.cluster.get(resources.ingresses, namespace, "site") as Ingress;
  expect(status?.loadBalancer?.ingress?.[0]?.hostname).toBe("localhost");
});

test("the pod is told who asked and for what, whatever the visitor claims", async () => {
  const forged = {
    "x-forwarded-for": "6.6.6.6",
    "x-forwarded-host": "evil",
    "x-forwarded-proto": "https",
    forwarded: "for=6",
  };
  const { text } = await ask(parts.gateway, host, "/headers", forged);
  const headers = JSON.parse(text) as Record<string, string>;
  expect(headers).toMatchObject({
    host,
    "x-forwarded-host": host,
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-proto": "http",
  });
  expect(headers["forwarded"]).toBeUndefined();
});

test("an unknown host is told which there are, in text or HTML; a browser's page escapes what it was asked", async () => {
  const plain = await ask(parts.gateway, "nowhere.test");
  expect(plain.status).toBe(404);
  expect(plain.text).toContain(`http://learn.example.org.localhost:${parts.gateway.port}`);
  const page = await ask(parts.gateway, "<b>.test", "/", { accept: "text/html" });
  expect(page.headers["content-type"]).toContain("text/html");
  expect(page.text).toContain("&lt;b&gt;.test");
});

test("without a ready pod the answer is 503, says why, and when to come back", async () => {
  const { status, text, headers } = await ask(parts.gateway, "lost.example.org");
  expect(status).toBe(503);
  expect(text).toContain(`Service ${namespace}/nobody, which does not exist`);
  expect(headers["retry-after"]).toBe("2");
});

test("a body goes up and down in pieces, without being held back", async () => {
  const upload = request({
    host: "127.0.0.1",
    port: parts.gateway.port,
    method: "POST",
    headers: { host },
    agent: false,
  });
  upload.write("first ");
  const [response] = (await once(upload, "response")) as [IncomingMessage];
  response.setEncoding("utf8");
  const [first] = (await once(response, "data")) as [string];
  expect(first).toBe("first ");
  upload.end("second");
  let rest = "";
  for await (const piece of response) rest += String(piece);
  expect(rest).toBe("second");
});

test("a websocket handshake and its bytes pass both ways", async () => {
  const socket = connect(parts.gateway.port, "127.0.0.1");
  socket.setEncoding("utf8");
  socket.write(`GET /ws HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
  const [head] = (await once(socket, "data")) as [string];
  expect(head).toMatch(/^HTTP\/1.1 101 /);
  socket.write("ping");
  expect(((await once(socket, "data")) as [string])[0]).toBe("ping");
  socket.destroy();
});

test("a rolling update fails no request", async () => {
  const statuses = new Map<string, number>();
  let stop = false;
  const visitor = async (): Promise<void> => {
    while (!stop) {
      const { status, text } = await ask(parts.gateway, host, "/?ms=20").catch((error: Error) => ({
        status: 0,
        text: error.message,
      }));
      const key = status === 200 ? `200 ${text}` : `${status} ${text}`;
      statuses.set(key, (statuses.get(key) ?? 0) + 1);
    }
  };
  const visitors = Array.from({ length: 6 }, visitor);
  deploySite("2");
  await until(() => {
    const { status } = parts.cluster.get(resources.deployments, namespace, "site") as Deployment;
    const done = status?.updatedReplicas === 2 && status.replicas === 2 && status.readyReplicas === 2;
    return done && status.observedGeneration === 2;
  }, "the rollout to end");
  stop = true;
  await Promise.all(visitors);
  expect([...statuses.keys()].sort()).toEqual(["200 1", "200 2"]);
});

test("a port that was asked for and is taken is refused; one that was not gives way to the next free one", async () => {
  const cluster = memoryCluster();
  const index = startEndpointIndex(cluster);
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const taken = (other.address() as { port: number }).port;
  const dataDir = scratchFolder();
  const log = (): void => undefined;
  try {
    await expect(startGateway({ cluster, index, dataDir, log, port: taken })).rejects.toThrow(
      /choose another with --port/,
    );
    await new Promise((done) => other.close(done));
    const asked = await startGateway({ cluster, index, dataDir, log, port: taken });
    await asked.stop();
    const again = createServer().listen(taken, "127.0.0.1");
    await once(again, "listening");
    const moved = await startGateway({ cluster, index, dataDir, log });
    expect(moved.port).toBeGreaterThan(taken);
    await moved.stop();
    const same = await startGateway({ cluster, index, dataDir, log });
    expect(same.port).toBe(moved.port);
    await same.stop();
    again.close();
  } finally {
    removeScratch(dataDir);
  }
});

test("stopping lets a request in flight end, and refuses an upgrade that comes meanwhile", async () => {
  const slow = ask(parts.gateway, host, "/?ms=400");
  const late = connect({ port: parts.gateway.port, host: "127.0.0.1", allowHalfOpen: true });
  late.setEncoding("utf8");
  // Half of a request: the connection is in use, and its client never leaves by itself.
  late.write(`GET /ws HTTP/1.1\r\nHost: ${host}\r\n`);
  await sleep(100);
  const from = Date.now();
  const stopped = parts.gateway.stop(1_000).then(() => "stopped");
  late.write("Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  expect(((await once(late, "data")) as [string])[0]).toMatch(/^HTTP\/1.1 503 /);
  expect((await slow).status).toBe(200);
  expect(await Promise.race([stopped, sleep(5_000, "waiting for a client")])).toBe("stopped");
  expect(Date.now() - from).toBeLessThan(3_000);
  late.destroy();
  await expect(ask(parts.gateway, host)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});
