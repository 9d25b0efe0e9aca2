// The addresses of Services. A Service name has one address for as long as the sandbox's data folder lives, headless
// or not, deleted and made again or not: containers that resolved the name at their start keep a true address.
import { ApiError } from "../apiserver/status.ts";
import type { AdmissionHook, Cluster } from "../cluster.ts";
import { keyOf } from "../workloads/meta.ts";
import type { Service } from "../workloads/objects.ts";
import { resources } from "../workloads/objects.ts";
import type { Network } from "./addresses.ts";

const isAddress = (ip: string | undefined): ip is string => ip !== undefined && ip !== "" && ip !== "None";

/** The addresses that other Services hold, as far as the cluster knows. */
const taken = (cluster: Cluster, except: string): Set<string> =>
  new Set(
    (cluster.list(resources.services) as Service[])
      .filter((service) => keyOf(service) !== except)
      .map((service) => service.spec.clusterIP)
      .filter(isAddress),
  );

/** Where the Service's name leads: its clusterIP, an address standing for it when headless, or its external name. */
export function serviceAddress(cluster: Cluster, network: Network, service: Service): string | undefined {
  const { type, externalName, clusterIP } = service.spec;
  if (type === "ExternalName") return externalName;
  if (isAddress(clusterIP)) return clusterIP;
  const key = keyOf(service);
  return network.serviceIP(key, taken(cluster, key));
}

/** Gives Services their clusterIP, as kube-apiserver does when they are written. */
export function serviceAdmission(cluster: Cluster, network: Network): AdmissionHook {
  return ({ res, object, dryRun }) => {
    if (res.group !== "" || res.resource !== "services") return;
    const service = object as Service;
    const { spec } = service;
    if (spec === undefined || spec.type === "ExternalName") return;
    const key = keyOf(service);
    if (spec.clusterIP === undefined || spec.clusterIP === "") {
      if (dryRun) return;
      spec.clusterIP = network.serviceIP(key, taken(cluster, key));
    } else if (isAddress(spec.clusterIP) && !network.mayServe(spec.clusterIP)) {
      throw new ApiError(
        422,
        "Invalid",
        `Service "${service.metadata.name}" is invalid: spec.clusterIP: Invalid value: "${spec.clusterIP}": ` +
          `the provided IP is not one of this sandbox's Service addresses; leave the field out to be given one`,
        { name: service.metadata.name, kind: "Service" },
      );
    }
    const addressed = spec as Service["spec"] & { ipFamilies?: string[]; ipFamilyPolicy?: string };
    addressed.clusterIPs = [spec.clusterIP];
    addressed.ipFamilies ??= ["IPv4"];
    addressed.ipFamilyPolicy ??= "SingleStack";
  };
}
