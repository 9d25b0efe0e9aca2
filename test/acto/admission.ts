// What a real API server refuses in the children of a tenant beyond the rules of the sandbox: amounts that contradict each
// other, names that are none, a volume that shrinks. (kubernetes/pkg/apis/{core,apps,networking}/validation)
import { ApiError } from "../../sandbox/apiserver/status.ts";
import type { AdmissionHook, KubeObject } from "../../sandbox/cluster.ts";
import { amountOf } from "../../controller/engine/apply/quantity.ts";

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NATIVE = /^(cpu|memory|ephemeral-storage|hugepages-.+|[^/]+\/[^/]+)$/;

type Amounts = Readonly<Record<string, string>>;
interface Container {
  readonly resources?: { readonly requests?: Amounts; readonly limits?: Amounts };
}

export const admission: AdmissionHook = ({ res, object, oldObject }) => {
  for (const [field, fault] of faultsOf(res.resource, object, oldObject))
    throw new ApiError(
      422,
      "Invalid",
      `${object.kind} "${object.metadata.name}" is invalid: ${field}: ${fault}`,
      { name: object.metadata.name, kind: object.kind, causes: [{ field, message: fault }] },
    );
};

function faultsOf(resource: string, object: KubeObject, old: KubeObject | undefined): [string, string][] {
  switch (resource) {
    case "deployments":
    case "statefulsets":
      return containersOf(object).flatMap(({ resources }, i) => computeFaults(i, resources));
    case "persistentvolumeclaims":
      return claimFaults(object, old);
    case "ingresses":
      return ingressFaults(object);
    default:
      return [];
  }
}

function containersOf(workload: KubeObject): readonly Container[] {
  const { template } = workload.spec as { template: { spec: { containers: readonly Container[] } } };
  return template.spec.containers;
}

function computeFaults(index: number, resources: Container["resources"] = {}): [string, string][] {
  const { requests = {}, limits = {} } = resources;
  const at = `spec.template.spec.containers[${index}].resources`;
  const unknown = Object.keys({ ...requests, ...limits }).filter((name) => !NATIVE.test(name));
  const above = Object.entries(requests).filter(
    ([name, amount]) => limits[name] !== undefined && amountOf(amount) > amountOf(limits[name]),
  );
  return [
    ...unknown.map((name): [string, string] => [
      `${at}.requests[${name}]`,
      `Invalid value: "${name}": must be a standard resource for containers`,
    ]),
    ...above.map(([name, amount]): [string, string] => [
      `${at}.requests`,
      `Invalid value: "${amount}": must be less than or equal to ${name} limit of ${limits[name] ?? ""}`,
    ]),
  ];
}

function claimFaults(claim: KubeObject, old: KubeObject | undefined): [string, string][] {
  const { storageClassName, resources } = claim.spec as Claim;
  const [now, before] = [
    resources.requests.storage,
    (old?.spec as Claim | undefined)?.resources.requests.storage,
  ];
  const faults = nameFaults("spec.storageClassName", storageClassName);
  if (amountOf(now) <= 0)
    faults.push(["spec.resources[storage]", `Invalid value: "${now}": must be greater than zero`]);
  if (before !== undefined && amountOf(now) < amountOf(before))
    faults.push(["spec.resources.requests.storage", "Forbidden: field can not be less than status.capacity"]);
  return faults;
}

interface Claim {
  readonly storageClassName?: string;
  readonly resources: { readonly requests: { readonly storage: string } };
}

function ingressFaults(ingress: KubeObject): [string, string][] {
  const { ingressClassName, tls = [] } = ingress.spec as {
    ingressClassName?: string;
    tls?: readonly { secretName?: string }[];
  };
  return [
    ...nameFaults("spec.ingressClassName", ingressClassName),
    ...tls.flatMap(({ secretName }, i) => nameFaults(`spec.tls[${i}].secretName`, secretName)),
  ];
}

function nameFaults(field: string, name: string | undefined): [string, string][] {
  if (name === undefined || name === "" || (SUBDOMAIN.test(name) && name.length <= 253)) return [];
  return [
    [
      field,
      `Invalid value: "${name}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`,
    ],
  ];
}
