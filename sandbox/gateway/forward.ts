// One request to a backend and its answer back: streams both ways, headers as a proxy must set them, connections kept
// alive per endpoint and dropped when the endpoint leaves.
import { Agent, request as httpRequest } from "node:http";
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Target } from "../workloads/endpoint-index.ts";

/** Concern one connection only (RFC 9110, 7.6.1): not passed on. */
const hopByHop = [
  "connection",
  // Answered here already: the body is on its way.
  "expect",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
];
/** Ours to say: whatever a client put there is forged. */
const forwarding = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-forwarded-prefix",
  "x-forwarded-server",
  "x-original-host",
  "x-real-ip",
];

/** The headers of a message without those of its connection. */
export function endToEnd(headers: IncomingHttpHeaders, also: readonly string[] = []): IncomingHttpHeaders {
  const named = (headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  const dropped = new Set([...hopByHop, ...also, ...named]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}

/** What a backend is sent: the visitor's own Host, and who asked, as the only hop in between knows it. */
export function requestHeaders(request: IncomingMessage): IncomingHttpHeaders {
  const { headers, socket } = request;
  const body = headers["transfer-encoding"] === undefined ? {} : { "transfer-encoding": "chunked" };
  return {
    ...endToEnd(headers, forwarding),
    ...body,
    "x-forwarded-for": (socket.remoteAddress ?? "").replace(/^::ffff:/, ""),
    "x-forwarded-host": headers.host ?? "",
    "x-forwarded-proto": "http",
    "x-forwarded-port": String(socket.localPort ?? ""),
  };
}

/** Kept-alive connections, an agent for each endpoint. */
export class Connections {
  readonly #agents = new Map<string, Agent>();

  agent({ host, port }: Target): Agent {
    const key = `${host}:${port}`;
    let agent = this.#agents.get(key);
    if (agent === undefined) {
      // Shorter than the 5 s after which a Node server drops an idle connection by default: ours goes first.
      agent = new Agent({ keepAlive: true, maxFreeSockets: 32, timeout: 4_000, scheduling: "lifo" });
      this.#agents.set(key, agent);
    }
    return agent;
  }

  /** Ends idle connections to endpoints that are not `wanted` any more; busy ones end with their request. */
  keepOnly(wanted: (key: string) => boolean): void {
    for (const [key, agent] of this.#agents) {
      if (wanted(key)) continue;
      this.#agents.delete(key);
      for (const sockets of Object.values(agent.freeSockets))
        for (const socket of sockets ?? []) socket.destroy();
      agent.maxFreeSockets = 0;
    }
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }
}

export type ForwardFailure =
  /** Nothing of the request has reached the backend, or it may safely be sent twice. */
  { retry: true; error: Error } | { retry: false; error: Error };

const repeatable = new Set(["GET", "HEAD", "OPTIONS"]);

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";

function open(request: IncomingMessage, target: Target, agent: Agent | undefined): ClientRequest {
  const upgrade = agent === undefined;
  return httpRequest({
    host: target.host,
    port: target.port,
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers: {
      ...requestHeaders(request),
      ...(upgrade && { connection: "upgrade", upgrade: request.headers.upgrade ?? "" }),
    },
    ...(agent === undefined ? { agent: false } : { agent }),
    setHost: false,
  });
}

/** Calls back when the request's connection is made, at once when it is one that was kept alive. */
function whenConnected(outgoing: ClientRequest, then: (socket: Socket) => void): void {
  outgoing.once("socket", (socket) => {
    if (socket.connecting) socket.once("connect", () => then(socket));
    else then(socket);
  });
}

/**
 * Sends the request on and the answer back. Resolves when the exchange is over, in whatever way the visitor sees it;
 * a failure is returned only while nothing has been answered.
 */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  agent: Agent,
): Promise<ForwardFailure | undefined> {
  return new Promise((resolve) => {
    const outgoing = open(request, target, agent);
    let connected = false;
    const leave = (): void => {
      if (!response.writableFinished) outgoing.destroy();
    };
    response.once("close", leave);
    const done = (failure?: ForwardFailure): void => {
      response.off("close", leave);
      resolve(failure);
    };
    whenConnected(outgoing, () => {
      connected = true;
      // Only now: until here the body could still go to another endpoint.
      if (hasBody(request)) request.pipe(outgoing);
      else outgoing.end();
    });
    outgoing.on("error", (error) => {
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return done();
      }
      // A kept-alive connection may be closed by the backend in the moment it is used again.
      const stale = outgoing.reusedSocket && repeatable.has(request.method ?? "") && !hasBody(request);
      done({ retry: !connected || stale, error });
    });
    outgoing.once("response", (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, endToEnd(incoming.headers));
      // Headers at once: an event stream may have nothing to say for a while.
      response.flushHeaders();
      incoming.pipe(response);
      incoming.once("error", () => response.destroy());
      incoming.once("aborted", () => response.destroy());
      response.once("close", () => done());
    });
  });
}

/** The same for an upgrade: after the backend has agreed, bytes both ways. Returns a failure before any answer. */
export function forwardUpgrade(
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
  target: Target,
): Promise<ForwardFailure | undefined> {
  return new Promise((resolve) => {
    const outgoing = open(request, target, undefined);
    let connected = false;
    const leave = (): void => void outgoing.destroy();
    socket.once("close", leave);
    whenConnected(outgoing, () => {
      connected = true;
      outgoing.end();
    });
    outgoing.on("error", (error) => {
      socket.off("close", leave);
      resolve({ retry: !connected, error });
    });
    outgoing.once("upgrade", (answer, upstream, first) => {
      socket.write(statusHead(answer));
      if (first.length > 0) socket.write(first);
      if (head.length > 0) upstream.write(head);
      for (const [from, to] of [
        [socket, upstream],
        [upstream, socket],
      ] as const) {
        from.on("error", () => to.destroy());
        from.once("close", () => to.destroy());
        from.pipe(to);
      }
      socket.once("close", () => resolve(undefined));
    });
    // The backend does not want to: its answer is the visitor's.
    outgoing.once("response", (answer) => {
      socket.write(statusHead(answer, "close"));
      answer.pipe(socket);
      answer.once("error", () => socket.destroy());
      socket.once("close", () => resolve(undefined));
    });
  });
}

function statusHead(answer: IncomingMessage, connection?: "close"): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage ?? ""}`];
  for (let at = 0; at < answer.rawHeaders.length; at += 2) {
    const name = answer.rawHeaders[at] ?? "";
    const framing = ["connection", "transfer-encoding", "keep-alive"].includes(name.toLowerCase());
    if (connection === undefined || !framing) lines.push(`${name}: ${answer.rawHeaders[at + 1]}`);
  }
  if (connection !== undefined) lines.push(`connection: ${connection}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}
