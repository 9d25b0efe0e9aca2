// One container of a pod: starts its process, watches it with probes, stops it. Whether and when it starts is decided
// by the pod (pod-worker.ts); how it reads as a status is container-state.ts.
import type { Container, Probe, ProbeAction } from "../workloads/objects.ts";
import { act } from "./container-action.ts";
import { ContainerLog } from "./container-log.ts";
import type { PodPlace, ResolvedContainer } from "./container-start.ts";
import { containerStart, resolveContainer } from "./container-start.ts";
import type { ContainerRecord } from "./container-state.ts";
import { afterBackoff, afterEnd, beforeRestart, containerId, terminated } from "./container-state.ts";
import { startProbes } from "./container-probes.ts";
import type { ContainerContext, Run } from "./container.types.ts";
import { ConfigError } from "./environment.ts";
import type { Lookups } from "./environment.ts";
import type { ImageDefinition } from "./images.ts";
import { findImage, unknownImage } from "./images.ts";
import type { ProbeResult } from "./probe.ts";
import type { ProcessExit, RunningProcess } from "./processes.ts";
import { emptyMessage, messagePlace, terminationMessage } from "./termination-message.ts";

/** What a preparation is given to clean up after its helpers, however little patience a stop has. */
const prepareEndsMs = 3_000;
const tooLate =
  "the preparation of the container did not end in time when it was stopped: it is left to itself";

export class PodContainer {
  readonly spec: Container;
  record: ContainerRecord;
  /** The log of the present run, while it lasts. */
  log: ContainerLog | undefined;
  readonly #context: ContainerContext;
  #run: Run | undefined;

  constructor(spec: Container, record: ContainerRecord, context: ContainerContext) {
    this.spec = spec;
    this.record = record;
    this.#context = context;
  }

  /** Nothing of it runs or is about to. */
  get quiet(): boolean {
    return this.#run === undefined;
  }

  get image(): ImageDefinition | undefined {
    return findImage(this.#context.images, this.spec.image ?? "");
  }

  /**
   * Makes a container that ended ready for its next run. Returns how many milliseconds of its backoff are left; at 0 it
   * is `waiting` to be started, unless something blocks it.
   */
  mayStartIn(nowMs: number): number {
    const { backoff, event, pod } = this.#context;
    const { name } = pod().metadata;
    if (this.record.standing.at === "ended") {
      this.record = beforeRestart(this.record, name, nowMs, backoff);
      if (this.record.standing.at === "backoff") {
        event("Warning", "BackOff", `Back-off restarting failed container ${this.spec.name} in pod ${name}`);
      }
    }
    if (this.record.standing.at !== "backoff") return 0;
    const left = this.record.standing.untilMs - nowMs;
    if (left > 0) return left;
    this.record = afterBackoff(this.record);
    return 0;
  }

  /** Begins a run; what becomes of it is seen in `record`, announced by `changed`. */
  start(place: PodPlace, lookups: Lookups): void {
    const image = this.image;
    if (image === undefined) return this.#blockOnImage();
    let resolved: ResolvedContainer;
    try {
      resolved = resolveContainer(this.#context.pod(), this.spec, image, place, lookups);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return this.#block("CreateContainerConfigError", error.message, `Error: ${error.message}`);
    }
    this.record = { ...this.record, standing: { at: "starting" } };
    const { podIP } = place;
    const run: Run = {
      abort: new AbortController(),
      over: new AbortController(),
      ended: Promise.resolve(),
      late: Promise.withResolvers<never>(),
      resolved,
      podIP,
    };
    // Rejected when nobody waits for it any more, it concerns nobody.
    run.late.promise.catch(() => undefined);
    this.#run = run;
    run.ended = this.#live(run, image, resolved, place).finally(() => {
      clearTimeout(run.stop?.timer);
      this.#run = undefined;
      this.#context.changed();
    });
  }

  #blockOnImage(): void {
    const image = this.spec.image ?? "";
    const { imagePullPolicy } = this.spec as { imagePullPolicy?: string };
    const reason = imagePullPolicy === "Never" ? "ErrImageNeverPull" : "ImagePullBackOff";
    const message = unknownImage(this.#context.images, image);
    this.#block(reason, message, `Failed to pull image "${image}": ${message}`);
  }

  #block(reason: string, message: string, told: string): void {
    const { standing } = this.record;
    const known = standing.at === "blocked" && standing.message === message;
    this.record = { ...this.record, standing: { at: "blocked", reason, message } };
    if (!known) this.#context.event("Warning", "Failed", told);
  }

  async #live(run: Run, image: ImageDefinition, resolved: ResolvedContainer, place: PodPlace): Promise<void> {
    const { processes, event, changed } = this.#context;
    const { name } = this.spec;
    const uid = this.#context.pod().metadata.uid ?? "";
    const recordName = `${uid}-${name}`;
    const log = new ContainerLog(this.#context.logDir, this.record.restarts);
    this.log = log;
    let startedAtMs = Date.now();
    const lastWords = messagePlace(this.spec, place.scratchDir);
    const end = (exit: ProcessExit, reason?: string, message?: string): void => {
      const now = Date.now();
      log.end();
      const words = message ?? terminationMessage(this.spec, exit.exitCode, lastWords, log.path);
      const how = terminated(exit, startedAtMs, now, containerId(uid, this.record), words);
      const told = reason === undefined ? how : { ...how, reason };
      this.record = afterEnd(this.record, told, now - startedAtMs, this.#context.backoff);
    };

    event("Normal", "Pulled", `Container image "${this.spec.image}" already present on machine`);
    let command = resolved.command;
    try {
      emptyMessage(lastWords, image.runAs);
      if (image.prepare !== undefined && !resolved.replaced) {
        const helper = {
          processes,
          name: recordName,
          log: (line: string) => log.line(line),
          signal: run.abort.signal,
        };
        const prepared = image.prepare(containerStart(resolved, place, helper));
        command = await Promise.race([prepared, run.late.promise]);
      }
      run.abort.signal.throwIfAborted();
      event("Normal", "Created", `Created container: ${name}`);
      run.process = await processes.start(recordName, command, {
        output: (chunk, stream) => log.write(chunk, stream),
        stopSignal: image.stopSignal ?? "SIGTERM",
      });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (error !== run.abort.signal.reason) log.line(message);
      if (run.abort.signal.aborted) return end({ exitCode: 137 });
      event("Warning", "Failed", `Error: failed to start container "${name}": ${message}`);
      return end({ exitCode: 128 }, "StartError", message);
    }
    void run.process.exited.then(() => {
      run.abort.abort();
      run.over.abort();
    });
    startedAtMs = Date.now();
    const gated = this.spec.startupProbe !== undefined;
    this.record = {
      ...this.record,
      standing: { at: "running", startedAtMs, started: false, ready: false },
    };
    event("Normal", "Started", `Started container ${name}`);
    if (run.stop !== undefined) this.#sendStop(run, run.process, image);
    else await this.#afterStart(run, gated);
    changed();
    const exit = await run.process.exited;
    run.probes?.stop();
    end(exit);
  }

  /** The postStart hook, then probes. A hook that fails costs the container its life, as in Kubernetes. */
  async #afterStart(run: Run, gated: boolean): Promise<void> {
    const hook = this.spec.lifecycle?.postStart;
    if (hook !== undefined) {
      const result = await this.#act(run, hook, 60_000, run.abort.signal);
      if (result !== undefined && !run.abort.signal.aborted) {
        this.#context.event("Warning", "FailedPostStartHook", `PostStartHook failed: ${result}`);
        return void this.stop(this.#graceMs());
      }
    }
    if (run.abort.signal.aborted || this.record.standing.at !== "running") return;
    run.probes = startProbes(this.spec, {
      attempt: (probe, timeoutMs) => this.#act(run, probe, timeoutMs, run.abort.signal),
      started: () => this.#note({ started: true }),
      ready: (ready) => this.#note({ ready }),
      unhealthy: (kind, message) =>
        this.#context.event("Warning", "Unhealthy", `${kind} probe failed: ${message}`),
      failed: (kind, probe) => this.#killed(kind, probe),
    });
    if (!gated) this.#note({ started: true });
  }

  #note(what: { started: true } | { ready: boolean }): void {
    const { standing } = this.record;
    if (standing.at !== "running") return;
    this.record = { ...this.record, standing: { ...standing, ...what } };
    this.#context.changed();
  }

  #killed(kind: string, probe: Probe): void {
    const { name } = this.spec;
    const message = `Container ${name} failed ${kind.toLowerCase()} probe, will be restarted`;
    this.#context.event("Normal", "Killing", message);
    void this.stop((probe.terminationGracePeriodSeconds ?? this.#graceMs() / 1000) * 1000);
  }

  #graceMs(): number {
    return (this.#context.pod().spec.terminationGracePeriodSeconds ?? 30) * 1000;
  }

  /**
   * Stops the present run: hook and stop signal, then SIGKILL after `graceMs`. May be called again with less patience.
   * Resolves when the run is over.
   */
  async stop(graceMs: number): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    const deadline = Date.now() + graceMs;
    run.abort.abort();
    run.probes?.stop();
    this.#note({ ready: false });
    if (run.stop === undefined) {
      run.stop = { deadline };
      if (run.process === undefined) this.#armEnd(run);
      else this.#sendStop(run, run.process, this.image);
    } else if (deadline < run.stop.deadline) {
      run.stop.deadline = deadline;
      this.#armEnd(run);
    }
    await run.ended;
  }

  #sendStop(run: Run, process: RunningProcess, image: ImageDefinition | undefined): void {
    this.#armEnd(run);
    const hook = this.spec.lifecycle?.preStop;
    const left = (run.stop?.deadline ?? 0) - Date.now();
    const ready =
      hook === undefined || left <= 0
        ? Promise.resolve()
        : this.#act(run, hook, left, run.over.signal).then(() => undefined);
    void ready.then(() => process.signal(image?.stopSignal ?? "SIGTERM"));
  }

  /** What happens at the deadline of a stop: the process is killed, a preparation is left to itself. */
  #armEnd(run: Run): void {
    if (run.stop === undefined) return;
    clearTimeout(run.stop.timer);
    const left = run.stop.deadline - Date.now();
    const { process } = run;
    run.stop.timer =
      process === undefined
        ? setTimeout(() => run.late.reject(new Error(tooLate)), Math.max(prepareEndsMs, left))
        : setTimeout(() => process.killGroup(), Math.max(0, left));
  }

  /** One probe or hook; never rejects. */
  #act(run: Run, action: ProbeAction, timeoutMs: number, signal: AbortSignal): Promise<ProbeResult> {
    const { pod, processes } = this.#context;
    return act(action, timeoutMs, {
      pod: pod(),
      podIP: run.podIP,
      image: this.image,
      resolved: run.resolved,
      processes,
      name: `${pod().metadata.uid}-${this.spec.name}`,
      signal,
    });
  }
}
