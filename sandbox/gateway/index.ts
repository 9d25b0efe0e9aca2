// The gateway: `http://<hostname>.localhost:<port>` leads to the pods behind the Ingress that names the hostname.
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Cluster } from "../cluster.ts";
import { settlesWithin } from "../node/patience.ts";
import type { EndpointIndex, Target } from "../workloads/endpoint-index.ts";
import type { Log } from "../workloads/loop.ts";
import { canonical } from "../workloads/meta.ts";
import type { Ingress } from "../workloads/objects.ts";
import { resources } from "../workloads/objects.ts";
import type { ForwardFailure } from "./forward.ts";
import { Connections, forward, forwardUpgrade } from "./forward.ts";
import type { ErrorPage } from "./pages.ts";
import { answerOnSocket, answerPage } from "./pages.ts";
import { openPort } from "./port.ts";
import type { Backend, RouteTable } from "./routes.ts";
import { knownHosts, localUrl, route, routeTable } from "./routes.ts";

export interface GatewayOptions {
  cluster: Cluster;
  index: EndpointIndex;
  dataDir: string;
  /** Refused when it is taken; without it the remembered or the next free one is used. */
  port?: number;
  log: Log;
}

export interface Gateway {
  readonly port: number;
  /** The address of a hostname on this machine, without a trailing slash. */
  url(hostname: string): string;
  /** Takes no more connections; requests in flight have `withinMs` to end. */
  stop(withinMs?: number): Promise<void>;
}

const drainMs = 3_000;

const closing: ErrorPage = {
  status: 503,
  title: "Service Unavailable",
  text: "The sandbox is stopping.",
};

/** Opens the gateway's port and serves every Ingress, of whatever class: it is the only gateway there is. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { cluster, index, log } = options;
  const connections = new Connections();
  const sockets = new Set<Socket>();
  const upgraded = new Set<Socket>();
  let stopping = false;
  let table: RouteTable | undefined;
  let turn = 0;

  const routes = (): RouteTable => (table ??= routeTable(cluster.list(resources.ingresses) as Ingress[]));

  const pathOf = (request: IncomingMessage): string => {
    const path = (request.url ?? "/").replace(/[?#].*$/s, "");
    return path.startsWith("/") ? path : URL.canParse(path) ? new URL(path).pathname : "/";
  };

  /** The endpoints to try for a request, at most two; or what to say instead. */
  const choose = (request: IncomingMessage): { targets: Target[] } | { page: ErrorPage } => {
    const result = route(routes(), request.headers.host, pathOf(request));
    if (result.found !== "backend") return { page: notFound(result.found, request) };
    const { namespace, service, port } = result.backend;
    const ready = index.targets(namespace, service, port);
    turn += 1;
    const first = ready[turn % ready.length];
    if (first === undefined) return { page: unavailable(result.backend) };
    // A single endpoint is tried twice: it may have been about to listen again.
    return { targets: [first, ready[(turn + 1) % ready.length] ?? first] };
  };

  const notFound = (found: "host" | "nothing", request: IncomingMessage): ErrorPage => {
    const links = knownHosts(routes()).map((host) => localUrl(host, port));
    if (found === "host") {
      return {
        status: 404,
        title: "Not Found",
        text: `No Ingress has a rule for ${pathOf(request)} on ${request.headers.host}.`,
      };
    }
    const text =
      links.length === 0
        ? "There is no Ingress in this cluster yet."
        : `No Ingress names the host ${request.headers.host ?? "(none)"}. These hosts are known:`;
    return { status: 404, title: "Not Found", text, links };
  };

  const unavailable = ({ namespace, service, port: asked }: Backend): ErrorPage => {
    const there = index.service(namespace, service);
    const text =
      there === undefined
        ? `The Ingress leads to Service ${namespace}/${service}, which does not exist.`
        : `No pod of Service ${namespace}/${service} is ready on port ${asked}. It may be starting; ` +
          `"kubectl -n ${namespace} get pods" shows how far it is.`;
    return { status: 503, title: "Service Unavailable", text, retrySeconds: 2 };
  };

  const badGateway = (failure: ForwardFailure): ErrorPage => ({
    status: 502,
    title: "Bad Gateway",
    text: `The pod behind this address did not answer: ${failure.error.message}.`,
    retrySeconds: 2,
  });

  const attempts = async (
    request: IncomingMessage,
    send: (target: Target) => Promise<ForwardFailure | undefined>,
  ): Promise<ErrorPage | undefined> => {
    const chosen = choose(request);
    if ("page" in chosen) return chosen.page;
    let failure: ForwardFailure | undefined;
    for (const target of chosen.targets) {
      failure = await send(target);
      if (failure === undefined) return undefined;
      if (!failure.retry) break;
    }
    return failure && badGateway(failure);
  };

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const send = (target: Target): Promise<ForwardFailure | undefined> =>
      forward(request, response, target, connections.agent(target));
    void attempts(request, send).then((page) => {
      if (page && !response.headersSent && !response.destroyed) answerPage(request, response, page);
    });
  };

  const onConnection = (socket: Socket): void => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  };

  const onUpgrade = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    socket.on("error", () => socket.destroy());
    // It would have no end.
    if (stopping) return answerOnSocket(request, socket, closing);
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
    void attempts(request, (target) => forwardUpgrade(request, socket, head, target)).then((page) => {
      if (page && !socket.destroyed) answerOnSocket(request, socket, page);
    });
  };

  const make = (): Server => {
    // Uploads and long polls take the time they take; the site behind sets its own limits.
    const server = createServer({ requestTimeout: 0, keepAliveTimeout: 65_000, noDelay: true }, onRequest);
    server.on("connection", onConnection);
    server.on("upgrade", onUpgrade);
    return server;
  };

  const { port, servers } = await openPort(options.dataDir, options.port, make);

  const announce = (ingress: Ingress): void => {
    const status = {
      loadBalancer: { ingress: [{ hostname: "localhost", ports: [{ port, protocol: "TCP" }] }] },
    };
    if (canonical(ingress.status) === canonical(status)) return;
    try {
      cluster.updateStatus(resources.ingresses, { ...ingress, status });
    } catch (error) {
      // Changed or gone meanwhile: its next event brings us here again.
      log(`gateway: the status of Ingress ${ingress.metadata.name} was not written: ${String(error)}`);
    }
  };
  const stopWatching = cluster.watch(resources.ingresses, ({ type, object }) => {
    table = undefined;
    if (type !== "DELETED") announce(object as Ingress);
  });
  let looking: NodeJS.Immediate | undefined;
  const stopListening = index.onChange(() => {
    looking ??= setImmediate(dropDeparted);
  });

  /** A pod on its way out closes its connections; ours to it must not be used again. */
  function dropDeparted(): void {
    looking = undefined;
    const live = new Set<string>();
    for (const list of routes().byHost.values()) {
      for (const { backend } of list) for (const key of keysOf(backend)) live.add(key);
    }
    const { fallback } = routes();
    if (fallback) for (const key of keysOf(fallback)) live.add(key);
    connections.keepOnly((key) => live.has(key));
  }

  function keysOf({ namespace, service, port: wanted }: Backend): string[] {
    return index.targets(namespace, service, wanted).map((target) => `${target.host}:${target.port}`);
  }

  return {
    port,
    url: (hostname) => localUrl(hostname, port),
    async stop(withinMs = drainMs) {
      stopping = true;
      stopWatching();
      stopListening();
      clearImmediate(looking);
      const closed = Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
      for (const server of servers) server.closeIdleConnections();
      for (const socket of upgraded) socket.destroy();
      await settlesWithin(closed, withinMs);
      // Whatever they have become: the servers themselves know of connections that speak HTTP only.
      for (const socket of sockets) socket.destroy();
      connections.close();
      await closed;
    },
  };
}
