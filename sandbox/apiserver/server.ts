// The HTTPS server: who asks, where to, and the end of it all. What is answered is in the handlers.
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import type { Log } from "./core.ts";
import type { RequestLabels, ServerMetrics } from "./metrics.ts";
import { handleOwnPath, isPublic, type OwnParts } from "./own-paths.ts";
import type { Pki } from "./pki.ts";
import { parseResourcePath, splitUrl } from "./request.ts";
import { handleResource, metricVerb, type Parts } from "./resource-handler.ts";
import { sendError, type Exchange } from "./respond.ts";
import { findReview, serveReview } from "./reviews.ts";
import { ApiError, unauthorized } from "./status.ts";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Longer than clients keep idle connections, so that it is they who close them. */
const keepAliveMs = 90_000;

export class HttpServer {
  readonly server: Server;
  readonly #parts: Parts;
  readonly #own: OwnParts;
  readonly #metrics: ServerMetrics;
  readonly #token: Buffer;
  readonly #log: Log;
  readonly #sockets = new Set<Socket>();
  #running = 0;
  #idle: (() => void) | undefined;

  constructor(pki: Pki, parts: Parts, own: OwnParts, log: Log) {
    this.#parts = parts;
    this.#own = own;
    this.#metrics = own.metrics;
    this.#token = digest(`Bearer ${pki.token}`);
    this.#log = log;
    this.server = createServer({ cert: pki.cert, key: pki.key, keepAlive: true }, (request, response) => {
      void this.#answer(request, response);
    });
    this.server.keepAliveTimeout = keepAliveMs;
    // A body that never ends must not hold its connection for ever.
    this.server.requestTimeout = 60_000;
    this.server.on("connection", (socket: Socket) => {
      // Node gives up on a handshake after two minutes, and knows a connection as its own only after it: a stop would
      // wait for a client that says nothing, and for one whose handshake ends while everything is being closed.
      if (!this.server.listening) {
        socket.destroy();
        return;
      }
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** Takes no new connections and waits for the requests under way; after `patienceMs` they are cut off. */
  async stop(patienceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    const finished = new Promise<void>((resolve) => {
      if (this.#running === 0) resolve();
      else this.#idle = resolve;
    });
    const patience = new Promise<void>((resolve) => setTimeout(resolve, patienceMs).unref());
    await Promise.race([finished, patience]);
    this.server.closeIdleConnections();
    // What was answered a moment ago may still be on its way to the client.
    await Promise.race([closed, new Promise<void>((resolve) => setTimeout(resolve, 50))]);
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#running++;
    response.on("close", () => {
      if (--this.#running === 0) this.#idle?.();
    });
    const { path, query } = splitUrl(request);
    const exchange: Exchange = { request, response, method: request.method ?? "GET", path, query };
    try {
      if (!isPublic(path) && !this.#mayAsk(request)) throw unauthorized();
      await this.#route(exchange);
    } catch (error) {
      if (!(error instanceof ApiError))
        this.#log(
          `${exchange.method} ${path}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
      sendError(exchange, error);
    }
  }

  #mayAsk(request: IncomingMessage): boolean {
    return timingSafeEqual(digest(request.headers.authorization ?? ""), this.#token);
  }

  async #route(exchange: Exchange): Promise<void> {
    const target = parseResourcePath(exchange.path);
    if (target === undefined) return handleOwnPath(this.#own, exchange);
    const { group, version, plural: resource, subresource = "" } = target;
    const labels: RequestLabels = {
      verb: metricVerb(exchange, target),
      group,
      version,
      resource,
      subresource,
    };
    const { response } = exchange;
    // A watch counts when it begins: it may go on for hours.
    if (labels.verb === "WATCH") this.#metrics.answered(labels, 200);
    else response.on("finish", () => this.#metrics.answered(labels, response.statusCode));
    const review = findReview(group, version, resource);
    if (review !== undefined && target.name === undefined) return serveReview(exchange, review);
    return handleResource(this.#parts, exchange, target);
  }
}
