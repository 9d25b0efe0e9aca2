// From a container of a pod to a process: image, environment, mounts, preparation. Effects of one start only; what
// happens to the process afterwards is container.ts.
import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import type { Container, Pod } from "../workloads/objects.ts";
import type { Lookups } from "./environment.ts";
import { containerCommand } from "./environment.ts";
import type { ContainerStart, ImageDefinition } from "./images.ts";
import { rewriteMounts } from "./mounts.ts";
import type { Processes, SpawnedCommand } from "./processes.ts";
import { messagePlace } from "./termination-message.ts";
import { mountMap } from "./volumes.ts";

/** Where a pod lives on this machine. */
export interface PodPlace {
  podIP: string;
  hostIP: string;
  /** Folder of each volume. */
  folders: ReadonlyMap<string, string>;
  /** The container's own folder; it lives as long as the pod. */
  scratchDir: string;
}

/** A container with everything resolved that it is started with; also what its exec probes run in. */
export interface ResolvedContainer {
  env: Record<string, string>;
  mounts: ReadonlyMap<string, string>;
  /** What to run when the image prepares nothing. */
  command: SpawnedCommand;
  args: readonly string[];
  /** The container has a `command` of its own: what the image prepares is not asked for. */
  replaced: boolean;
}

/** Resolves a container; throws `ConfigError` when something it needs is missing. */
export function resolveContainer(
  pod: Pod,
  container: Container,
  image: ImageDefinition,
  place: PodPlace,
  lookups: Lookups,
): ResolvedContainer {
  const mounts = mountMap(container, place.folders);
  const message = messagePlace(container, place.scratchDir);
  mounts.set(message.path, message.file);
  const base = {
    PATH: [...(image.path ?? []), process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"].join(delimiter),
    HOME: place.scratchDir,
    HOSTNAME: pod.spec.hostname ?? pod.metadata.name,
    LANG: "C.UTF-8",
    TMPDIR: mounts.get("/tmp") ?? place.scratchDir,
  };
  const { podIP, hostIP } = place;
  const resolved = containerCommand(pod, container, image, { podIP, hostIP, mounts, base }, lookups);
  const wanted = container.workingDir && rewriteMounts(container.workingDir, mounts);
  const cwd = wanted !== undefined && existsSync(wanted) ? wanted : place.scratchDir;
  return {
    env: resolved.env,
    mounts,
    args: resolved.args,
    replaced: resolved.command !== undefined,
    command: {
      command: [...(resolved.command ?? image.command), ...resolved.args],
      env: resolved.env,
      cwd,
      ...(image.runAs && { runAs: image.runAs }),
    },
  };
}

/** A process in uninterruptible sleep (a disk that does not answer) survives SIGKILL until it wakes. */
const goneWithinMs = 2_000;

/** What an image's `prepare` is given. `name` is free for helper programs to be recorded under. */
export function containerStart(
  resolved: ResolvedContainer,
  place: PodPlace,
  context: { processes: Processes; name: string; log(line: string): void; signal: AbortSignal },
): ContainerStart {
  const { processes, name, log, signal } = context;
  let helpers = 0;
  return {
    podIP: place.podIP,
    env: resolved.env,
    args: resolved.args,
    mounts: resolved.mounts,
    scratchDir: place.scratchDir,
    log,
    signal,
    async run({ stdin, ...command }) {
      signal.throwIfAborted();
      helpers += 1;
      const output: string[] = [];
      const child = await processes.start(`${name}-helper-${helpers}`, command, {
        output: (chunk) => void output.push(chunk.toString("utf8")),
        ...(stdin !== undefined && { stdin }),
      });
      const stuck = Promise.withResolvers<never>();
      let patience: NodeJS.Timeout | undefined;
      const cancel = (): void => {
        child.killGroup();
        patience = setTimeout(() => {
          const program = `${command.command[0] ?? ""} (process ${child.identity.pid})`;
          stuck.reject(new Error(`${program} was killed ${goneWithinMs / 1000} s ago and has not ended`));
        }, goneWithinMs);
      };
      signal.addEventListener("abort", cancel, { once: true });
      // While it was being started nobody listened.
      if (signal.aborted) cancel();
      try {
        const { exitCode } = await Promise.race([child.exited, stuck.promise]);
        const text = output.join("").trimEnd();
        if (text !== "") log(text);
        signal.throwIfAborted();
        if (exitCode !== 0) {
          throw new Error(
            `${command.command[0] ?? ""} ended with exit code ${exitCode}; see its output above`,
          );
        }
      } finally {
        signal.removeEventListener("abort", cancel);
        clearTimeout(patience);
      }
    },
  };
}
