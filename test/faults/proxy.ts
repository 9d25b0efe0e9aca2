// Stands between one operator process and the API server: plain HTTP on the operator's side, TLS on the other. Killing it
// is how an operator in this process dies: from then on nothing of it reaches the cluster, and nothing reaches it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterAccess } from "../../controller/engine/index.ts";
import type { ApiServer } from "../../sandbox/apiserver/index.ts";
import type { Blow, Fault } from "./faults.ts";
import { nameEvent, nameRequest } from "./request.ts";
import type { Wire } from "./wire.ts";

/** How long an API server that showed the past takes to catch up. */
const LAG_MS = 400;
/** How long a watch is down whose events are lost for good. */
const DOWN_MS = 300;

type Api = Pick<ApiServer, "port" | "ca" | "token">;

const agents = new Map<number, Agent>();

/** Connections to an API server are shared by all proxies of this process. */
function agentFor({ port, ca }: Api): Agent {
  const known = agents.get(port) ?? new Agent({ keepAlive: true, ca });
  agents.set(port, known);
  return known;
}

export class Proxy {
  readonly #api: Api;
  readonly #wire: Wire;
  readonly #onCrash: () => void;
  readonly #server: Server;
  readonly #lagging = new Set<string>();
  /** Watches of ours at the API server. */
  readonly #upstreams = new Set<() => void>();
  #dead = false;

  private constructor(api: Api, wire: Wire, onCrash: () => void) {
    this.#api = api;
    this.#wire = wire;
    this.#onCrash = onCrash;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  /** Starts a proxy. `onCrash` is called when a fault has killed it. */
  static async start(api: Api, wire: Wire, onCrash: () => void): Promise<Proxy> {
    const proxy = new Proxy(api, wire, onCrash);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** How the operator signs in. */
  get access(): ClusterAccess {
    const { port } = this.#server.address() as AddressInfo;
    return {
      server: `http://127.0.0.1:${port}`,
      namespace: this.#wire.namespace,
      inCluster: false,
      tls: () => Promise.resolve({}),
      headers: () => Promise.resolve({ authorization: `Bearer ${this.#api.token}` }),
      invalidate: () => undefined,
    };
  }

  /** Dead for ever, in both directions. What reached the API server before is done there. */
  kill(): void {
    this.#dead = true;
    this.#server.close();
    this.#server.closeAllConnections();
    for (const end of this.#upstreams) end();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url = "/" } = request;
    const body = await text(request);
    if (this.#dead) return;
    const named = nameRequest(method, url, this.#wire.namespace);
    const { asked, fault } = this.#wire.count(named);
    const watching = asked.verb === "WATCH";
    if (!watching) this.#wire.inFlight++;
    try {
      this.#wire.lastAt = performance.now();
      if (fault?.before) return this.#strike(fault.before, watching, response);
      if (watching) await this.#watch(asked.what, request, response);
      else await this.#pass(asked.verb, asked.what, request, body, response, fault);
    } finally {
      if (!watching) this.#wire.inFlight--;
      this.#wire.lastAt = performance.now();
    }
  }

  async #pass(
    verb: string,
    what: string,
    request: IncomingMessage,
    body: string,
    response: ServerResponse,
    fault: Fault | undefined,
  ): Promise<void> {
    const past = verb === "LIST" ? this.#wire.takePast(what) : undefined;
    if (past !== undefined) this.#lagging.add(what);
    const answer = await this.#ask(request, body, past);
    const content = await text(answer);
    if (fault?.delayMs !== undefined) await sleep(fault.delayMs);
    if (this.#dead) return;
    if (fault?.after) return this.#strike(fault.after, false, response);
    const { connection: _, "transfer-encoding": __, "content-length": ___, ...headers } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, headers).end(content);
  }

  async #watch(resource: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#lagging.delete(resource)) await this.#wire.busy(() => sleep(LAG_MS));
    if (await this.#wire.passage(resource)) return refuseWatch(response, 410, "Expired");
    if (this.#dead || response.destroyed) return;
    const answer = await this.#ask(request, "");
    const end = (): void => {
      answer.destroy();
      response.destroy();
    };
    const forget = this.#wire.stream(resource, end);
    this.#upstreams.add(end);
    response.on("close", end);
    response.writeHead(answer.statusCode ?? 502, { "content-type": "application/json" }).flushHeaders();
    try {
      for await (const line of lines(answer)) await this.#event(resource, line, response);
      response.end();
    } catch {
      // Either side has gone: so has the watch.
      end();
    } finally {
      forget();
      this.#upstreams.delete(end);
    }
  }

  async #event(resource: string, line: string, response: ServerResponse): Promise<void> {
    const { type, object } = JSON.parse(line) as { type: string; object: { metadata?: { name?: string } } };
    const name = object.metadata?.name;
    if (type === "BOOKMARK" || type === "ERROR" || name === undefined) return void response.write(line);
    const { fault } = this.#wire.count(nameEvent(resource, type, name, this.#wire.namespace));
    if (fault?.delayMs !== undefined) await sleep(fault.delayMs);
    if (fault?.cut === "within")
      await new Promise<void>((sent) => response.write(line.slice(0, line.length / 2), () => sent()));
    if (fault?.expires) {
      this.#wire.withhold(resource);
      setTimeout(() => this.#wire.release(resource), DOWN_MS);
    }
    if (fault?.cut !== undefined) throw new Error("the watch is cut");
    response.write(line);
    this.#wire.lastAt = performance.now();
  }

  /** Sends the request on; with `past`, a list shows the cluster as it was at that revision. */
  #ask(request: IncomingMessage, body: string, past?: number): Promise<IncomingMessage> {
    const { method, url = "/", headers } = request;
    const { host: _, connection: __, "transfer-encoding": ___, ...passed } = headers;
    const path = past === undefined ? url : `${url}&resourceVersion=${past}&resourceVersionMatch=Exact`;
    return new Promise((resolve, reject) => {
      httpsRequest(
        {
          host: "127.0.0.1",
          port: this.#api.port,
          agent: agentFor(this.#api),
          method,
          path,
          headers: passed,
        },
        resolve,
      )
        .on("error", reject)
        .end(body);
    });
  }

  #strike(blow: Blow, watching: boolean, response: ServerResponse): void {
    switch (blow.type) {
      case "crash":
        this.kill();
        this.#onCrash();
        return;
      case "reset":
        response.socket?.resetAndDestroy();
        return;
      case "answer":
        // An expired version is told inside the watch, as the real server does.
        if (watching && blow.status === 410) refuseWatch(response, blow.status, blow.reason);
        else
          response
            .writeHead(blow.status, {
              "content-type": "application/json",
              ...(blow.retryAfterSeconds !== undefined && { "retry-after": String(blow.retryAfterSeconds) }),
            })
            .end(statusText(blow.status, blow.reason));
        return;
    }
  }
}

function statusText(code: number, reason: string): string {
  const message = "a fault made for a test";
  return JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message });
}

function refuseWatch(response: ServerResponse, code: number, reason: string): void {
  response
    .writeHead(200, { "content-type": "application/json" })
    .end(`{"type":"ERROR","object":${statusText(code, reason)}}\n`);
}

/** Whole lines with their ends. */
async function* lines(stream: IncomingMessage): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.setEncoding("utf8")) {
    rest += chunk as string;
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
      yield rest.slice(0, end + 1);
      rest = rest.slice(end + 1);
    }
  }
  if (rest !== "") throw new Error("the API server ended a watch within a line");
}
