// Service + Pods -> Endpoints and EndpointSlices.
import type { KubeObject } from "../cluster.ts";
import type { ControllerContext, Stop } from "./context.ts";
import { stopAll, watchMapped, watchOwn } from "./context.ts";
import type { Backend } from "./endpoints-plan.ts";
import { backendsOf, groupByPorts } from "./endpoints-plan.ts";
import { startLoop } from "./loop.ts";
import { canonical, isOwnedBy, keyOf, ownedBy, selects, shortHash, splitKey } from "./meta.ts";
import type { Pod, Service } from "./objects.ts";
import { resources } from "./objects.ts";
import { isReady } from "./pods.ts";

const managedBy = "endpointslice-controller.k8s.io";
const nodeName = "sandbox";

const portsOf = (service: Service, backend: Backend): Record<string, unknown>[] =>
  (service.spec.ports ?? []).flatMap((port) => {
    const number = backend.ports.get(port.name ?? "");
    if (number === undefined) return [];
    return [
      {
        ...(port.name !== undefined && { name: port.name }),
        port: number,
        protocol: port.protocol ?? "TCP",
        ...(port.appProtocol !== undefined && { appProtocol: port.appProtocol }),
      },
    ];
  });

const targetRef = ({ pod }: Backend): Record<string, unknown> => ({
  kind: "Pod",
  namespace: pod.metadata.namespace,
  name: pod.metadata.name,
  uid: pod.metadata.uid,
});

const hostnameOf = (service: Service, { pod }: Backend): { hostname?: string } =>
  pod.spec.hostname !== undefined && pod.spec.subdomain === service.metadata.name
    ? { hostname: pod.spec.hostname }
    : {};

/** The Endpoints object of a service. */
export function endpointsObject(service: Service, backends: readonly Backend[]): KubeObject {
  const address = (backend: Backend): Record<string, unknown> => ({
    ip: backend.ip,
    ...hostnameOf(service, backend),
    nodeName,
    targetRef: targetRef(backend),
  });
  const subsets = groupByPorts(backends).map((group) => {
    const ready = group.filter((backend) => backend.ready).map(address);
    const notReady = group.filter((backend) => !backend.ready).map(address);
    const ports = group[0] === undefined ? [] : portsOf(service, group[0]);
    return {
      ...(ready.length > 0 && { addresses: ready }),
      ...(notReady.length > 0 && { notReadyAddresses: notReady }),
      ...(ports.length > 0 && { ports }),
    };
  });
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: {
      name: service.metadata.name,
      namespace: service.metadata.namespace ?? "",
      labels: {
        ...service.metadata.labels,
        "endpoints.kubernetes.io/managed-by": "endpoint-controller",
        ...(service.spec.clusterIP === "None" && { "service.kubernetes.io/headless": "" }),
      },
    },
    ...(subsets.length > 0 && { subsets }),
  };
}

/** The EndpointSlices of a service: one for each set of port numbers, at least one. */
export function endpointSlices(service: Service, backends: readonly Backend[]): KubeObject[] {
  const groups = groupByPorts(backends);
  return (groups.length === 0 ? [[]] : groups).map((group, index) => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${service.metadata.name}-${shortHash([service.metadata.uid, index]).slice(0, 5)}`,
      namespace: service.metadata.namespace ?? "",
      labels: {
        ...service.metadata.labels,
        "kubernetes.io/service-name": service.metadata.name,
        "endpointslice.kubernetes.io/managed-by": managedBy,
        ...(service.spec.clusterIP === "None" && { "service.kubernetes.io/headless": "" }),
      },
      ownerReferences: [ownedBy(service)],
    },
    addressType: "IPv4",
    endpoints: group.map((backend) => ({
      addresses: [backend.ip],
      conditions: {
        ready: backend.ready,
        serving: isReady(backend.pod),
        terminating: backend.pod.metadata.deletionTimestamp !== undefined,
      },
      ...hostnameOf(service, backend),
      nodeName,
      targetRef: targetRef(backend),
    })),
    ports: group[0] === undefined ? [] : portsOf(service, group[0]),
  }));
}

const content = (object: KubeObject): string => {
  const { metadata, ...rest } = object;
  return canonical([rest, metadata.labels]);
};

export function startEndpoints({ cluster, log }: ControllerContext): Stop {
  const write = (res: (typeof resources)["endpoints" | "endpointSlices"], wanted: KubeObject): void => {
    const there = cluster.get(res, wanted.metadata.namespace, wanted.metadata.name);
    if (there === undefined) {
      cluster.create(res, wanted);
    } else if (content(there) !== content(wanted)) {
      // Not a spread over what is there: subsets that are gone must go.
      cluster.update(res, {
        ...wanted,
        metadata: { ...there.metadata, labels: wanted.metadata.labels ?? {} },
      });
    }
  };

  const remove = (res: (typeof resources)["endpoints" | "endpointSlices"], object: KubeObject): void =>
    cluster.delete(res, object.metadata.namespace, object.metadata.name);

  const loop = startLoop(
    "endpoints",
    (key) => {
      const [namespace, name] = splitKey(key);
      const service = cluster.get(resources.services, namespace, name) as Service | undefined;
      if (service === undefined) {
        const orphan = cluster.get(resources.endpoints, namespace, name);
        if (orphan?.metadata.labels?.["endpoints.kubernetes.io/managed-by"] !== undefined) {
          remove(resources.endpoints, orphan);
        }
        return undefined;
      }
      if (Object.keys(service.spec.selector ?? {}).length === 0) return undefined;
      if (service.metadata.deletionTimestamp !== undefined) return undefined;
      const backends = backendsOf(service, cluster.list(resources.pods, { namespace }) as Pod[]);
      write(resources.endpoints, endpointsObject(service, backends));
      const slices = endpointSlices(service, backends);
      for (const slice of slices) write(resources.endpointSlices, slice);
      const names = new Set(slices.map((slice) => slice.metadata.name));
      for (const slice of cluster.list(resources.endpointSlices, { namespace })) {
        if (isOwnedBy(slice, service) && !names.has(slice.metadata.name))
          remove(resources.endpointSlices, slice);
      }
      return undefined;
    },
    log,
  );

  return stopAll(
    watchOwn(cluster, resources.services, loop),
    watchMapped(cluster, resources.pods, loop, (pod) =>
      (cluster.list(resources.services, { namespace: pod.metadata.namespace ?? "" }) as Service[])
        .filter((service) => selects({ matchLabels: service.spec.selector ?? {} }, pod.metadata.labels))
        .map(keyOf),
    ),
    loop.stop,
  );
}
