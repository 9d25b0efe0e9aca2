// A real HTTP server for the engine's own tests: lists, watches and writes of any kind, kept in memory, with faults on
// demand. It knows just enough of the Kubernetes protocol to break it in every way we care about.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { ClusterAccess } from "../client/access.ts";
import type { Live } from "../client/object.ts";

type Stored = Live & Record<string, unknown>;
type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
) => boolean | Promise<boolean>;

interface Change {
  readonly type: string;
  readonly object: Stored;
  readonly collection: string;
}

/** See the comment above. */
export class TinyApi {
  readonly access: ClusterAccess;
  /** `METHOD /path?query` of every request. */
  readonly requests: string[] = [];
  /** Sockets ever opened. */
  connections = 0;
  /** Tried in front of the server's own answers; true means: answered. */
  intercept: Handler | undefined;
  /** Versions older than this are gone. */
  compactedBelow = 0;
  readonly #server;
  readonly #sockets = new Set<Socket>();
  readonly #watches = new Map<ServerResponse, { collection: string }>();
  readonly #objects = new Map<string, Stored>();
  readonly #history: Change[] = [];
  readonly #lists = new Map<string, Stored[]>();
  #version = 10;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    this.access = {
      server: `http://127.0.0.1:${port}`,
      namespace: "default",
      inCluster: false,
      tls: () => Promise.resolve({}),
      headers: () => Promise.resolve({ authorization: "Bearer top-secret-token" }),
      invalidate: () => undefined,
    };
  }

  static async start(): Promise<TinyApi> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const api = new TinyApi(server);
    server.on("connection", (socket) => {
      api.connections++;
      api.#sockets.add(socket);
      socket.on("close", () => api.#sockets.delete(socket));
    });
    server.on("request", (request, response) => void api.#answer(request, response));
    return api;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get version(): number {
    return this.#version;
  }
  get openSockets(): number {
    return this.#sockets.size;
  }
  get openWatches(): number {
    return this.#watches.size;
  }
  count(prefix: string): number {
    return this.requests.filter((request) => request.startsWith(prefix)).length;
  }

  /** Creates or changes an object behind everybody's back; watches hear of it unless `silent`. */
  put(path: string, fields: object = {}, silent = false): Stored {
    const known = this.#objects.get(path);
    const [, namespace = "default", , name = ""] = /namespaces\/([^/]+)\/([^/]+)\/(.+)$/.exec(path) ?? [];
    const object = {
      ...known,
      ...fields,
      metadata: {
        ...known?.metadata,
        ...(fields as Partial<Stored>).metadata,
        name,
        namespace,
        uid: known?.metadata.uid ?? randomUUID(),
        resourceVersion: String(++this.#version),
      },
    } as Stored;
    this.#objects.set(path, object);
    this.#tell({ type: known ? "MODIFIED" : "ADDED", object, collection: collectionOf(path) }, silent);
    return object;
  }

  remove(path: string, silent = false): void {
    const known = this.#objects.get(path);
    if (known === undefined) return;
    this.#objects.delete(path);
    const object = {
      ...known,
      metadata: { ...known.metadata, resourceVersion: String(++this.#version) },
    } as Stored;
    this.#tell({ type: "DELETED", object, collection: collectionOf(path) }, silent);
  }

  get(path: string): Stored | undefined {
    return this.#objects.get(path);
  }

  /** Writes bytes into every open watch. */
  sendRaw(text: string | Buffer): void {
    for (const response of this.#watches.keys()) response.write(text);
  }
  /** Ends every watch as a server does that has had enough. */
  endWatches(): void {
    for (const response of this.#watches.keys()) response.end();
    this.#watches.clear();
  }
  /** Resets the connection of every watch. */
  resetWatches(): void {
    for (const response of this.#watches.keys()) response.socket?.resetAndDestroy();
    this.#watches.clear();
  }
  bookmark(): void {
    this.sendRaw(
      `${JSON.stringify({ type: "BOOKMARK", object: { metadata: { resourceVersion: String(this.#version) } } })}\n`,
    );
  }

  #tell(change: Change, silent: boolean): void {
    this.#history.push(change);
    if (silent) return;
    for (const [response, watch] of this.#watches)
      if (watch.collection === change.collection) writeEvent(response, change);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
    let body = "";
    for await (const chunk of request) body += String(chunk);
    if (await this.intercept?.(request, response, body)) return;
    const url = new URL(request.url ?? "/", "http://x");
    if (url.searchParams.has("watch")) this.#watch(url, response);
    else if (request.method === "GET") this.#get(url, response);
    else this.#write(request, url, response, body);
  }

  #get(url: URL, response: ServerResponse): void {
    const object = this.#objects.get(url.pathname);
    if (object) {
      json(response, 200, object);
      return;
    }
    const items = [...this.#objects]
      .filter(([path]) => collectionOf(path) === collectionOf(`${url.pathname}/x`))
      .map(([, found]) => found);
    const last = url.pathname.split("/").at(-1) ?? "";
    if (items.length === 0 && !/s$/.test(last)) {
      status(response, 404, "NotFound", `${url.pathname} not found`);
      return;
    }
    const limit = Number(url.searchParams.get("limit") ?? 0) || Infinity;
    const token = url.searchParams.get("continue");
    const rest = token === null ? items : (this.#lists.get(token) ?? []);
    const next = rest.length > limit ? randomUUID() : undefined;
    if (next !== undefined) this.#lists.set(next, rest.slice(limit));
    json(response, 200, {
      kind: "List",
      metadata: { resourceVersion: String(this.#version), ...(next && { continue: next }) },
      items: rest.slice(0, limit),
    });
  }

  #watch(url: URL, response: ServerResponse): void {
    const since = Number(url.searchParams.get("resourceVersion"));
    const collection = collectionOf(`${url.pathname}/x`);
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    if (since < this.compactedBelow) {
      response.end(
        `${JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" } })}\n`,
      );
      return;
    }
    for (const change of this.#history) {
      if (change.collection === collection && Number(change.object.metadata.resourceVersion) > since)
        writeEvent(response, change);
    }
    this.#watches.set(response, { collection });
    response.on("close", () => this.#watches.delete(response));
  }

  #write(request: IncomingMessage, url: URL, response: ServerResponse, body: string): void {
    const given = (body === "" ? {} : JSON.parse(body)) as Partial<Stored>;
    const path = (
      request.method === "POST" ? `${url.pathname}/${given.metadata?.name ?? ""}` : url.pathname
    ).replace(/\/status$/, "");
    const known = this.#objects.get(path);
    const asked = given.metadata?.resourceVersion;
    if (request.method === "POST" && known) status(response, 409, "AlreadyExists", "exists");
    else if (
      request.method !== "POST" &&
      request.headers["content-type"] !== "application/apply-patch+yaml" &&
      !known
    )
      status(response, 404, "NotFound", "not found");
    else if (asked !== undefined && asked !== known?.metadata.resourceVersion)
      status(response, 409, "Conflict", "the object has been modified");
    else if (request.method === "DELETE") {
      this.remove(path);
      json(response, 200, { kind: "Status", status: "Success" });
    } else json(response, known ? 200 : 201, this.put(path, given));
  }
}

/** Answers with a Kubernetes Status. */
export function status(
  response: ServerResponse,
  code: number,
  reason: string,
  message: string,
  headers: Record<string, string> = {},
  details?: object,
): void {
  response.writeHead(code, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify({ kind: "Status", apiVersion: "v1", code, reason, message, details }));
}

/** Answers with JSON. */
export function json(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** `/api/v1/namespaces/default/configmaps/a` and `/api/v1/configmaps/a` are of the same collection. */
function collectionOf(path: string): string {
  return path.replace(/\/namespaces\/[^/]+(?=\/[^/]+\/)/, "").replace(/\/[^/]+$/, "");
}

function writeEvent(response: ServerResponse, { type, object }: Change): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}
