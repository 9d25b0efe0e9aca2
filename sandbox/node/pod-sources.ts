// What a pod may read of the cluster: Secrets, ConfigMaps, claims, volumes, and the addresses behind names.
import type { Cluster } from "../cluster.ts";
import type {
  ConfigMap,
  PersistentVolume,
  PersistentVolumeClaim,
  Secret,
  Service,
} from "../workloads/objects.ts";
import { resources } from "../workloads/objects.ts";
import type { Network } from "./addresses.ts";
import type { Lookups } from "./environment.ts";
import { serviceAddress } from "./service-addresses.ts";
import type { VolumeSources } from "./volumes.ts";

/** The view of one namespace's pods. */
export function podSources(cluster: Cluster, network: Network, namespace: string): VolumeSources & Lookups {
  return {
    secret: (name) => cluster.get(resources.secrets, namespace, name) as Secret | undefined,
    configMap: (name) => cluster.get(resources.configMaps, namespace, name) as ConfigMap | undefined,
    claim: (name) =>
      cluster.get(resources.persistentVolumeClaims, namespace, name) as PersistentVolumeClaim | undefined,
    volume: (name) =>
      cluster.get(resources.persistentVolumes, undefined, name) as PersistentVolume | undefined,
    address(ofNamespace, name, pod) {
      const service = cluster.get(resources.services, ofNamespace, name) as Service | undefined;
      if (service === undefined) return undefined;
      if (pod === undefined) return serviceAddress(cluster, network, service);
      const found = cluster.get(resources.pods, ofNamespace, pod);
      return found && network.podIP(`${ofNamespace}/${pod}`);
    },
  };
}
