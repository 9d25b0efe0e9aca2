// The node of the sandbox: takes every pod, runs it as local processes (pod-worker.ts), and keeps what pods read of the
// cluster up to date. The door of this folder, together with service-proxy.ts.
import type { Cluster, KubeObject, ResourceRef, WatchEvent } from "../cluster.ts";
import { eventRecorder } from "../workloads/events.ts";
import type { Log } from "../workloads/loop.ts";
import { keyOf, timestamp, withCondition } from "../workloads/meta.ts";
import type { Pod } from "../workloads/objects.ts";
import { resources } from "../workloads/objects.ts";
import type { Network } from "./addresses.ts";
import type { ImageDefinition } from "./images.ts";
import { nodeName, registerNode, unfit } from "./node-object.ts";
import type { BackoffNumbers } from "./pod-decision.ts";
import { kubeletBackoff } from "./pod-decision.ts";
import { podFolder, removeForgottenPods } from "./pod-folder.ts";
import { podSources } from "./pod-sources.ts";
import { unschedulable } from "./pod-status.ts";
import { PodWorker } from "./pod-worker.ts";
import type { Processes } from "./processes.ts";

export interface NodeOptions {
  cluster: Cluster;
  dataDir: string;
  images: readonly ImageDefinition[];
  network: Network;
  processes: Processes;
  log: Log;
  /** How long crashing containers wait; the kubelet's numbers when absent. */
  backoff?: BackoffNumbers;
}

export interface SandboxNode {
  /** The worker of a pod that runs here. */
  worker(namespace: string, pod: string): PodWorker | undefined;
  /** Stops every container, databases last; pods stay declared and start again with the next sandbox. */
  stop(): Promise<void>;
}

/** How long containers have to end when the sandbox stops: a person waits at a terminal. */
const haltMs = { others: 10_000, last: 20_000 };

/** Starts the node: the Node object is there and the first pods are being started when it returns. */
export function startNode(options: NodeOptions): SandboxNode {
  const { cluster, dataDir, network, log } = options;
  const event = eventRecorder(cluster, { component: "kubelet", host: nodeName });
  const scheduler = eventRecorder(cluster, { component: "default-scheduler" });
  const workers = new Map<string, PodWorker>();
  /** By namespace/name: done when nothing of the last pod of that name is left. */
  const last = new Map<string, { uid: string; done: Promise<void> }>();
  let stopping = false;

  const bind = (pod: Pod): void => {
    const why = unfit(pod);
    if (why !== undefined) {
      const status = unschedulable(pod, why, Date.now());
      if (pod.status?.conditions === undefined) scheduler(pod, "Warning", "FailedScheduling", why);
      cluster.updateStatus(resources.pods, { ...pod, status });
      return;
    }
    const bound = cluster.update(resources.pods, { ...pod, spec: { ...pod.spec, nodeName } }) as Pod;
    scheduler(bound, "Normal", "Scheduled", `Successfully assigned ${keyOf(pod)} to ${nodeName}`);
    const scheduled = { type: "PodScheduled", status: "True", lastProbeTime: null } as const;
    const conditions = withCondition(bound.status?.conditions ?? [], scheduled, timestamp(Date.now()));
    cluster.updateStatus(resources.pods, {
      ...bound,
      status: { phase: "Pending", ...bound.status, conditions },
    });
  };

  const take = (pod: Pod): void => {
    const uid = pod.metadata.uid ?? "";
    const key = keyOf(pod);
    const free = last.get(key)?.done ?? Promise.resolve();
    const worker = new PodWorker(pod, {
      cluster,
      sources: podSources(cluster, network, pod.metadata.namespace ?? ""),
      images: options.images,
      processes: options.processes,
      backoff: options.backoff ?? kubeletBackoff,
      event,
      log,
      hostIP: network.nodeIP,
      podIP: network.podIP(key),
      podDir: podFolder(dataDir, uid),
      free,
    });
    workers.set(uid, worker);
    // A pod deleted while it still waited for the one before it is not the last of that name to leave.
    const done = Promise.all([free, worker.done]).then(() => undefined);
    last.set(key, { uid, done });
    void worker.done.then(() => stopping || workers.delete(uid));
    void done.then(() => {
      if (stopping || last.get(key)?.uid !== uid) return;
      last.delete(key);
      network.releasePod(key);
    });
  };

  const onPod = ({ type, object }: WatchEvent): void => {
    if (stopping) return;
    const pod = object as Pod;
    const worker = workers.get(pod.metadata.uid ?? "");
    if (type === "DELETED") return worker?.vanished();
    if (worker !== undefined) return worker.update(pod);
    if (pod.spec.nodeName === undefined || pod.spec.nodeName === "") {
      if (pod.metadata.deletionTimestamp === undefined) bind(pod);
    } else if (pod.spec.nodeName === nodeName) {
      take(pod);
    }
  };

  const guarded =
    (handler: (event: WatchEvent) => void) =>
    (watched: WatchEvent): void => {
      try {
        handler(watched);
      } catch (error) {
        log(
          `node, ${watched.object.kind} ${keyOf(watched.object)}: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    };

  const refreshOn = (
    res: ResourceRef,
    referenceOf: (object: KubeObject) => string | undefined,
  ): (() => void) =>
    cluster.watch(
      res,
      guarded(({ object }) => {
        const { namespace } = object.metadata;
        // Names of Services resolve across namespaces, and volumes have none.
        const everywhere = res === resources.services || namespace === undefined;
        for (const worker of workers.values()) {
          if (everywhere || worker.key.startsWith(`${namespace}/`)) worker.refresh(referenceOf(object));
        }
      }),
    );

  registerNode(cluster, network.nodeIP);
  const pods = cluster.list(resources.pods) as Pod[];
  removeForgottenPods(dataDir, new Set(pods.map((pod) => pod.metadata.uid ?? "")));
  const stops = [
    refreshOn(resources.secrets, (secret) => `secret/${secret.metadata.name}`),
    refreshOn(resources.configMaps, (map) => `configmap/${map.metadata.name}`),
    refreshOn(resources.services, () => undefined),
    refreshOn(resources.persistentVolumeClaims, () => undefined),
    refreshOn(resources.persistentVolumes, () => undefined),
    cluster.watch(resources.pods, guarded(onPod)),
  ];

  return {
    worker: (namespace, pod) =>
      [...workers.values()].findLast((worker) => worker.key === `${namespace}/${pod}`),
    async stop() {
      stopping = true;
      for (const stop of stops) stop();
      const all = [...workers.values()];
      await Promise.all(
        all.filter((worker) => !worker.stopsLast).map((worker) => worker.halt(haltMs.others)),
      );
      await Promise.all(all.filter((worker) => worker.stopsLast).map((worker) => worker.halt(haltMs.last)));
    },
  };
}
