// The workload controllers of the sandbox: the door of this folder.
import type { Cluster } from "../cluster.ts";
import type { ControllerContext, Stop } from "./context.ts";
import { stopAll } from "./context.ts";
import { startCronJobs } from "./cronjob.ts";
import { startDeployments } from "./deployment.ts";
import { startEndpoints } from "./endpoints.ts";
import { eventRecorder } from "./events.ts";
import { startJobs } from "./job.ts";
import type { Log } from "./loop.ts";
import { startReplicaSets } from "./replicaset.ts";
import { startStatefulSets } from "./statefulset.ts";
import { startVolumes } from "./volumes.ts";

export interface WorkloadOptions {
  cluster: Cluster;
  /** Folder that holds one folder per provisioned volume. */
  volumesDir: string;
  log: Log;
  /** Removes a volume's folder for good; the default removes just the folder. */
  removeFolder?: (path: string) => void;
}

/** Starts every controller; PodDisruptionBudgets are accepted by the API server and not acted upon. */
export function startWorkloads({ cluster, volumesDir, log, removeFolder }: WorkloadOptions): Stop {
  const context: ControllerContext = {
    cluster,
    volumesDir,
    log,
    now: Date.now,
    recorder: (component) => eventRecorder(cluster, { component }),
  };
  return stopAll(
    startVolumes(context, removeFolder),
    startDeployments(context),
    startReplicaSets(context),
    startStatefulSets(context),
    startJobs(context),
    startCronJobs(context),
    startEndpoints(context),
  );
}
