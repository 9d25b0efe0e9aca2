// The longer cells of built-in tables, each as kubectl's printers word it.
import type { KubeObject } from "../cluster.ts";
import { ago } from "./duration.ts";
import { selectorText } from "./selectors.ts";
import type { Loose } from "./table-builtins.ts";

export const none = "<none>";

/** Items joined by commas, `<none>` when there are none. */
export const listText = (items: readonly string[]): string => items.join(",") || none;

/** A few items, and how many more there are. */
const shortened = (items: readonly string[]): string =>
  items.length > 3 ? `${items.slice(0, 3).join(",")} + ${items.length - 3} more...` : listText(items);

export const podSelectorText = (selector: unknown): string => selectorText(selector ?? {}) || none;

export const containerNames = (spec: Loose): string =>
  (spec?.containers ?? []).map((c: Loose) => c.name).join(",");

export const containerImages = (spec: Loose): string =>
  (spec?.containers ?? []).map((c: Loose) => c.image).join(",");

const conditionIs = (object: Loose, type: string): boolean =>
  (object.status?.conditions ?? []).some((c: Loose) => c.type === type && c.status === "True");

export const jobState = (job: Loose): string => {
  if (conditionIs(job, "Complete")) return "Complete";
  if (conditionIs(job, "Failed")) return "Failed";
  if (job.metadata.deletionTimestamp) return "Terminating";
  if (conditionIs(job, "Suspended")) return "Suspended";
  if (conditionIs(job, "FailureTarget")) return "FailureTarget";
  return conditionIs(job, "SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
};

const loadBalancer = (object: Loose): string =>
  (object.status?.loadBalancer?.ingress ?? []).map((i: Loose) => i.ip ?? i.hostname ?? "").join(",");

export const serviceAddress = (service: Loose): string => {
  const { type, externalIPs = [], externalName } = service.spec ?? {};
  if (type === "ExternalName") return externalName ?? none;
  if (type === "LoadBalancer")
    return [loadBalancer(service), ...externalIPs].filter((ip) => ip !== "").join(",") || "<pending>";
  return listText(externalIPs);
};

export const servicePorts = (service: Loose): string =>
  listText(
    (service.spec?.ports ?? []).map((p: Loose) =>
      p.nodePort ? `${p.port}:${p.nodePort}/${p.protocol}` : `${p.port}/${p.protocol}`,
    ),
  );

export const ingressAddresses = loadBalancer;

export const endpointText = (endpoints: Loose): string =>
  shortened(
    (endpoints.subsets ?? []).flatMap((subset: Loose) =>
      (subset.addresses ?? []).flatMap((address: Loose) =>
        (subset.ports ?? []).length === 0
          ? [address.ip]
          : subset.ports.map((port: Loose) => `${address.ip}:${port.port}`),
      ),
    ),
  );

export const slicePorts = (slice: Loose): string => {
  const ports = (slice.ports ?? []).map((p: Loose) => (p.port === undefined ? "*" : String(p.port)));
  return ports.length === 0 ? "<unset>" : shortened(ports);
};

export const sliceEndpoints = (slice: Loose): string => {
  const all = (slice.endpoints ?? []).flatMap((e: Loose) => e.addresses ?? []) as string[];
  return all.length === 0 ? "<unset>" : shortened(all);
};

export const policyTypes = (policy: Loose): string => listText(policy.spec?.policyTypes ?? []);

const modes: Record<string, string> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

export const accessModes = (list: unknown): string =>
  ((list ?? []) as string[]).map((mode) => modes[mode] ?? mode).join(",");

export const nodeState = (node: Loose): string => {
  const ready = (node.status?.conditions ?? []).find((c: Loose) => c.type === "Ready");
  const state = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return node.spec?.unschedulable === true ? `${state},SchedulingDisabled` : state;
};

const rolePrefix = "node-role.kubernetes.io/";

export const nodeRoles = (node: KubeObject): string =>
  listText(
    Object.keys(node.metadata.labels ?? {})
      .filter((label) => label.startsWith(rolePrefix))
      .map((label) => label.slice(rolePrefix.length))
      .sort(),
  );

export const nodeAddress = (node: Loose, type: string): string =>
  (node.status?.addresses ?? []).find((a: Loose) => a.type === type)?.address ?? none;

const sourceText = (event: Loose): string => {
  const component = event.source?.component ?? event.reportingComponent ?? "";
  const host = event.source?.host ?? event.reportingInstance;
  return host ? `${component}, ${host}` : component;
};

/** Core and events.k8s.io events alike. */
export const eventCells = (event: Loose, at: number): unknown[] => {
  const about = event.involvedObject ?? event.regarding ?? {};
  const first = event.firstTimestamp ?? event.deprecatedFirstTimestamp ?? event.eventTime;
  const last =
    event.series?.lastObservedTime ?? event.lastTimestamp ?? event.deprecatedLastTimestamp ?? first;
  return [
    ago(last ?? event.metadata.creationTimestamp, at),
    event.type ?? "",
    event.reason ?? "",
    `${String(about.kind ?? "").toLowerCase()}/${about.name ?? ""}`,
    about.fieldPath ?? "",
    sourceText({ ...event, reportingComponent: event.reportingComponent ?? event.reportingController }),
    String(event.message ?? event.note ?? "").trim(),
    ago(first ?? event.metadata.creationTimestamp, at),
    event.series?.count ?? event.count ?? event.deprecatedCount ?? 1,
    event.metadata.name,
  ];
};
