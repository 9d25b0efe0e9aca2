// What a container is given, and what is there only while it runs.
import type { Pod } from "../workloads/objects.ts";
import type { ResolvedContainer } from "./container-start.ts";
import type { ImageDefinition } from "./images.ts";
import type { BackoffNumbers } from "./pod-decision.ts";
import type { RunningProbe } from "./probe.ts";
import type { Processes, RunningProcess } from "./processes.ts";

export interface ContainerContext {
  images: readonly ImageDefinition[];
  processes: Processes;
  backoff: BackoffNumbers;
  /** Folder for the logs of this container. */
  logDir: string;
  /** The pod as it is now. */
  pod(): Pod;
  /** Something about the container has changed. */
  changed(): void;
  /** Tells something of this container. */
  event(type: "Normal" | "Warning", reason: string, message: string): void;
}

/** What is there only while a run lasts. */
export interface Run {
  /** Aborted: nothing more is begun or asked, the process is to end or has. */
  abort: AbortController;
  /** Aborted: the process has ended. */
  over: AbortController;
  ended: Promise<void>;
  /** Rejects when a preparation takes longer than a stop has patience. */
  late: PromiseWithResolvers<never>;
  process?: RunningProcess;
  probes?: RunningProbe;
  resolved: ResolvedContainer;
  podIP: string;
  stop?: { deadline: number; timer?: NodeJS.Timeout };
}
