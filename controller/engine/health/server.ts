// Serves /livez, /readyz and /metrics on plain HTTP.
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";

export interface HealthServerOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** Default: all addresses. */
  readonly host?: string | undefined;
  readonly registry: Registry;
  /** Named checks of readiness; one that throws or rejects says why not ready. */
  readonly ready: () => ReadonlyMap<string, () => void | Promise<void>>;
}

/** A running health server. */
export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts the server; rejects when the port is taken. */
export async function serveHealth(options: HealthServerOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    answer(options, request.url?.split("?", 1)[0] ?? "/", response).catch((error: unknown) => {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error));
    });
  });
  await listen(server, options.port, options.host);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(options: HealthServerOptions, path: string, response: ServerResponse): Promise<void> {
  switch (path) {
    case "/livez":
    case "/healthz":
      text(response, 200, "ok\n");
      return;
    case "/readyz": {
      const lines: string[] = [];
      let ok = true;
      for (const [name, check] of options.ready()) {
        try {
          await check();
          lines.push(`[+] ${name} ok`);
        } catch (error) {
          ok = false;
          lines.push(`[-] ${name}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      text(response, ok ? 200 : 503, `${lines.join("\n")}\n`);
      return;
    }
    case "/metrics": {
      // Read before anything is sent: a metric that fails must still be able to become a 500.
      const metrics = await options.registry.metrics();
      response.writeHead(200, { "content-type": options.registry.contentType }).end(metrics);
      return;
    }
    default:
      text(response, 404, "not found: try /livez, /readyz or /metrics\n");
  }
}

function text(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(body);
}

function listen(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
