// Where to connect for a Service right now: the view that the service proxies, the gateway and the API server share.
// Computed from pods, not from Endpoints objects, so that a pod marked for deletion is out at that very moment.
import type { Cluster, KubeObject } from "../cluster.ts";
import { backendsOf } from "./endpoints-plan.ts";
import type { Pod, Service } from "./objects.ts";
import { resources } from "./objects.ts";

export interface Target {
  host: string;
  port: number;
  /** The pod's name; an address of a service without selector has none. */
  pod?: string;
}

/** A service port, by name or number; "" is the only (or first) one. */
export type PortRef = string | number;

export interface EndpointIndex {
  service(namespace: string, name: string): Service | undefined;
  /** The ready endpoints; empty when there are none or the service or port is unknown. */
  targets(namespace: string, service: string, port: PortRef): readonly Target[];
  /** Calls back (on a later microtask) after anything changed that may change an answer. */
  onChange(listener: (namespace: string) => void): () => void;
  stop(): void;
}

interface Subset {
  addresses?: { ip: string; targetRef?: { name?: string } }[];
  ports?: { name?: string; port: number }[];
}

/** The service's port meant by a name, a number or "". */
export function servicePort(service: Service, port: PortRef): string | undefined {
  const ports = service.spec.ports ?? [];
  const found =
    port === ""
      ? ports[0]
      : (ports.find((each) => each.name === String(port)) ??
        ports.find((each) => String(each.port) === String(port)));
  return found && (found.name ?? "");
}

export function startEndpointIndex(cluster: Cluster): EndpointIndex {
  const cache = new Map<string, readonly Target[]>();
  const listeners = new Set<(namespace: string) => void>();

  const forget = (object: KubeObject): void => {
    const namespace = object.metadata.namespace ?? "";
    for (const key of cache.keys()) if (key.startsWith(`${namespace}/`)) cache.delete(key);
    for (const listener of listeners) listener(namespace);
  };

  const service = (namespace: string, name: string): Service | undefined =>
    cluster.get(resources.services, namespace, name) as Service | undefined;

  const manual = (found: Service, portName: string): Target[] => {
    const { namespace, name } = found.metadata;
    const endpoints = cluster.get(resources.endpoints, namespace, name);
    return ((endpoints?.subsets ?? []) as Subset[]).flatMap((subset) => {
      const port = subset.ports?.find((each) => (each.name ?? "") === portName)?.port;
      if (port === undefined) return [];
      return (subset.addresses ?? []).map((address) => ({ host: address.ip, port }));
    });
  };

  const compute = (namespace: string, name: string, port: PortRef): Target[] => {
    const found = service(namespace, name);
    const portName = found && servicePort(found, port);
    if (found === undefined || portName === undefined) return [];
    if (Object.keys(found.spec.selector ?? {}).length === 0) return manual(found, portName);
    return backendsOf(found, cluster.list(resources.pods, { namespace }) as Pod[]).flatMap((backend) => {
      const number = backend.ports.get(portName);
      if (!backend.ready || number === undefined) return [];
      return [{ host: backend.ip, port: number, pod: backend.pod.metadata.name }];
    });
  };

  const stops = [resources.services, resources.pods, resources.endpoints].map((res) =>
    cluster.watch(res, (event) => forget(event.object)),
  );

  return {
    service,
    targets(namespace, name, port) {
      const key = `${namespace}/${name}/${port}`;
      let found = cache.get(key);
      if (found === undefined) cache.set(key, (found = compute(namespace, name, port)));
      return found;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      for (const stop of stops) stop();
      listeners.clear();
    },
  };
}
