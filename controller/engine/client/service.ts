// HTTP to a Service or to one Pod: straight to it from inside the cluster, through the API server's proxy from outside.
import type { RawRequest, RawResponse, ServiceFetch } from "./client.types.ts";
import { TransportError } from "./errors.ts";
import { errorOf, parseStatus } from "./status.ts";
import { Transport } from "./transport.ts";

interface ProxyCall extends RawRequest {
  readonly method: NonNullable<RawRequest["method"]>;
  readonly path: string;
}

/** What is spoken to. A Pod has no name that could be looked up: it is reached at its IP. */
export type ProxyTarget = { readonly service: string } | { readonly pod: string; readonly ip: string };

interface ServiceRoute {
  readonly inCluster: boolean;
  readonly namespace: string;
  readonly target: ProxyTarget;
  readonly port: number | string;
  readonly signal: AbortSignal | undefined;
  /** Throws when this request may not be sent now. */
  readonly gate: (method: string, path: string) => void;
  /** Sends through the API server, whatever it answers. */
  readonly send: (call: ProxyCall) => Promise<RawResponse>;
}

/** Makes the function that reaches one port of one Service or Pod. See {@link ServiceFetch}. */
export function serviceFetch(route: ServiceRoute): ServiceFetch {
  const send = route.inCluster ? direct(route) : proxied(route);
  return async (path, request = {}) => {
    if (!path.startsWith("/"))
      throw new TypeError(`service request: path must begin with "/", got ${JSON.stringify(path)}`);
    return send(path, request);
  };
}

function direct({ namespace, target, port, signal, gate }: ServiceRoute): ServiceFetch {
  const host = "service" in target ? `${target.service}.${namespace}.svc` : hostOf(target.ip);
  const transport = transportTo(`http://${host}:${port}`);
  return async (path, request = {}) => {
    const { method = "GET" } = request;
    gate(method, path);
    return transport.request({
      method,
      path,
      headers: request.headers ?? {},
      ...(request.body !== undefined && { body: request.body }),
      signal: bothSignals(signal, request.signal),
      timeoutMs: request.timeoutMs ?? SERVICE_TIMEOUT_MS,
    });
  };
}

/** An IPv6 address stands in brackets (RFC 3986, section 3.2.2). */
const hostOf = (ip: string): string => (ip.includes(":") ? `[${ip}]` : ip);

function proxied({ namespace, target, port, send }: ServiceRoute): ServiceFetch {
  const [kind, name] = "service" in target ? ["services", target.service] : ["pods", target.pod];
  const prefix = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${kind}/${encodeURIComponent(name)}:${port}/proxy`;
  return async (path, request = {}) => {
    if (
      request.headers !== undefined &&
      Object.keys(request.headers).some((name) => name.toLowerCase() === "authorization")
    ) {
      throw new TypeError(
        "service request: the API server's service proxy consumes the Authorization header; send the token in a header of its own",
      );
    }
    const answer = await send({ ...request, path: prefix + path, method: request.method ?? "GET" });
    const status = answer.status >= 400 ? parseStatus(answer) : undefined;
    if (status === undefined) return answer;
    // The API server itself speaks, not the service: it may not pass us, or it found no endpoint.
    const error = errorOf(request.method ?? "GET", prefix + path, answer);
    if (answer.status === 401 || answer.status === 403) throw error;
    throw new TransportError(
      `${kind.slice(0, -1)} ${namespace}/${name}:${port}: ${status.message ?? error.message}`,
      {
        cause: error,
      },
    );
  };
}

const SERVICE_TIMEOUT_MS = 30_000;
const SERVICE_CONNECTIONS = 4;
/** Pools to services, by origin. Idle connections close by themselves; a pool without any is a few hundred bytes. */
const transports = new Map<string, Transport>();

function transportTo(origin: string): Transport {
  let transport = transports.get(origin);
  if (transport === undefined) {
    transport = new Transport({
      origin,
      tls: () => Promise.resolve({}),
      maxConnections: SERVICE_CONNECTIONS,
    });
    transports.set(origin, transport);
  }
  return transport;
}

/** One signal of two that may each be missing. */
export function bothSignals(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  return a && b ? AbortSignal.any([a, b]) : (a ?? b);
}
