// What the node gives the API server: pod logs, and where services and pods really listen.
import { join } from "node:path";
import { ApiError } from "../apiserver/status.ts";
import type { Cluster, NodeBackend, PodLogOptions } from "../cluster.ts";
import type { EndpointIndex } from "../workloads/endpoint-index.ts";
import { portNumber } from "../workloads/endpoints-plan.ts";
import type { Pod } from "../workloads/objects.ts";
import { resources } from "../workloads/objects.ts";
import { logPath } from "./container-log.ts";
import type { ContainerRecord } from "./container-state.ts";
import { readLog } from "./log-reader.ts";
import type { SandboxNode } from "./node.ts";
import { podFolder } from "./pod-folder.ts";

const defaultContainer = "kubectl.kubernetes.io/default-container";

const refuse = (message: string): never => {
  throw new ApiError(400, "BadRequest", message);
};

/** The container meant by a request for logs. */
export function logContainer(pod: Pod, asked: string | undefined): string {
  const { name } = pod.metadata;
  const inits = (pod.spec.initContainers ?? []).map((container) => container.name);
  const mains = pod.spec.containers.map((container) => container.name);
  if (asked !== undefined && asked !== "") {
    return [...inits, ...mains].includes(asked)
      ? asked
      : refuse(`container ${asked} is not valid for pod ${name}`);
  }
  const chosen = pod.metadata.annotations?.[defaultContainer];
  if (chosen !== undefined && mains.includes(chosen)) return chosen;
  if (mains.length === 1 && inits.length === 0) return mains[0] ?? "";
  const more = inits.length > 0 ? ` or one of the init containers: [${inits.join(" ")}]` : "";
  return refuse(
    `a container name must be specified for pod ${name}, choose one of: [${mains.join(" ")}]${more}`,
  );
}

/** The number of the run whose log is meant. */
export function logRun(record: ContainerRecord, pod: string, previous: boolean | undefined): number {
  const { standing, restarts, name, last } = record;
  const current = standing.at === "running" || standing.at === "ended";
  if (previous === true) {
    const run = standing.at === "backoff" ? restarts : restarts - 1;
    return last === undefined || run < 0
      ? refuse(`previous terminated container "${name}" in pod "${pod}" not found`)
      : run;
  }
  if (current || standing.at === "starting") return restarts;
  if (standing.at === "backoff") return restarts;
  if (last !== undefined && restarts > 0) return restarts - 1;
  const reason = standing.at === "blocked" ? standing.reason : "ContainerCreating";
  return refuse(`container "${name}" in pod "${pod}" is waiting to start: ${reason}`);
}

/** The node as the API server asks it. */
export function nodeBackend(
  cluster: Cluster,
  node: SandboxNode,
  index: EndpointIndex,
  dataDir: string,
): NodeBackend {
  let turn = 0;
  const find = (namespace: string, name: string): Pod | undefined =>
    cluster.get(resources.pods, namespace, name) as Pod | undefined;

  return {
    podLog(namespace: string, name: string, options: PodLogOptions) {
      const pod = find(namespace, name);
      if (pod === undefined) throw new ApiError(404, "NotFound", `pods "${name}" not found`);
      const container = logContainer(pod, options.container);
      const running = node.worker(namespace, name)?.container(container);
      if (running === undefined) {
        return refuse(`container "${container}" in pod "${name}" is waiting to start: ContainerCreating`);
      }
      const run = logRun(running.record, name, options.previous);
      const path = logPath(join(podFolder(dataDir, pod.metadata.uid ?? ""), "logs", container), run);
      const live = running.log?.path === path && !running.log.ended ? running.log : undefined;
      return readLog(path, live, options);
    },
    serviceTarget(namespace, service, port) {
      const targets = index.targets(namespace, service, port);
      turn += 1;
      return targets[turn % targets.length];
    },
    podTarget(namespace, name, port) {
      const pod = find(namespace, name);
      const host = pod?.status?.podIP;
      if (pod === undefined || host === undefined) return undefined;
      const first = pod.spec.containers.flatMap((container) => container.ports ?? [])[0]?.containerPort;
      const number = port === "" ? first : portNumber(pod, port);
      return number === undefined ? undefined : { host, port: number };
    },
  };
}
