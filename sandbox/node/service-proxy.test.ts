// Service addresses: they answer, follow the endpoints, wait a little for the first one, and stay the same.
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Service } from "../workloads/objects.ts";
import { resources } from "../workloads/objects.ts";
import { isReady } from "../workloads/pods.ts";
import { proxiedPorts } from "./service-proxy.ts";
import type { Parts } from "./testing.ts";
import {
  aPodOf,
  namespace,
  removeScratch,
  scratchFolder,
  scriptImage,
  startParts,
  until,
} from "./testing.ts";

/** Says its name and what it hears, to everybody who connects. */
const echo = scriptImage(
  "echo",
  `require("node:net").createServer({ allowHalfOpen: true }, (socket) => {
     socket.on("error", () => {});
     socket.write(process.env.HOSTNAME + ":");
     socket.pipe(socket);
   }).listen(5432, process.env.POD_IP);`,
);
const shout = scriptImage(
  "shout",
  `console.log(process.argv.slice(1).join(" ")); setInterval(() => {}, 1e6);`,
);

const folder = scratchFolder();
let parts: Parts;
beforeAll(async () => {
  parts = await startParts(folder, [echo, shout]);
});
afterAll(async () => {
  await parts.stop();
  removeScratch(folder);
});

const service = (name: string, spec: Partial<Service["spec"]> = {}): Service =>
  parts.create(resources.services, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ name: "tcp", port: 7000, targetPort: "tcp" }], ...spec },
  }) as Service;

const echoPod = (name: string, app: string): void =>
  void parts.create(
    resources.pods,
    aPodOf(
      name,
      {
        image: "echo",
        ports: [{ name: "tcp", containerPort: 5432 }],
        readinessProbe: { tcpSocket: { port: "tcp" }, periodSeconds: 5 },
      },
      { terminationGracePeriodSeconds: 1 },
      { app },
    ),
  );

const once = (host: string, port: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let heard = "";
    const socket = connect({ host, port }, () => socket.end(text));
    socket.setEncoding("utf8");
    socket.on("data", (piece: string) => (heard += piece));
    socket.on("end", () => resolve(heard));
    socket.on("error", reject);
  });

/** What the other side sends until it ends; rejects when the connection is reset. Listening takes a moment. */
const talk = (host = "", port: number, text: string): Promise<string> =>
  until(
    () =>
      once(host, port, text).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ECONNREFUSED") return undefined;
        throw error;
      }),
    `an answer from ${host}:${port}`,
  );

const said = (pod: string): Promise<string> =>
  until(async () => (await parts.log(pod).catch(() => "")) || undefined, `a line in the log of ${pod}`);

const ready = (name: string): Promise<true> =>
  until(() => {
    const pod = parts.pod(name);
    return pod !== undefined && isReady(pod) && (true as const);
  }, `${name} to be ready`);

test("connections go to the ready pods in turn", async () => {
  const { clusterIP } = service("turns").spec;
  echoPod("turns-a", "turns");
  echoPod("turns-b", "turns");
  await Promise.all([ready("turns-a"), ready("turns-b")]);
  const answers = await Promise.all(Array.from({ length: 8 }, () => talk(clusterIP, 7000, "hello")));
  expect(answers.filter((answer) => answer === "turns-a:hello")).toHaveLength(4);
  expect(answers.filter((answer) => answer === "turns-b:hello")).toHaveLength(4);
  parts.cluster.delete(resources.pods, namespace, "turns-a");
  await until(() => parts.index.targets(namespace, "turns", "tcp").length === 1, "one endpoint");
  const later = await Promise.all(Array.from({ length: 4 }, () => talk(clusterIP, 7000, "hi")));
  expect(new Set(later)).toEqual(new Set(["turns-b:hi"]));
});

test("a client that comes before its server is connected when the server is ready", async () => {
  const { clusterIP } = service("early").spec;
  const answer = talk(clusterIP, 7000, "first");
  echoPod("early-a", "early");
  expect(await answer).toBe("early-a:first");
});

test("with no server at all a client is turned away within seconds", async () => {
  const { clusterIP } = service("nobody").spec;
  await expect(talk(clusterIP, 7000, "hello?")).rejects.toMatchObject({ code: "ECONNRESET" });
});

test("a Service made again has its old address, and so has a headless one of that name", () => {
  const { clusterIP } = service("again").spec;
  parts.cluster.delete(resources.services, namespace, "again");
  service("other");
  expect(service("again").spec.clusterIP).toBe(clusterIP);
});

test("a headless Service's name leads to its pods, on their own port too", async () => {
  const made = service("quiet", {
    clusterIP: "None",
    ports: [{ name: "tcp", port: 7001, targetPort: 5432 }],
  });
  expect(made.spec.clusterIP).toBe("None");
  echoPod("quiet-0", "quiet");
  await ready("quiet-0");
  parts.create(
    resources.pods,
    aPodOf("asks-quiet", {
      image: "shout",
      args: [`quiet.${namespace}.svc`, `quiet-0.quiet.${namespace}.svc`],
    }),
  );
  const log = await said("asks-quiet");
  const [byService, byPod] = log.trim().split(" ");
  expect(byPod).toBe(parts.pod("quiet-0")?.status?.podIP);
  expect(await talk(byService, 5432, "x")).toBe("quiet-0:x");
  expect(await talk(byService, 7001, "x")).toBe("quiet-0:x");
});

test("a container that names a Service waits until it exists", async () => {
  parts.create(
    resources.pods,
    aPodOf("asks-late", { image: "shout", args: [`tcp://late.${namespace}.svc:80/`] }),
  );
  const waiting = await until(() => {
    const state = parts.status("asks-late")?.state.waiting;
    return state?.message !== undefined && state;
  }, "a reason");
  expect(waiting.reason).toBe("CreateContainerConfigError");
  expect(waiting.message).toContain(`no Service answers to "late.${namespace}.svc"`);
  const { clusterIP } = service("late").spec;
  const log = await said("asks-late");
  expect(log).toContain(`tcp://${clusterIP}:80/`);
});

test("an address from elsewhere is refused with a remedy", () => {
  expect(() => service("foreign", { clusterIP: "10.0.0.1" })).toThrow(/leave the field out to be given one/);
});

test("only TCP ports are listened on", () => {
  const ports = [
    { name: "dns", port: 53, protocol: "UDP" },
    { name: "web", port: 80, targetPort: 8080 },
  ];
  const made = { apiVersion: "v1", kind: "Service", metadata: { name: "x" }, spec: { ports } } as Service;
  expect([...proxiedPorts(made)]).toEqual([[80, "web"]]);
});
