// The Node object of the sandbox, and which pods it can take. Pure.
import { availableParallelism, release, totalmem } from "node:os";
import type { Cluster, KubeObject } from "../cluster.ts";
import { timestamp } from "../workloads/meta.ts";
import type { Condition, Pod } from "../workloads/objects.ts";
import { resources } from "../workloads/objects.ts";

/** The name of the one node. */
export const nodeName = "sandbox";

const architecture = process.arch === "x64" ? "amd64" : process.arch;

const nodeLabels: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": architecture,
  "beta.kubernetes.io/os": process.platform,
  "kubernetes.io/arch": architecture,
  "kubernetes.io/hostname": nodeName,
  "kubernetes.io/os": process.platform,
};

/** Why the pod cannot run here; undefined when it can. */
export function unfit(pod: Pod): string | undefined {
  const wanted = Object.entries(pod.spec.nodeSelector ?? {});
  const missing = wanted.filter(([key, value]) => nodeLabels[key] !== value);
  if (missing.length === 0) return undefined;
  const asked = missing.map(([key, value]) => `${key}=${value}`).join(", ");
  return `0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector (${asked})`;
}

type NodeCondition = Condition & { lastHeartbeatTime: string };

const conditions = (before: readonly Condition[] | undefined, now: string): NodeCondition[] => {
  const one = (type: string, status: "True" | "False", reason: string, message: string): NodeCondition => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: before?.find((each) => each.type === type)?.lastTransitionTime ?? now,
  });
  return [
    one("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    one("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    one("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    one("Ready", "True", "KubeletReady", "the sandbox runs containers as local processes"),
  ];
};

/** Writes the Node object. No heartbeats follow: when the node is gone, so is the API server that would tell. */
export function registerNode(cluster: Cluster, nodeIP: string): void {
  const found = cluster.get(resources.nodes, undefined, nodeName);
  const node: KubeObject =
    found ??
    cluster.create(resources.nodes, {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: nodeName, labels: { ...nodeLabels } },
      spec: {},
    });
  const capacity = {
    cpu: String(availableParallelism()),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    pods: "1015",
  };
  const before = node.status as { conditions?: Condition[] } | undefined;
  const status = {
    capacity,
    allocatable: capacity,
    conditions: conditions(before?.conditions, timestamp(Date.now())),
    addresses: [
      { type: "InternalIP", address: nodeIP },
      { type: "Hostname", address: nodeName },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
    nodeInfo: {
      architecture,
      operatingSystem: process.platform,
      osImage: "local processes",
      kernelVersion: release(),
      containerRuntimeVersion: `node://${process.versions.node}`,
      kubeletVersion: "v1.34.0",
      kubeProxyVersion: "",
      bootID: "",
      machineID: "",
      systemUUID: "",
    },
  };
  cluster.updateStatus(resources.nodes, { ...node, status });
}
