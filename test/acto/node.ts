// What a node does, as far as status tells of it: pulls images it knows, runs pods, says why one does not run. No process
// starts; the LMS of a tenant runs beside (stage.ts).
import type { Cluster } from "../../sandbox/cluster.ts";
import {
  type Condition,
  type ContainerStatus,
  type PersistentVolumeClaim,
  type Pod,
  type PodStatus,
  resources,
} from "../../sandbox/workloads/objects.ts";
import { isReady } from "../../sandbox/workloads/pods.ts";
import { amountOf } from "../../controller/engine/apply/quantity.ts";

const REFERENCE = /^[a-z0-9]+([._/:@-]+[a-zA-Z0-9]+)*$/;
const CPUS = 64;
const MEMORY = 256 * 2 ** 30;
/** A run rolls out many pods; a moment each is enough to be seen. */
const START_MS = 5;

interface Trouble {
  readonly reason: string;
  readonly message: string;
}

/** Starts the node; returns the function that stops it. */
export function startNode(cluster: Cluster, images: ReadonlySet<string>): () => void {
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    timer = undefined;
    const pods = cluster.list(resources.pods) as Pod[];
    for (const pod of pods) {
      const { namespace, name } = pod.metadata;
      if (pod.metadata.deletionTimestamp !== undefined)
        cluster.delete(resources.pods, namespace, name, { gracePeriodSeconds: 0 });
      else cluster.updateStatus(resources.pods, { ...pod, status: statusOf(pod, pods) });
    }
  };
  const soon = (): void => {
    timer ??= setTimeout(look, START_MS);
  };
  const stops = [resources.pods, resources.persistentVolumeClaims].map((ref) => cluster.watch(ref, soon));

  function statusOf(pod: Pod, pods: readonly Pod[]): PodStatus {
    const unscheduled = tooLarge(pod) ?? unbound(pod);
    if (unscheduled !== undefined)
      return {
        ...pod.status,
        phase: "Pending",
        conditions: [
          conditionOf(pod, "PodScheduled", false, { reason: "Unschedulable", message: unscheduled }),
        ],
      };
    const image = pod.spec.containers[0]?.image ?? "";
    const trouble = imageTrouble(image);
    const ready = trouble === undefined && databaseRuns(pod, pods);
    return {
      ...pod.status,
      phase: trouble ? "Pending" : "Running",
      conditions: [conditionOf(pod, "PodScheduled", true), conditionOf(pod, "Ready", ready)],
      containerStatuses: [containerOf(pod, image, ready, trouble)],
    };
  }

  function imageTrouble(image: string): Trouble | undefined {
    if (!REFERENCE.test(image))
      return {
        reason: "InvalidImageName",
        message: `Failed to apply default image tag "${image}": couldn't parse image name`,
      };
    if (images.has(image)) return undefined;
    return { reason: "ImagePullBackOff", message: `Back-off pulling image "${image}": not found` };
  }

  function unbound(pod: Pod): string | undefined {
    const missing = (pod.spec.volumes ?? []).some(({ persistentVolumeClaim: volume }) => {
      if (volume === undefined) return false;
      const key = [pod.metadata.namespace, volume.claimName] as const;
      const claim = cluster.get(resources.persistentVolumeClaims, ...key) as
        PersistentVolumeClaim | undefined;
      return claim?.status?.phase !== "Bound";
    });
    return missing ? "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims." : undefined;
  }

  return () => {
    for (const stop of stops) stop();
    clearTimeout(timer);
  };
}

function tooLarge(pod: Pod): string | undefined {
  const { cpu = "0", memory = "0" } = pod.spec.containers[0]?.resources?.requests ?? {};
  if (amountOf(cpu) > CPUS) return "0/1 nodes are available: 1 Insufficient cpu.";
  return amountOf(memory) > MEMORY ? "0/1 nodes are available: 1 Insufficient memory." : undefined;
}

/** The LMS is ready only while its database is; one elsewhere always is. */
function databaseRuns(pod: Pod, pods: readonly Pod[]): boolean {
  const part = (one: Pod): string | undefined => one.metadata.labels?.["app.kubernetes.io/component"];
  const tenant = (one: Pod): string | undefined => one.metadata.labels?.["app.kubernetes.io/instance"];
  if (part(pod) !== "lms") return true;
  const env = pod.spec.containers[0]?.env ?? [];
  const standalone = env.some(({ name, value }) => name === "PGSSLMODE" && value === "disable");
  if (!standalone) return true;
  return pods.some((one) => part(one) === "database" && tenant(one) === tenant(pod) && isReady(one));
}

function conditionOf(pod: Pod, type: string, holds: boolean, why?: Trouble): Condition {
  const status = holds ? "True" : "False";
  const before = pod.status?.conditions?.find((one) => one.type === type);
  const since = before?.status === status ? before.lastTransitionTime : undefined;
  return { type, status, ...why, lastTransitionTime: since ?? new Date().toISOString() };
}

function containerOf(pod: Pod, image: string, ready: boolean, waiting: Trouble | undefined): ContainerStatus {
  const { name = "" } = pod.spec.containers[0] ?? {};
  const before = pod.status?.containerStatuses?.[0]?.state.running?.startedAt;
  const running = { startedAt: before ?? new Date().toISOString() };
  return {
    name,
    image,
    imageID: waiting ? "" : image,
    ready,
    started: waiting === undefined,
    restartCount: 0,
    state: waiting ? { waiting: { ...waiting } } : { running },
    lastState: {},
  };
}
