// Service addresses that answer: for every port of every Service a listener on its address, which hands each TCP
// connection to a ready endpoint, in turn.
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import type { Cluster } from "../cluster.ts";
import type { EndpointIndex, Target } from "../workloads/endpoint-index.ts";
import type { Log } from "../workloads/loop.ts";
import { keyOf } from "../workloads/meta.ts";
import type { Service } from "../workloads/objects.ts";
import { resources } from "../workloads/objects.ts";
import type { Network } from "./addresses.ts";
import { serviceAddress } from "./service-addresses.ts";

export interface ServiceProxy {
  /** Ends every listener and connection. */
  stop(): Promise<void>;
}

/**
 * A connection waits this long for an endpoint to become ready before it is reset: a client and its server that start
 * together find each other at once, and nobody hangs on a server that is down.
 */
const patienceMs = 2_000;

interface Listening {
  server: Server;
  sockets: Set<Socket>;
}

/** The ports to listen on: a headless Service's name leads to its pods' own ports, so those answer too. */
export function proxiedPorts(service: Service): Map<number, string> {
  const ports = new Map<number, string>();
  const tcp = (service.spec.ports ?? []).filter(({ protocol }) => (protocol ?? "TCP") === "TCP");
  for (const { port, name } of tcp) ports.set(port, name ?? "");
  if (service.spec.clusterIP === "None") {
    for (const { targetPort, name } of tcp) {
      if (typeof targetPort === "number" && !ports.has(targetPort)) ports.set(targetPort, name ?? "");
    }
  }
  return ports;
}

/** Starts listening for the Services that exist and those to come. */
export function startServiceProxy(
  cluster: Cluster,
  network: Network,
  index: EndpointIndex,
  log: Log,
): ServiceProxy {
  /** By `address:port`. */
  const listening = new Map<string, Listening & { key: string }>();
  /** What each Service listens on, as `address:port/name`. */
  const known = new Map<string, Set<string>>();
  let turn = 0;
  let stopped = false;

  const ready = (service: string, port: string): readonly Target[] => {
    const slash = service.indexOf("/");
    return index.targets(service.slice(0, slash), service.slice(slash + 1), port);
  };

  /** The next ready endpoint, waited for; undefined when there is none in time or the client has gone. */
  const nextTarget = (service: string, port: string, client: Socket): Promise<Target | undefined> => {
    const pick = (): Target | undefined => {
      const targets = ready(service, port);
      return targets[turn++ % targets.length];
    };
    const now = pick();
    if (now !== undefined) return Promise.resolve(now);
    return new Promise((resolve) => {
      const finish = (target: Target | undefined): void => {
        clearTimeout(timer);
        off();
        client.off("close", gone);
        resolve(target);
      };
      const gone = (): void => finish(undefined);
      const timer = setTimeout(gone, patienceMs);
      const off = index.onChange(() => {
        const target = pick();
        if (target !== undefined) finish(target);
      });
      client.once("close", gone);
    });
  };

  const serve = async (
    service: string,
    port: string,
    client: Socket,
    sockets: Set<Socket>,
  ): Promise<void> => {
    client.on("error", () => client.destroy());
    const tries = Math.max(2, ready(service, port).length);
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const target = await nextTarget(service, port, client);
      if (target === undefined || client.destroyed) break;
      const upstream = await connected(target);
      if (upstream === undefined) continue;
      if (client.destroyed) return void upstream.destroy();
      sockets.add(upstream);
      upstream.once("close", () => sockets.delete(upstream));
      return join(client, upstream);
    }
    client.resetAndDestroy();
  };

  const listen = (key: string, address: string, port: number, name: string): void => {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
      sockets.add(client);
      client.once("close", () => sockets.delete(client));
      void serve(key, name, client, sockets);
    });
    server.on("error", (error) =>
      log(`service ${key} cannot listen on ${address}:${port}: ${error.message}`),
    );
    server.listen(port, address);
    listening.set(`${address}:${port}`, { key, server, sockets });
  };

  const close = (at: string, cut: boolean): void => {
    const found = listening.get(at);
    listening.delete(at);
    found?.server.close();
    // Connections outlive a port that is taken out of a Service, as they do in a cluster.
    if (cut) for (const socket of found?.sockets ?? []) socket.destroy();
  };

  const stopWatching = cluster.watch(resources.services, ({ type, object }) => {
    if (stopped) return;
    const service = object as Service;
    const key = keyOf(service);
    const wanted = new Map<string, () => void>();
    const address =
      service.spec.type === "ExternalName" ? undefined : serviceAddress(cluster, network, service);
    if (type !== "DELETED" && address !== undefined) {
      for (const [port, name] of proxiedPorts(service)) {
        wanted.set(`${address}:${port}/${name}`, () => listen(key, address, port, name));
      }
    }
    const kept = known.get(key) ?? new Set<string>();
    for (const at of kept) if (!wanted.has(at)) close(at.slice(0, at.indexOf("/")), false);
    for (const [at, begin] of wanted) if (!kept.has(at)) begin();
    known.set(key, new Set(wanted.keys()));
    if (wanted.size === 0) known.delete(key);
  });

  return {
    stop() {
      stopped = true;
      stopWatching();
      for (const at of [...listening.keys()]) close(at, true);
      return Promise.resolve();
    },
  };
}

function connected(target: Target): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: target.host, port: target.port, noDelay: true, allowHalfOpen: true });
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => resolve(undefined));
  });
}

/** Bytes both ways until both sides have ended; an error on one side ends the other. */
function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on("error", () => to.destroy());
    from.once("close", () => (from.errored === null && from.readableEnded ? to.end() : to.destroy()));
    from.pipe(to);
  }
}
