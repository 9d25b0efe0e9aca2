// pods/log: what a container has said, from the node.
import type { NodeBackend, PodLogOptions } from "../cluster.ts";
import { must, type Core } from "./core.ts";
import { flag, integer, text, type ResourceRequest } from "./request.ts";
import type { ApiResource } from "./resources.ts";
import type { Exchange } from "./respond.ts";
import { ApiError, methodNotAllowed, serviceUnavailable } from "./status.ts";

const optionsOf = (query: URLSearchParams, signal: AbortSignal): PodLogOptions => {
  const [container, sinceTime] = [text(query, "container"), text(query, "sinceTime")];
  const numbers = Object.fromEntries(
    (["tailLines", "limitBytes", "sinceSeconds"] as const).flatMap((name) => {
      const value = integer(query, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  if (sinceTime !== undefined && Number.isNaN(Date.parse(sinceTime)))
    throw new ApiError(
      422,
      "Invalid",
      `PodLogOptions "" is invalid: sinceTime: Invalid value: ${JSON.stringify(sinceTime)}: must be a time in RFC 3339`,
    );
  return {
    ...numbers,
    ...(container !== undefined && { container }),
    ...(sinceTime !== undefined && { sinceTime }),
    follow: flag(query, "follow"),
    previous: flag(query, "previous"),
    timestamps: flag(query, "timestamps"),
    signal,
  };
};

/** A following log may stay silent for long: after this time without a refusal the client gets its headers. */
const refusalMs = 300;

const drained = (exchange: Exchange, gone: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      exchange.response.off("drain", done);
      gone.removeEventListener("abort", done);
      resolve();
    };
    exchange.response.on("drain", done);
    gone.addEventListener("abort", done);
  });

/** Streams a container's log. What the node refuses at once becomes an error, what breaks later ends the stream. */
export const servePodLog = async (
  core: Core,
  node: NodeBackend | undefined,
  exchange: Exchange,
  res: ApiResource,
  { namespace = "", name = "" }: ResourceRequest,
): Promise<void> => {
  const { response, query, method } = exchange;
  if (method !== "GET" && method !== "HEAD") throw methodNotAllowed();
  must(core, res, namespace, name);
  if (node === undefined) throw serviceUnavailable("the sandbox runs without a node: there are no logs");
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const log = node.podLog(namespace, name, optionsOf(query, gone.signal))[Symbol.asyncIterator]();
  const begin = (): void => {
    if (response.headersSent) return;
    response.writeHead(200, { "content-type": "text/plain" });
    response.flushHeaders();
  };
  const patience = setTimeout(begin, refusalMs);
  try {
    for (let piece = await log.next(); piece.done !== true; piece = await log.next()) {
      begin();
      if (response.destroyed) break;
      if (!response.write(piece.value)) await drained(exchange, gone.signal);
    }
    begin();
    response.end();
  } finally {
    clearTimeout(patience);
    await log.return?.();
  }
};
