// Tables of the built-in kinds, with the columns kubectl users know. Longer cells: table-cells.ts, pod-cells.ts.
import type { KubeObject } from "../cluster.ts";
import { ago, humanDuration } from "./duration.ts";
import { podCells } from "./pod-cells.ts";
import type { ApiResource } from "./resources.ts";
import {
  accessModes,
  containerImages,
  containerNames,
  endpointText,
  eventCells,
  ingressAddresses,
  jobState,
  listText,
  nodeAddress,
  nodeRoles,
  nodeState,
  none,
  podSelectorText,
  policyTypes,
  serviceAddress,
  servicePorts,
  sliceEndpoints,
  slicePorts,
} from "./table-cells.ts";
import type { Table, TableColumn } from "./table.ts";

/** Dug out of an object whose shape the kind's schema has assured. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Loose = any;

type Cell = (object: Loose, at: number) => unknown;
type Column = readonly [name: string, cell: Cell, more?: "wide" | "integer"];

const name: Column = ["Name", (o: KubeObject) => o.metadata.name];
const age: Column = ["Age", (o: KubeObject, at) => ago(o.metadata.creationTimestamp, at)];
const count = (values: unknown): number =>
  values === null || typeof values !== "object" ? 0 : Object.keys(values).length;
const selector: Column = ["Selector", (o: Loose) => podSelectorText(o.spec?.selector), "wide"];
const containers = (spec: (o: Loose) => Loose): Column[] => [
  ["Containers", (o) => containerNames(spec(o)), "wide"],
  ["Images", (o) => containerImages(spec(o)), "wide"],
];
const template = containers((o) => o.spec?.template?.spec);

const spanOfJob = (job: Loose, at: number): string => {
  const { startTime, completionTime } = job.status ?? {};
  if (!startTime) return "";
  return humanDuration((completionTime ? Date.parse(completionTime) : at) - Date.parse(startTime));
};

const columns: Record<string, readonly Column[]> = {
  deployments: [
    name,
    ["Ready", (o) => `${o.status?.readyReplicas ?? 0}/${o.spec?.replicas ?? 0}`],
    ["Up-to-date", (o) => o.status?.updatedReplicas ?? 0, "integer"],
    ["Available", (o) => o.status?.availableReplicas ?? 0, "integer"],
    age,
    ...template,
    selector,
  ],
  replicasets: [
    name,
    ["Desired", (o) => o.spec?.replicas ?? 0, "integer"],
    ["Current", (o) => o.status?.replicas ?? 0, "integer"],
    ["Ready", (o) => o.status?.readyReplicas ?? 0, "integer"],
    age,
    ...template,
    selector,
  ],
  statefulsets: [
    name,
    ["Ready", (o) => `${o.status?.readyReplicas ?? 0}/${o.spec?.replicas ?? 0}`],
    age,
    ...template,
  ],
  jobs: [
    name,
    ["Status", jobState],
    [
      "Completions",
      (o) => `${o.status?.succeeded ?? 0}/${o.spec?.completions ?? `1 of ${o.spec?.parallelism ?? 1}`}`,
    ],
    ["Duration", spanOfJob],
    age,
    ...template,
    selector,
  ],
  cronjobs: [
    name,
    ["Schedule", (o) => o.spec?.schedule],
    ["Timezone", (o) => o.spec?.timeZone ?? none],
    ["Suspend", (o) => (o.spec?.suspend === true ? "True" : "False")],
    ["Active", (o) => o.status?.active?.length ?? 0, "integer"],
    ["Last Schedule", (o, at) => (o.status?.lastScheduleTime ? ago(o.status.lastScheduleTime, at) : none)],
    age,
    ...containers((o) => o.spec?.jobTemplate?.spec?.template?.spec),
    ["Selector", (o) => podSelectorText(o.spec?.jobTemplate?.spec?.selector), "wide"],
  ],
  services: [
    name,
    ["Type", (o) => o.spec?.type],
    ["Cluster-IP", (o) => o.spec?.clusterIP || none],
    ["External-IP", serviceAddress],
    ["Port(s)", servicePorts],
    age,
    [
      "Selector",
      (o) =>
        listText(Object.entries(o.spec?.selector ?? {}).map(([key, value]) => `${key}=${String(value)}`)),
      "wide",
    ],
  ],
  endpoints: [name, ["Endpoints", endpointText], age],
  endpointslices: [
    name,
    ["AddressType", (o) => o.addressType],
    ["Ports", slicePorts],
    ["Endpoints", sliceEndpoints],
    age,
  ],
  ingresses: [
    name,
    ["Class", (o) => o.spec?.ingressClassName ?? none],
    ["Hosts", (o) => (o.spec?.rules ?? []).map((r: Loose) => r.host ?? "*").join(",") || "*"],
    ["Address", ingressAddresses],
    ["Ports", (o) => ((o.spec?.tls ?? []).length > 0 ? "80, 443" : "80")],
    age,
  ],
  ingressclasses: [
    name,
    ["Controller", (o) => o.spec?.controller],
    [
      "Parameters",
      (o) =>
        o.spec?.parameters
          ? `${o.spec.parameters.kind}${o.spec.parameters.apiGroup ? `.${o.spec.parameters.apiGroup}` : ""}/${o.spec.parameters.name}`
          : none,
    ],
    age,
  ],
  networkpolicies: [
    name,
    ["Pod-Selector", (o) => podSelectorText(o.spec?.podSelector)],
    age,
    ["Policy-Types", policyTypes, "wide"],
  ],
  secrets: [name, ["Type", (o) => o.type], ["Data", (o) => count(o.data), "integer"], age],
  configmaps: [name, ["Data", (o) => count(o.data) + count(o.binaryData), "integer"], age],
  serviceaccounts: [name, ["Secrets", (o) => (o.secrets ?? []).length, "integer"], age],
  namespaces: [name, ["Status", (o) => o.status?.phase], age],
  nodes: [
    name,
    ["Status", nodeState],
    ["Roles", nodeRoles],
    age,
    ["Version", (o) => o.status?.nodeInfo?.kubeletVersion],
    ["Internal-IP", (o) => nodeAddress(o, "InternalIP"), "wide"],
    ["External-IP", (o) => nodeAddress(o, "ExternalIP"), "wide"],
    ["OS-Image", (o) => o.status?.nodeInfo?.osImage || "<unknown>", "wide"],
    ["Kernel-Version", (o) => o.status?.nodeInfo?.kernelVersion || "<unknown>", "wide"],
    ["Container-Runtime", (o) => o.status?.nodeInfo?.containerRuntimeVersion || "<unknown>", "wide"],
  ],
  persistentvolumeclaims: [
    name,
    ["Status", (o: Loose) => (o.metadata.deletionTimestamp ? "Terminating" : o.status?.phase)],
    ["Volume", (o) => o.spec?.volumeName ?? ""],
    ["Capacity", (o) => (o.spec?.volumeName ? (o.status?.capacity?.storage ?? "0") : "")],
    ["Access Modes", (o) => (o.spec?.volumeName ? accessModes(o.status?.accessModes) : "")],
    ["StorageClass", (o) => o.spec?.storageClassName ?? ""],
    ["VolumeAttributesClass", (o) => o.spec?.volumeAttributesClassName ?? "<unset>"],
    age,
    ["VolumeMode", (o) => o.spec?.volumeMode ?? "<unset>", "wide"],
  ],
  persistentvolumes: [
    name,
    ["Capacity", (o) => o.spec?.capacity?.storage ?? "0"],
    ["Access Modes", (o) => accessModes(o.spec?.accessModes)],
    ["Reclaim Policy", (o) => o.spec?.persistentVolumeReclaimPolicy],
    ["Status", (o: Loose) => (o.metadata.deletionTimestamp ? "Terminating" : o.status?.phase)],
    ["Claim", (o) => (o.spec?.claimRef ? `${o.spec.claimRef.namespace}/${o.spec.claimRef.name}` : "")],
    ["StorageClass", (o) => o.spec?.storageClassName ?? ""],
    ["VolumeAttributesClass", (o) => o.spec?.volumeAttributesClassName ?? "<unset>"],
    ["Reason", (o) => o.status?.reason ?? ""],
    age,
    ["VolumeMode", (o) => o.spec?.volumeMode ?? "<unset>", "wide"],
  ],
  storageclasses: [
    [
      "Name",
      (o: Loose) =>
        o.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true"
          ? `${o.metadata.name} (default)`
          : o.metadata.name,
    ],
    ["Provisioner", (o) => o.provisioner],
    ["ReclaimPolicy", (o) => o.reclaimPolicy ?? "Delete"],
    ["VolumeBindingMode", (o) => o.volumeBindingMode ?? "Immediate"],
    ["AllowVolumeExpansion", (o) => o.allowVolumeExpansion === true],
    age,
  ],
  leases: [name, ["Holder", (o) => o.spec?.holderIdentity ?? ""], age],
  poddisruptionbudgets: [
    name,
    ["Min Available", (o) => String(o.spec?.minAvailable ?? "N/A")],
    ["Max Unavailable", (o) => String(o.spec?.maxUnavailable ?? "N/A")],
    ["Allowed Disruptions", (o) => o.status?.disruptionsAllowed ?? 0, "integer"],
    age,
  ],
  roles: [name, ["Created At", (o: KubeObject) => o.metadata.creationTimestamp]],
  clusterroles: [name, ["Created At", (o: KubeObject) => o.metadata.creationTimestamp]],
  rolebindings: [name, ["Role", (o) => `${o.roleRef?.kind}/${o.roleRef?.name}`], age],
  clusterrolebindings: [name, ["Role", (o) => `${o.roleRef?.kind}/${o.roleRef?.name}`], age],
  customresourcedefinitions: [name, ["Created At", (o: KubeObject) => o.metadata.creationTimestamp]],
};

const typed = ([label, , more]: Column): TableColumn => ({
  name: label,
  type: more === "integer" ? "integer" : "string",
  format: label === "Name" ? "name" : "",
  description: label === "Name" ? "Name must be unique within a namespace." : `${label} of the object.`,
  priority: more === "wide" ? 1 : 0,
});

const pods: readonly Column[] = [
  "Name",
  "Ready",
  "Status",
  "Restarts",
  "Age",
  "IP",
  "Node",
  "Nominated Node",
  "Readiness Gates",
].map((label, index) => [label, () => "", index > 4 ? "wide" : undefined] as unknown as Column);

const events: readonly Column[] = [
  ["Last Seen", () => ""],
  ["Type", () => ""],
  ["Reason", () => ""],
  ["Object", () => ""],
  ["Subobject", () => "", "wide"],
  ["Source", () => "", "wide"],
  ["Message", () => ""],
  ["First Seen", () => "", "wide"],
  ["Count", () => "", "wide"],
  ["Name", () => "", "wide"],
];

/** The table of a built-in kind; undefined for kinds shown by name and age only. */
export const builtinTable = (res: ApiResource): Table | undefined => {
  if (res.plural === "pods") return { columns: pods.map(typed), cells: podCells };
  if (res.plural === "events") return { columns: events.map(typed), cells: eventCells };
  const own = columns[res.plural];
  return (
    own && {
      columns: own.map(typed),
      cells: (object, at) => own.map(([, cell]) => cell(object, at) ?? null),
    }
  );
};
