// One pod on this node: volumes, then init containers, then containers, until it is finished or deleted. The states are
// pod-state.ts; this file does what each state asks for and writes the pod's status.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "../apiserver/status.ts";
import type { Cluster } from "../cluster.ts";
import type { EventRecorder } from "../workloads/events.ts";
import type { Log } from "../workloads/loop.ts";
import type { Container, Pod } from "../workloads/objects.ts";
import { resources } from "../workloads/objects.ts";
import { isReady } from "../workloads/pods.ts";
import { PodContainer } from "./container.ts";
import type { PodPlace } from "./container-start.ts";
import { recordFromStatus } from "./container-state.ts";
import { ConfigError } from "./environment.ts";
import type { Lookups } from "./environment.ts";
import type { ImageDefinition } from "./images.ts";
import { PodContainers } from "./pod-containers.ts";
import type { BackoffNumbers, PodDecision } from "./pod-decision.ts";
import type { FinalWord, PodEvent, PodState } from "./pod-state.ts";
import { deadlineOf, nextState } from "./pod-state.ts";
import { settlesWithin } from "./patience.ts";
import { removePodFolder } from "./pod-folder.ts";
import { reportedStatus } from "./pod-report.ts";
import type { Processes } from "./processes.ts";
import type { User } from "./reachable.ts";
import { folderFor } from "./reachable.ts";
import type { VolumeSources } from "./volumes.ts";
import { mountVolumes, referencesOf } from "./volumes.ts";

export interface WorkerContext {
  cluster: Cluster;
  sources: VolumeSources & Lookups;
  images: readonly ImageDefinition[];
  processes: Processes;
  backoff: BackoffNumbers;
  event: EventRecorder;
  log: Log;
  hostIP: string;
  podIP: string;
  /** Everything of this pod on disk. */
  podDir: string;
  /** Resolves when an earlier pod of the same name has left its volumes and address. */
  free: Promise<void>;
}

/**
 * Between leaving the endpoints of its Services and the stop signal: a request that a gateway sent a moment ago still
 * has to reach a server that listens.
 */
const settleMs = 100;
/** How long the end of a killed process is waited for when the sandbox stops: some sleep through a SIGKILL. */
const reapMs = 4_000;

export class PodWorker {
  readonly uid: string;
  /** Resolves when nothing of the pod is left on this machine, or the sandbox has stopped it. */
  readonly done: Promise<void>;
  readonly #context: WorkerContext;
  readonly #containers: PodContainers;
  #finish: () => void = () => undefined;
  #pod: Pod;
  #state: PodState = { at: "mounting" };
  #folders: ReadonlyMap<string, string> = new Map();
  #scheduled: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #stopping = false;
  #toldMissing = "";
  #free = false;
  #left = false;

  constructor(pod: Pod, context: WorkerContext) {
    this.uid = pod.metadata.uid ?? "";
    this.#pod = pod;
    this.#context = context;
    this.done = new Promise((resolve) => (this.#finish = resolve));
    const { phase, reason, message } = pod.status ?? {};
    if (phase === "Succeeded" || phase === "Failed") {
      const word: FinalWord = { phase, ...(reason && { reason }), ...(message && { message }) };
      this.#state = { at: "over", word };
    }
    this.#containers = new PodContainers(pod, (spec, kind) => this.#container(spec, kind));
    // Whatever an earlier run of the sandbox said about readiness is not true now.
    if (this.#state.at === "mounting") this.#report();
    this.#armDeadline();
    void context.free.then(() => {
      this.#free = true;
      this.poke();
    });
    if (pod.metadata.deletionTimestamp !== undefined) this.#apply({ type: "deleted" });
  }

  get key(): string {
    return `${this.#pod.metadata.namespace}/${this.#pod.metadata.name}`;
  }

  /** The container of that name, for its log. */
  container(name: string): PodContainer | undefined {
    return this.#containers.named(name);
  }

  /** The pod object has changed. */
  update(pod: Pod): void {
    const graceBefore = this.#pod.metadata.deletionGracePeriodSeconds;
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp === undefined) return;
    const impatient = this.#stopping && pod.metadata.deletionGracePeriodSeconds !== graceBefore;
    this.#apply({ type: "deleted" });
    if (impatient) void this.#containers.stop(this.#graceMs());
  }

  /** The pod object is gone, however it went. */
  vanished(): void {
    this.#apply({ type: "vanished" });
    if (this.#stopping) void this.#containers.stop(0);
  }

  /** A Secret, ConfigMap, claim, volume or Service has changed: `reference` is `secret/name` or `configmap/name`. */
  refresh(reference: string | undefined): void {
    if (this.#state.at !== "mounting" && this.#state.at !== "running") return;
    const { blocked } = this.#containers;
    for (const container of blocked) container.record = { ...container.record, standing: { at: "waiting" } };
    const reads = reference !== undefined && referencesOf(this.#pod).has(reference);
    if (this.#state.at === "running" && reads) this.#project();
    if (blocked.length > 0 || this.#state.at === "mounting") this.poke();
  }

  /** Stops the containers and leaves the object as it is. `graceMs` caps the pod's own patience. */
  async halt(graceMs: number): Promise<void> {
    if (this.#state.at === "gone") return;
    this.#apply({ type: "halt" });
    clearTimeout(this.#timer);
    clearTimeout(this.#deadline);
    const patience = Math.min(graceMs, this.#graceMs());
    const gone = await settlesWithin(this.#containers.stop(patience), patience + reapMs);
    if (!gone)
      this.#context.log(`pod ${this.key}: what was killed has not ended; the sandbox stops without it`);
    this.#finish();
  }

  /** Whether the sandbox stops this pod after all others. */
  get stopsLast(): boolean {
    return this.#containers.stopLast;
  }

  /** Looks at the pod again, once however often it is asked before the next turn. */
  poke(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      try {
        this.#sync();
      } catch (error) {
        // The namespace or the pod may just have gone; the watch will say so.
        const expected = error instanceof ApiError && [403, 404, 409].includes(error.code);
        if (!expected)
          this.#context.log(`pod ${this.key}: ${error instanceof Error ? error.stack : String(error)}`);
      }
    });
  }

  #container(spec: Container, kind: "init" | "main"): PodContainer {
    const { status } = this.#pod;
    const statuses = kind === "init" ? status?.initContainerStatuses : status?.containerStatuses;
    const before = statuses?.find(({ name }) => name === spec.name);
    const path = `spec.${kind === "init" ? "initContainers" : "containers"}{${spec.name}}`;
    return new PodContainer(spec, recordFromStatus(spec.name, spec.image ?? "", before, Date.now()), {
      images: this.#context.images,
      processes: this.#context.processes,
      backoff: this.#context.backoff,
      logDir: join(this.#context.podDir, "logs", spec.name),
      pod: () => this.#pod,
      changed: () => this.poke(),
      event: (type, reason, message) => this.#context.event(this.#pod, type, reason, message, path),
    });
  }

  #apply(event: PodEvent): void {
    this.#state = nextState(this.#state, event);
    this.poke();
  }

  #sync(): void {
    switch (this.#state.at) {
      case "mounting":
        if (this.#free) this.#mount();
        break;
      case "running":
        this.#runContainers();
        break;
      case "stopping":
        if (!this.#stopping) void this.#shutDown();
        break;
      case "gone":
        return this.#leave();
      case "halted":
        return;
      case "over":
        break;
      default:
        return this.#state satisfies never;
    }
    this.#report();
  }

  #mount(): void {
    try {
      this.#project();
      this.#toldMissing = "";
      this.#apply({ type: "mounted" });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#apply({ type: "missing", what: error.message });
      if (this.#toldMissing === error.message) return;
      this.#toldMissing = error.message;
      this.#context.event(this.#pod, "Warning", "FailedMount", `MountVolume.SetUp failed: ${error.message}`);
    }
  }

  /** Makes the volumes, or brings their projections up to date; a source lost while running leaves its files. */
  #project(): void {
    const { podDir, sources, log } = this.#context;
    mkdirSync(podDir, { recursive: true, mode: 0o711 });
    try {
      const writerTo = (volume: string): User | undefined => this.#containers.writerTo(volume);
      this.#folders = mountVolumes(this.#pod, join(podDir, "volumes"), sources, writerTo, log);
    } catch (error) {
      if (this.#state.at === "running" && error instanceof ConfigError) return;
      throw error;
    }
  }

  #decision(): PodDecision {
    return this.#containers.decide(this.#pod.spec.restartPolicy ?? "Always");
  }

  #runContainers(): void {
    const { phase, start } = this.#decision();
    if (phase === "Succeeded" || phase === "Failed") {
      const type = this.#containers.sidecarsRun ? "overdue" : "finished";
      return this.#apply({ type, word: { phase } });
    }
    const { podDir, podIP, hostIP, sources, log } = this.#context;
    const idle = start.flatMap((name) => this.container(name) ?? []).filter((container) => container.quiet);
    const waits: number[] = [];
    for (const container of idle) {
      const wait = container.mayStartIn(Date.now());
      if (wait > 0) waits.push(wait);
      if (container.record.standing.at !== "waiting") continue;
      const scratchDir = folderFor(join(podDir, "scratch", container.spec.name), container.image?.runAs, log);
      const place: PodPlace = { podIP, hostIP, folders: this.#folders, scratchDir };
      container.start(place, sources);
    }
    clearTimeout(this.#timer);
    if (waits.length > 0) this.#timer = setTimeout(() => this.poke(), Math.min(...waits));
  }

  #armDeadline(): void {
    const deadline = deadlineOf(this.#pod, Date.now());
    if (deadline === undefined) return;
    const { inMs, word } = deadline;
    this.#deadline = setTimeout(() => this.#apply({ type: "overdue", word }), inMs);
  }

  #graceMs(): number {
    const { metadata, spec } = this.#pod;
    return (metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30) * 1000;
  }

  async #shutDown(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#deadline);
    const forgotten = this.#state.at === "stopping" && this.#state.then === "forget";
    const graceMs = forgotten ? 0 : this.#graceMs();
    const { running } = this.#containers;
    if (!forgotten) {
      for (const { spec } of running) {
        const path = `spec.containers{${spec.name}}`;
        this.#context.event(this.#pod, "Normal", "Killing", `Stopping container ${spec.name}`, path);
      }
      const live = this.#live();
      if (graceMs > 0 && running.length > 0 && live !== undefined && isReady(live)) await sleep(settleMs);
    }
    await this.#containers.stop(graceMs);
    this.#stopping = false;
    this.#apply({ type: "stopped" });
  }

  /** Nothing runs any more: the object goes, and what the pod had on disk. */
  #leave(): void {
    const { cluster, podDir } = this.#context;
    const { namespace, name } = this.#pod.metadata;
    if (this.#left) return;
    this.#left = true;
    this.#report();
    try {
      if (this.#live() !== undefined) {
        cluster.delete(resources.pods, namespace, name, { gracePeriodSeconds: 0, uid: this.uid });
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
    removePodFolder(podDir);
    this.#finish();
  }

  #live(): Pod | undefined {
    const { namespace, name } = this.#pod.metadata;
    const live = this.#context.cluster.get(resources.pods, namespace, name) as Pod | undefined;
    return live?.metadata.uid === this.uid ? live : undefined;
  }

  #report(): void {
    const live = this.#live();
    if (live === undefined) return;
    const { podIP, hostIP } = this.#context;
    const reported = reportedStatus(
      live,
      {
        state: this.#state,
        decision: this.#decision(),
        ...this.#containers.records(),
        podIP,
        hostIP,
      },
      Date.now(),
    );
    this.#context.cluster.updateStatus(resources.pods, { ...live, status: reported });
  }
}
