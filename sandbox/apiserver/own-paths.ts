// Paths of the server itself: health, version, metrics, discovery, OpenAPI.
import { createHash } from "node:crypto";
import type { Core } from "./core.ts";
import {
  aggregated,
  aggregatedVersion,
  coreVersions,
  groupDocument,
  groupList,
  resourceList,
} from "./discovery.ts";
import type { ServerMetrics } from "./metrics.ts";
import { mediaJson, parseAccept } from "./negotiate.ts";
import { mediaOpenApiProtobuf, openApiProtobufTypes } from "./openapi-protobuf.ts";
import type { Document, OpenApi } from "./openapi.ts";
import { sendJsonText, sendText, type Exchange } from "./respond.ts";
import { methodNotAllowed, noSuchResource, notAcceptable } from "./status.ts";
import { version } from "./version.ts";

export interface OwnParts {
  readonly core: Core;
  readonly openapi: OpenApi;
  readonly metrics: ServerMetrics;
  /** `127.0.0.1:PORT` */
  readonly address: () => string;
  /** False while the server stops. */
  readonly ready: () => boolean;
}

const healthPath = /^\/(healthz|livez|readyz)(\/.*)?$/;

/** Paths that need no token: they tell nothing of what is stored. */
export const isPublic = (path: string): boolean => healthPath.test(path) || path === "/version";

/** Sends a document that clients keep by its ETag. */
const sendTagged = (exchange: Exchange, { text, hash }: Document, contentType: string): void => {
  const { response, request, query } = exchange;
  const tag = `"${hash}"`;
  response.setHeader("ETag", tag);
  response.setHeader("Vary", "Accept");
  if (query.get("hash") === hash) {
    response.setHeader("Cache-Control", "public, immutable");
    response.setHeader("Expires", new Date(Date.now() + 365 * 24 * 3600 * 1000).toUTCString());
  } else response.setHeader("Cache-Control", "no-cache, private");
  if (request.headers["if-none-match"] === tag) {
    response.writeHead(304);
    response.end();
    return;
  }
  sendText(exchange, 200, text, contentType);
};

const tagged = (content: object): Document => {
  const text = JSON.stringify(content);
  return { text, hash: createHash("sha512").update(text).digest("hex").toUpperCase().slice(0, 64) };
};

const sendDiscovery = (exchange: Exchange, core: Core, where: "api" | "apis", legacy: object): void => {
  const asked = aggregatedVersion(exchange.request.headers.accept);
  exchange.response.setHeader("Vary", "Accept");
  if (asked === undefined) return sendJsonText(exchange, 200, JSON.stringify(legacy));
  const type = `application/json;g=apidiscovery.k8s.io;v=${asked};as=APIGroupDiscoveryList`;
  sendTagged(exchange, tagged(aggregated(core.registry, where, asked)), type);
};

const jsonTypes = new Set(["application/json", "application/*", "*/*"]);

/** Documents come as JSON, the one of v2 in protobuf too: a client that insists on anything else is told so. */
const openApiType = (exchange: Exchange, isV2: boolean): string => {
  const { accept } = exchange.request.headers;
  if (!accept) return mediaJson;
  for (const { type } of parseAccept(accept)) {
    if (jsonTypes.has(type)) return mediaJson;
    if (isV2 && openApiProtobufTypes.has(type)) return mediaOpenApiProtobuf;
  }
  throw notAcceptable(isV2 ? [mediaJson, mediaOpenApiProtobuf] : [mediaJson]);
};

const sendOpenApi = (exchange: Exchange, { openapi }: OwnParts, path: string): void => {
  const isV2 = path === "/openapi/v2";
  const type = openApiType(exchange, isV2);
  const document = isV2
    ? type === mediaJson
      ? openapi.v2()
      : openapi.v2Protobuf()
    : path === "/openapi/v3"
      ? openapi.index()
      : openapi.document(path.slice("/openapi/v3/".length));
  if (document === undefined) throw noSuchResource();
  sendTagged(exchange, document, type);
};

const orMissing = (document: object | undefined): object => {
  if (document === undefined) throw noSuchResource();
  return document;
};

const rootPaths = [
  "/api",
  "/apis",
  "/healthz",
  "/livez",
  "/metrics",
  "/openapi/v2",
  "/openapi/v3",
  "/readyz",
  "/version",
];

/** Answers a path that is no resource's. Throws 404 on an unknown one. */
export const handleOwnPath = async (parts: OwnParts, exchange: Exchange): Promise<void> => {
  const { core, metrics } = parts;
  if (exchange.method !== "GET" && exchange.method !== "HEAD") throw methodNotAllowed();
  const path = exchange.path.length > 1 ? exchange.path.replace(/\/+$/, "") : exchange.path;
  if (healthPath.test(path))
    return parts.ready()
      ? sendText(exchange, 200, "ok", "text/plain; charset=utf-8")
      : sendText(exchange, 503, "shutting down", "text/plain; charset=utf-8");
  const [, first, group, groupVersion, more] = path.split("/");
  if (more === undefined && first === "api") {
    if (group === undefined) return sendDiscovery(exchange, core, "api", coreVersions(parts.address()));
    if (groupVersion === undefined)
      return sendJsonText(exchange, 200, JSON.stringify(orMissing(resourceList(core.registry, "", group))));
  }
  if (more === undefined && first === "apis") {
    if (group === undefined) return sendDiscovery(exchange, core, "apis", groupList(core.registry));
    const document =
      groupVersion === undefined
        ? groupDocument(core.registry, group)
        : resourceList(core.registry, group, groupVersion);
    return sendJsonText(exchange, 200, JSON.stringify(orMissing(document)));
  }
  switch (path) {
    case "/":
      return sendJsonText(exchange, 200, JSON.stringify({ paths: rootPaths }));
    case "/version":
      return sendJsonText(exchange, 200, JSON.stringify(version));
    case "/metrics":
      return sendText(exchange, 200, await metrics.registry.metrics(), metrics.registry.contentType);
    default:
      if (path === "/openapi/v2" || path === "/openapi/v3" || path.startsWith("/openapi/v3/"))
        return sendOpenApi(exchange, parts, path);
      throw noSuchResource();
  }
};
