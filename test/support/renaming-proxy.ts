// Stands between a client and an API server and gives one API group another name, both ways, in paths and in bodies. So a
// CustomResourceDefinition can stand in for a built-in group, which no API server lets a definition have.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ClusterAccess } from "../../controller/engine/index.ts";

export interface RenamingProxy {
  /** Leads through the proxy, which holds the credentials. */
  readonly access: ClusterAccess;
  /** Ends every watch, as an API server does with those of a kind that goes. */
  endWatches(): void;
  close(): Promise<void>;
}

/**
 * @param name what the client calls the group
 * @param stored what the server calls it; longer, and nothing else contains it
 */
export async function renamingProxy(
  access: ClusterAccess,
  { name, stored }: { readonly name: string; readonly stored: string },
): Promise<RenamingProxy> {
  const tls = await access.tls();
  const server = new URL(access.server);
  const agent = new Agent({ keepAlive: true });
  const toServer = (words: string): string =>
    words.replaceAll(`/apis/${name}/`, `/apis/${stored}/`).replaceAll(`"${name}/`, `"${stored}/`);
  const toClient = (words: string): string => words.replaceAll(stored, name);

  const forward = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = toServer(Buffer.concat(chunks).toString("utf8"));
    const { "content-length": _length, "accept-encoding": _encoding, ...headers } = incoming.headers;
    const upstream = request(new URL(toServer(incoming.url ?? "/"), server), {
      ...tls,
      agent,
      method: incoming.method ?? "GET",
      headers: {
        ...headers,
        ...(await access.headers()),
        host: server.host,
        ...(chunks.length > 0 && { "content-length": Buffer.byteLength(body) }),
      },
    });
    // A watch that is given up on one side ends on the other.
    outgoing.on("close", () => upstream.destroy());
    upstream.on("error", () => outgoing.destroy());
    upstream.on("response", (answer) => {
      const { "content-length": _other, ...kept } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, kept);
      outgoing.flushHeaders();
      pipeline(answer, byLine(toClient), outgoing).catch(() => outgoing.destroy());
    });
    upstream.end(body);
  };
  const listener = createServer((incoming, outgoing) => {
    forward(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  return {
    access: {
      server: `http://127.0.0.1:${port}`,
      namespace: access.namespace,
      inCluster: false,
      tls: () => Promise.resolve({}),
      headers: () => Promise.resolve({}),
      invalidate: () => undefined,
    },
    endWatches: () => listener.closeAllConnections(),
    async close() {
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
      agent.destroy();
    },
  };
}

/** A watch is lines, and so is nothing else that is long: a name is never cut in two. */
function byLine(rename: (words: string) => string): Transform {
  let rest = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const all = Buffer.concat([rest, chunk]);
      const end = all.lastIndexOf("\n") + 1;
      rest = all.subarray(end);
      done(null, rename(all.subarray(0, end).toString("utf8")));
    },
    flush(done) {
      done(null, rename(rest.toString("utf8")));
    },
  });
}
