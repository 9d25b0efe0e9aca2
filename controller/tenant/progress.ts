// Why pods that should run do not, in plain words. Pure.
import type { Live, Pod } from "../engine/index.ts";

type PodView = Pick<Live<Pod>, "metadata" | "spec" | "status">;

/** Reasons of a container that mean: somebody has to do something. */
const TROUBLE: Readonly<Record<string, string>> = {
  ImagePullBackOff: "the image cannot be pulled",
  ErrImagePull: "the image cannot be pulled",
  ErrImageNeverPull: "the image is not on the node",
  InvalidImageName: "the image's name is not valid",
  CreateContainerConfigError: "the container cannot be configured",
  CreateContainerError: "the container cannot be made",
  CrashLoopBackOff: "the program ends again and again",
  RunContainerError: "the container cannot be started",
};

/** One clause on what holds the pods up, the most telling first; `undefined` when there is nothing to tell. */
export function podTrouble(pods: readonly PodView[]): string | undefined {
  for (const pod of pods) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    const trouble = containerTrouble(pod) ?? schedulingTrouble(pod);
    if (trouble !== undefined) return `Pod ${pod.metadata.name}: ${trouble}`;
  }
  return undefined;
}

function containerTrouble(pod: PodView): string | undefined {
  for (const container of [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ]) {
    const waiting = container.state?.waiting;
    const trouble = TROUBLE[waiting?.reason ?? ""];
    const ended = container.state?.terminated ?? container.lastState?.terminated;
    const words = lastWords(ended?.message);
    const end =
      ended && ended.exitCode !== 0
        ? `; it last ended with code ${ended.exitCode}${ended.reason && ended.reason !== "Error" ? ` (${ended.reason})` : ""}${words === undefined ? "" : `: ${words}`}`
        : "";
    if (trouble !== undefined)
      return `${trouble}${end}${waiting?.message && waiting.reason !== "CrashLoopBackOff" ? `: ${waiting.message}` : ""}`;
    if (end !== "" && container.ready !== true) return `the program was started again${end}`;
  }
  return undefined;
}

/** Longest that is told of what a program said at its end. */
const LONGEST_WORDS = 300;

/**
 * What a program said at its end: the message of its last log line. The kubelet passes on the last 2 KiB of the log
 * (terminationMessagePolicy), so that a line with a long stack has lost its beginning: it is looked at from its end.
 */
function lastWords(message: string | undefined): string | undefined {
  const line = message?.trimEnd().split("\n").at(-1) ?? "";
  const text = /"msg":("(?:[^"\\]|\\.)*")\}$/.exec(line)?.[1];
  return text === undefined ? undefined : (JSON.parse(text) as string).slice(0, LONGEST_WORDS);
}

function schedulingTrouble(pod: PodView): string | undefined {
  const scheduled = pod.status?.conditions?.find((condition) => condition.type === "PodScheduled");
  if (scheduled?.status !== "False") return undefined;
  return `no node takes it${scheduled.message ? `: ${scheduled.message}` : ""}`;
}

/** Conditions of a Deployment that say why it makes no pods (quota, admission). */
export function workloadTrouble(
  conditions:
    readonly { readonly type: string; readonly status: string; readonly message?: string }[] | undefined,
): string | undefined {
  return conditions?.find((condition) => condition.type === "ReplicaFailure" && condition.status === "True")
    ?.message;
}

/** What is waited for, and what holds it up, as sentences. */
export function waitingFor(what: string, trouble?: string): string {
  return `${what}${trouble === undefined ? "" : `. ${trouble}`}.`.replace(/([.?!])\.$/, "$1");
}

interface Rollout {
  readonly metadata: { readonly generation?: number };
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
  };
}

/** What a rollout still lacks (kstatus: Deployment, StatefulSet); `undefined` when it is complete. */
export function rolloutLacks(workload: Rollout): string | undefined {
  const wanted = workload.spec?.replicas ?? 1;
  const {
    observedGeneration = 0,
    replicas = 0,
    updatedReplicas = 0,
    readyReplicas = 0,
  } = workload.status ?? {};
  if (observedGeneration < (workload.metadata.generation ?? 0)) return "the change has not been taken up yet";
  if (updatedReplicas < wanted) return `${updatedReplicas} of ${wanted} replicas are up to date`;
  if (replicas > updatedReplicas) return `${replicas - updatedReplicas} former replicas are still running`;
  if (readyReplicas < wanted) return `${readyReplicas} of ${wanted} replicas are ready`;
  return undefined;
}
