// The sandbox: a cluster in one process. Starts the API server, the workload controllers, the node with its Service
// addresses, and the gateway, and stops them in the opposite order. For laptops, tests and demonstrations.
import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import { startApiServer } from "./apiserver/index.ts";
import type { Cluster } from "./cluster.ts";
import { startGateway } from "./gateway/index.ts";
import { postgresImage } from "./images/postgres.ts";
import { openNetwork } from "./node/addresses.ts";
import { nodeBackend } from "./node/backend.ts";
import type { ImageDefinition } from "./node/images.ts";
import { startNode } from "./node/node.ts";
import type { BackoffNumbers } from "./node/pod-decision.ts";
import { signal } from "./node/proc.ts";
import { Processes } from "./node/processes.ts";
import { removeFolder } from "./node/reachable.ts";
import { serviceAdmission } from "./node/service-addresses.ts";
import { startServiceProxy } from "./node/service-proxy.ts";
import { startEndpointIndex } from "./workloads/endpoint-index.ts";
import { startWorkloads } from "./workloads/index.ts";

export type { ImageDefinition } from "./node/images.ts";
export { kubeletBackoff } from "./node/pod-decision.ts";

export interface SandboxSettings {
  /** Everything the sandbox keeps; the same folder brings everything back. */
  readonly dataDir: string;
  /** Port of the gateway; refused when taken. Absent: the last one used, else the first free one from 8080 on. */
  readonly gatewayPort?: number;
  /** Port of the API server. */
  readonly apiPort?: number;
  /** Images besides `postgres`. */
  readonly images: readonly ImageDefinition[];
  readonly log: Logger;
  /** How long crashing containers wait before they are started again; the kubelet's numbers when absent. */
  readonly backoff?: BackoffNumbers;
}

export interface Sandbox {
  readonly cluster: Cluster;
  readonly apiUrl: string;
  readonly kubeconfigPath: string;
  readonly token: string;
  /** The address of an Ingress hostname on this machine, without a trailing slash. */
  gatewayUrl(hostname: string): string;
  /**
   * Orderly: requests end, sites stop, then databases, the API server last. `tell` hears which part is being stopped.
   * Rejects, after all have been stopped, when one of them could not be.
   */
  stop(tell?: (part: string) => void): Promise<void>;
  /** Ends every process of the sandbox by SIGKILL, without waiting; what the databases had committed is kept. */
  kill(): void;
}

interface Part {
  readonly name: string;
  readonly stop: () => unknown;
}

/** Stops what was started so far backwards, each part even when one before it failed. */
async function unwind(parts: readonly Part[], log: Logger, tell?: (part: string) => void): Promise<void> {
  const failures: unknown[] = [];
  for (const { name, stop } of parts.toReversed()) {
    const startedAt = performance.now();
    tell?.(name);
    try {
      await stop();
      log.info({ part: name, ms: Math.round(performance.now() - startedAt) }, "stopped");
    } catch (error) {
      log.error({ part: name, err: error }, "stopping a part of the sandbox failed");
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/**
 * Starts the cluster kept in `dataDir`, or a new one. What an earlier sandbox left running there after a crash is
 * stopped first; pods that were declared start again. Rejects when another sandbox runs on the same folder.
 */
export async function startSandbox(settings: SandboxSettings): Promise<Sandbox> {
  const { log } = settings;
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o755 });
  const dataDir = realpathSync(settings.dataDir);
  const line = (text: string): void => log.info(text);
  const parts: Part[] = [];
  try {
    // First: it is also the lock of the data folder, and only its holder may stop leftovers.
    const network = await openNetwork(dataDir);
    parts.push({ name: "addresses", stop: () => network.close() });
    const processes = new Processes(dataDir);
    await processes.stopLeftovers(line);

    const { apiPort } = settings;
    const api = await startApiServer({ dataDir, log, ...(apiPort !== undefined && { port: apiPort }) });
    parts.push({ name: "API server", stop: () => api.stop() });
    const { cluster } = api;
    api.setAdmission(serviceAdmission(cluster, network));

    const index = startEndpointIndex(cluster);
    parts.push({ name: "endpoints", stop: () => index.stop() });
    const proxy = startServiceProxy(cluster, network, index, line);
    parts.push({ name: "Service addresses", stop: () => proxy.stop() });
    const node = startNode({
      cluster,
      dataDir,
      network,
      processes,
      log: line,
      images: [...settings.images, postgresImage(join(dataDir, "cache"))],
      ...(settings.backoff && { backoff: settings.backoff }),
    });
    parts.push({ name: "containers", stop: () => node.stop() });
    api.connectNode(nodeBackend(cluster, node, index, dataDir));
    const volumesDir = join(dataDir, "volumes");
    parts.push({
      name: "workload controllers",
      stop: startWorkloads({ cluster, volumesDir, log: line, removeFolder }),
    });
    const gateway = await startGateway({
      cluster,
      index,
      dataDir,
      log: line,
      ...(settings.gatewayPort !== undefined && { port: settings.gatewayPort }),
    });
    parts.push({ name: "gateway", stop: () => gateway.stop() });

    let stopped: Promise<void> | undefined;
    return {
      cluster,
      apiUrl: api.url,
      kubeconfigPath: api.kubeconfigPath,
      token: api.token,
      gatewayUrl: (hostname) => gateway.url(hostname),
      stop: (tell) => (stopped ??= unwind(parts, log, tell)),
      kill() {
        for (const left of processes.leftovers()) signal(left, "SIGKILL");
      },
    };
  } catch (error) {
    // The log has what could not be stopped; why the start failed is what the caller must hear.
    await unwind(parts, log).catch(() => undefined);
    throw error;
  }
}
