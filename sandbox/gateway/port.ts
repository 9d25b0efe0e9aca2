// The port of the gateway: asked for, remembered from the last time, or the first free one from 8080 on.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { writeWhole } from "../node/files.ts";

const usualPort = 8080;
const triedPorts = 100;
/** Browsers lead `*.localhost` to either of them. */
const addresses = ["127.0.0.1", "::1"];

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Listens on every loopback address there is; undefined when another program has the port on one of them. */
async function listenOn<S extends Server>(port: number, make: () => S): Promise<S[] | undefined> {
  const servers: S[] = [];
  let chosen = port;
  for (const address of addresses) {
    const server = make();
    try {
      server.listen(chosen, address);
      await once(server, "listening");
      chosen = (server.address() as AddressInfo).port;
      servers.push(server);
    } catch (error) {
      // A machine without IPv6 is fine.
      if (address === "::1" && ["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL"].includes(codeOf(error) ?? ""))
        continue;
      for (const opened of servers) opened.close();
      if (codeOf(error) === "EADDRINUSE" || codeOf(error) === "EACCES") return undefined;
      throw error;
    }
  }
  return servers;
}

function remembered(file: string): number | undefined {
  try {
    const { port } = JSON.parse(readFileSync(file, "utf8")) as { port?: unknown };
    return typeof port === "number" ? port : undefined;
  } catch {
    return undefined;
  }
}

export interface OpenPort<S extends Server> {
  port: number;
  servers: S[];
}

/**
 * Listens with servers made by `make`. A port somebody asked for has to be free; otherwise the next free one after
 * the remembered or usual one will do, and is remembered in `dataDir`, so that addresses stay the same.
 */
export async function openPort<S extends Server>(
  dataDir: string,
  asked: number | undefined,
  make: () => S,
): Promise<OpenPort<S>> {
  const file = join(dataDir, "gateway.json");
  const first = asked ?? remembered(file) ?? usualPort;
  for (let port = first; port < first + triedPorts && port < 65_536; port += 1) {
    const servers = await listenOn(port, make);
    const [server] = servers ?? [];
    if (servers !== undefined && server !== undefined) {
      const opened = (server.address() as AddressInfo).port;
      writeWhole(file, JSON.stringify({ port: opened }), 0o644);
      return { port: opened, servers };
    }
    if (asked !== undefined) {
      throw new Error(
        `port ${asked} cannot be opened on 127.0.0.1: it is in use by another program, or below 1024 and reserved; ` +
          `choose another with --port, or leave --port out to have a free one chosen`,
      );
    }
  }
  throw new Error(
    `no port from ${first} to ${first + triedPorts - 1} is free on 127.0.0.1; choose one with --port`,
  );
}
