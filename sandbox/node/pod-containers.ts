// The containers of one pod, init containers and sidecars among them, and what is asked of all of them together.
import type { Container, Pod } from "../workloads/objects.ts";
import type { PodContainer } from "./container.ts";
import type { ContainerRecord } from "./container-state.ts";
import { viewOf } from "./container-state.ts";
import type { PodDecision } from "./pod-decision.ts";
import { decide } from "./pod-decision.ts";
import type { User } from "./reachable.ts";

/** An init container that runs on beside the others (Kubernetes docs: "Sidecar Containers"). */
const isSidecar = ({ restartPolicy }: Container): boolean => restartPolicy === "Always";

export class PodContainers {
  readonly #inits: readonly PodContainer[];
  readonly #mains: readonly PodContainer[];

  constructor({ spec }: Pod, make: (spec: Container, kind: "init" | "main") => PodContainer) {
    this.#inits = (spec.initContainers ?? []).map((container) => make(container, "init"));
    this.#mains = spec.containers.map((container) => make(container, "main"));
  }

  get all(): readonly PodContainer[] {
    return [...this.#inits, ...this.#mains];
  }

  named(name: string): PodContainer | undefined {
    return this.all.find(({ spec }) => spec.name === name);
  }

  /** Those that run, or are about to. */
  get running(): readonly PodContainer[] {
    return this.all.filter((container) => !container.quiet);
  }

  get blocked(): readonly PodContainer[] {
    return this.all.filter(({ record }) => record.standing.at === "blocked");
  }

  /** Sidecars end after the others. */
  get sidecarsRun(): boolean {
    return this.#inits.some((container) => !container.quiet);
  }

  /** Whether the sandbox stops them after those of all others. */
  get stopLast(): boolean {
    return this.#mains.some(({ image }) => image?.stopLast === true);
  }

  /** Who writes to a volume: the first container that mounts it. */
  writerTo(volume: string): User | undefined {
    const writer = [...this.#mains, ...this.#inits].find(({ spec }) =>
      spec.volumeMounts?.some(({ name }) => name === volume),
    );
    return writer?.image?.runAs;
  }

  /** What is to be started, and the phase of the pod. */
  decide(policy: "Always" | "OnFailure" | "Never"): PodDecision {
    const views = (list: readonly PodContainer[]) =>
      list.map(({ record, spec }) => ({ ...viewOf(record), sidecar: isSidecar(spec) }));
    return decide(policy, views(this.#inits), views(this.#mains));
  }

  /** Where they stand, for the pod's status. */
  records(): { inits: ContainerRecord[]; mains: ContainerRecord[]; sidecars: ReadonlySet<string> } {
    const sidecars = this.#inits.filter(({ spec }) => isSidecar(spec)).map(({ spec }) => spec.name);
    return {
      inits: this.#inits.map(({ record }) => record),
      mains: this.#mains.map(({ record }) => record),
      sidecars: new Set(sidecars),
    };
  }

  async stop(graceMs: number): Promise<void> {
    await Promise.all(this.all.map((container) => container.stop(graceMs)));
  }
}
