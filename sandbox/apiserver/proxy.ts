// services/proxy and pods/proxy: HTTP through to where the node says it listens.
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import type { NodeBackend, ProxyTarget } from "../cluster.ts";
import { must, type Core } from "./core.ts";
import type { ResourceRequest } from "./request.ts";
import type { ApiResource } from "./resources.ts";
import type { Exchange } from "./respond.ts";
import { badRequest, serviceUnavailable } from "./status.ts";

/** Headers of one connection only (RFC 9110, section 7.6.1), and the ones meant for this server. */
const notPassedOn = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const passedOn = (headers: IncomingHttpHeaders, also: readonly string[] = []): IncomingHttpHeaders => {
  const named = String(headers.connection ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => !notPassedOn.has(name) && !named.includes(name) && !also.includes(name),
    ),
  );
};

/** `name`, `name:port`, `http:name:port` or `:name:port`. */
const splitName = (text: string): { name: string; port: string } => {
  const parts = text.split(":");
  if (parts.length > 3 || parts.length === 0) throw badRequest(`invalid proxy name ${JSON.stringify(text)}`);
  const [scheme, name = "", port = ""] = parts.length === 3 ? parts : ["", ...parts];
  if (scheme === "https")
    throw badRequest("the sandbox proxies plain HTTP only: leave the scheme out or write http:");
  if (scheme !== "" && scheme !== "http") throw badRequest(`invalid scheme ${JSON.stringify(scheme)}`);
  return { name, port };
};

const targetOf = (
  core: Core,
  node: NodeBackend | undefined,
  res: ApiResource,
  namespace: string,
  asked: string,
): ProxyTarget => {
  const { name, port } = splitName(asked);
  must(core, res, namespace, name);
  const [target, refusal] =
    res.storage === "services"
      ? [
          node?.serviceTarget(namespace, name, port),
          `no endpoints available for service ${JSON.stringify(asked)}`,
        ]
      : [
          node?.podTarget(namespace, name, port),
          `pod ${JSON.stringify(name)} has no port ${JSON.stringify(port)} to reach, or does not run`,
        ];
  if (target === undefined) throw serviceUnavailable(refusal);
  return target;
};

/** Passes the request on and the answer back, both as streams. */
export const serveProxy = (
  core: Core,
  node: NodeBackend | undefined,
  exchange: Exchange,
  res: ApiResource,
  { namespace = "", name = "", rest }: ResourceRequest,
): Promise<void> => {
  const { request, response } = exchange;
  const target = targetOf(core, node, res, namespace, name);
  const query = request.url?.indexOf("?") ?? -1;
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const outgoing = httpRequest({
    host: target.host,
    port: target.port,
    method: request.method ?? "GET",
    path: (rest === "" ? "/" : rest) + (query < 0 ? "" : (request.url ?? "").slice(query)),
    headers: {
      ...passedOn(request.headers, ["authorization"]),
      "x-forwarded-host": request.headers.host ?? "",
      "x-forwarded-proto": "https",
    },
    // One connection per request: a process that was restarted must not be met on a dead connection.
    agent: false,
  });
  outgoing.on("response", (incoming) => {
    response.writeHead(incoming.statusCode ?? 502, passedOn(incoming.headers));
    incoming.pipe(response);
    incoming.on("error", () => response.destroy());
  });
  outgoing.on("error", (error) => {
    if (response.headersSent) response.destroy();
    reject(serviceUnavailable(`error trying to reach service: ${error.message}`));
  });
  response.on("close", () => {
    outgoing.destroy();
    resolve(undefined);
  });
  request.pipe(outgoing);
  return promise;
};
