// Which backend an HTTP request goes to, by the rules of all Ingress objects. Pure.
// https://kubernetes.io/docs/concepts/services-networking/ingress/#path-types
import type { Ingress, IngressBackend } from "../workloads/objects.ts";
import type { PortRef } from "../workloads/endpoint-index.ts";

export interface Backend {
  namespace: string;
  service: string;
  port: PortRef;
}

type PathType = "Exact" | "Prefix";

interface Route {
  path: string;
  type: PathType;
  backend: Backend;
}

/** Every rule of the cluster, ready for look-ups. */
export interface RouteTable {
  /** Routes by host; `*.example.org` for a wildcard, `*` for rules without a host. */
  byHost: ReadonlyMap<string, readonly Route[]>;
  fallback: Backend | undefined;
}

export type RouteResult =
  | { found: "backend"; backend: Backend }
  /** The hostname is known, the path is not. */
  | { found: "host" }
  | { found: "nothing" };

const anyHost = "*";

function backendOf(namespace: string, backend: IngressBackend | undefined): Backend | undefined {
  const service = backend?.service;
  if (service === undefined) return undefined;
  return { namespace, service: service.name, port: service.port?.name || (service.port?.number ?? "") };
}

/** Exact paths first, then the longest. */
const byPrecedence = (a: Route, b: Route): number =>
  b.path.length - a.path.length || (a.type === b.type ? 0 : a.type === "Exact" ? -1 : 1);

/** The table of all Ingress objects; where two claim the same host and path, the older one has it. */
export function routeTable(ingresses: readonly Ingress[]): RouteTable {
  const age = (ingress: Ingress): string =>
    `${ingress.metadata.creationTimestamp ?? ""} ${ingress.metadata.namespace}/${ingress.metadata.name}`;
  const oldestFirst = ingresses.toSorted((a, b) => (age(a) < age(b) ? -1 : 1));
  const byHost = new Map<string, Route[]>();
  let fallback: Backend | undefined;
  for (const { metadata, spec } of oldestFirst) {
    const namespace = metadata.namespace ?? "";
    fallback ??= backendOf(namespace, spec?.defaultBackend);
    for (const rule of spec?.rules ?? []) {
      const host = rule.host ? rule.host.toLowerCase() : anyHost;
      const routes = byHost.get(host) ?? [];
      for (const { path = "/", pathType, backend } of rule.http?.paths ?? []) {
        const found = backendOf(namespace, backend);
        // ImplementationSpecific is ours to say: as Prefix, which is what most controllers do.
        if (found) routes.push({ path, type: pathType === "Exact" ? "Exact" : "Prefix", backend: found });
      }
      // A rule without paths sends its host to the Ingress's own default backend.
      const own = rule.http === undefined ? backendOf(namespace, spec?.defaultBackend) : undefined;
      if (own) routes.push({ path: "/", type: "Prefix", backend: own });
      byHost.set(host, routes);
    }
  }
  for (const routes of byHost.values()) routes.sort(byPrecedence);
  return { byHost, fallback };
}

/** Whether a path lies under a prefix, element by element: `/foo` covers `/foo/bar`, not `/foobar`. */
export function matchesPath(type: PathType, route: string, path: string): boolean {
  if (type === "Exact") return route === path;
  const prefix = route.replace(/\/+$/, "");
  return path === prefix || path.startsWith(`${prefix}/`);
}

const localSuffix = ".localhost";

/** The hostnames that a Host header may stand for: itself, and without the `.localhost` that leads here. */
export function hostCandidates(header: string | undefined): string[] {
  const host = (header ?? "").trim().toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
  if (host === "") return [];
  return host.endsWith(localSuffix) ? [host, host.slice(0, -localSuffix.length)] : [host];
}

/** The most specific routes for a hostname: its own, a wildcard over its first label, those for any host. */
function* routesFor(table: RouteTable, hosts: readonly string[]): Generator<readonly Route[]> {
  for (const host of hosts) {
    const own = table.byHost.get(host);
    if (own) yield own;
  }
  for (const host of hosts) {
    const dot = host.indexOf(".");
    const wild = dot > 0 ? table.byHost.get(`*${host.slice(dot)}`) : undefined;
    if (wild) yield wild;
  }
  const any = table.byHost.get(anyHost);
  if (any) yield any;
}

/** Where a request for `path` (without query) on the host of its Host header goes. */
export function route(table: RouteTable, hostHeader: string | undefined, path: string): RouteResult {
  let known = false;
  for (const routes of routesFor(table, hostCandidates(hostHeader))) {
    known = true;
    const found = routes.find(({ type, path: at }) => matchesPath(type, at, path));
    if (found) return { found: "backend", backend: found.backend };
  }
  if (table.fallback) return { found: "backend", backend: table.fallback };
  return { found: known ? "host" : "nothing" };
}

/** The hostnames somebody could open, without wildcards. */
export const knownHosts = (table: RouteTable): string[] =>
  [...table.byHost.keys()].filter((host) => !host.includes("*")).sort();

/** The address of a hostname on this machine: every name below `.localhost` leads to it (RFC 6761). */
export function localUrl(hostname: string, port: number): string {
  const host = hostname.endsWith(localSuffix) ? hostname : `${hostname}${localSuffix}`;
  return port === 80 ? `http://${host}` : `http://${host}:${port}`;
}
