// Which pods stand behind a Service and on which ports. Decisions only: the objects are written in endpoints.ts.
import type { ContainerPort, IntOrString, Pod, Service, ServicePort } from "./objects.ts";
import { selects } from "./meta.ts";
import { isFinished, isReady } from "./pods.ts";

export interface Backend {
  pod: Pod;
  ip: string;
  /** May be given new connections. */
  ready: boolean;
  /** By the service port's name ("" for a single nameless one): where the pod listens. */
  ports: Map<string, number>;
}

const containerPorts = (pod: Pod): ContainerPort[] =>
  pod.spec.containers.flatMap((container) => container.ports ?? []);

/** The number behind a port given by number or by a container port's name. */
export function portNumber(pod: Pod, port: IntOrString): number | undefined {
  if (typeof port === "number") return port;
  if (/^\d+$/.test(port)) return Number(port);
  return containerPorts(pod).find((declared) => declared.name === port)?.containerPort;
}

export const targetPortOf = (port: ServicePort): IntOrString => port.targetPort ?? port.port;

/** Every pod the service selects that has an address; empty for a service without a selector. */
export function backendsOf(service: Service, pods: readonly Pod[]): Backend[] {
  const selector = service.spec.selector ?? {};
  if (Object.keys(selector).length === 0) return [];
  return pods
    .filter((pod) => selects({ matchLabels: selector }, pod.metadata.labels) && !isFinished(pod))
    .flatMap((pod): Backend[] => {
      const ip = pod.status?.podIP;
      if (ip === undefined || ip === "") return [];
      const ports = new Map<string, number>();
      for (const port of service.spec.ports ?? []) {
        const number = portNumber(pod, targetPortOf(port));
        if (number !== undefined) ports.set(port.name ?? "", number);
      }
      const ready =
        service.spec.publishNotReadyAddresses === true ||
        (isReady(pod) && pod.metadata.deletionTimestamp === undefined);
      return [{ pod, ip, ready, ports }];
    })
    .sort((a, b) => (a.ip < b.ip ? -1 : 1));
}

/** Backends that share the same port numbers, as subsets and slices need them. */
export function groupByPorts(backends: readonly Backend[]): Backend[][] {
  const text = (backend: Backend): string => JSON.stringify([...backend.ports].sort());
  return [...Map.groupBy(backends, text).values()];
}
