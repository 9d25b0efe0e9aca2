// Stands between a client and the API server and remembers what was asked: whose requests they are is beyond doubt.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { loadAccess } from "../../../controller/engine/index.ts";

export interface CountingProxy {
  /** Leads through the proxy, which holds the credentials. */
  readonly kubeconfig: string;
  /** Requests so far, as `METHOD /path`. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Starts a proxy to the API server of a kubeconfig on a port of this machine. */
export async function countingProxy(kubeconfig: string): Promise<CountingProxy> {
  const access = await loadAccess({ kubeconfig });
  const tls = await access.tls();
  const server = new URL(access.server);
  const agent = new Agent({ keepAlive: true });
  const requests: string[] = [];

  const forward = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    requests.push(`${incoming.method} ${incoming.url}`);
    const headers = { ...incoming.headers, ...(await access.headers()), host: server.host };
    const upstream = request(new URL(incoming.url ?? "/", server), {
      ...tls,
      agent,
      headers,
      ...(incoming.method !== undefined && { method: incoming.method }),
    });
    // A watch that is given up on one side ends on the other.
    outgoing.on("close", () => upstream.destroy());
    upstream.on("error", () => outgoing.destroy());
    upstream.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      pipeline(answer, outgoing, () => {});
    });
    pipeline(incoming, upstream, () => {});
  };
  const listener = createServer((incoming, outgoing) => void forward(incoming, outgoing));
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");

  const folder = mkdtempSync(join(tmpdir(), "provost-proxy-"));
  const file = join(folder, "kubeconfig");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "proxy", cluster: { server: `http://127.0.0.1:${address.port}` } }],
    users: [{ name: "anybody", user: {} }],
    contexts: [{ name: "proxy", context: { cluster: "proxy", user: "anybody" } }],
    "current-context": "proxy",
  };
  writeFileSync(file, JSON.stringify(config));
  return {
    kubeconfig: file,
    requests,
    async close() {
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
      agent.destroy();
      rmSync(folder, { recursive: true });
    },
  };
}
