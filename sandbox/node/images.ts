// The images this sandbox knows: how an image name becomes a local command. What each image is stands elsewhere
// (../images for ours, the caller's for others).
import type { SpawnedCommand } from "./processes.ts";

/** Everything known about a container just before its process starts. */
export interface ContainerStart {
  podIP: string;
  /** The complete environment, names and mount paths resolved. */
  env: Readonly<Record<string, string>>;
  /** The container's `args`, resolved. */
  args: readonly string[];
  /** Folders behind the container's mount paths. */
  mounts: ReadonlyMap<string, string>;
  /** A folder of the container's own that lives as long as the pod. */
  scratchDir: string;
  /** Writes a line to the container's log. */
  log(line: string): void;
  /** Runs a helper program to its end, its output in the container's log; rejects when it fails. */
  run(command: SpawnedCommand & { stdin?: string }): Promise<void>;
  signal: AbortSignal;
}

/** How the containers of one image run on this machine. */
export interface ImageDefinition {
  /** The repository, without tag or digest: `provost/lms`. A leading `docker.io/` or `library/` does not matter. */
  match: string;
  /** The entrypoint; a container's `args` are appended, its `command` replaces it. */
  command: readonly string[];
  /** Wins over the container's own env; `$(POD_IP)` and the container's variables are expanded. */
  env?: Readonly<Record<string, string>>;
  /** Only honoured when the sandbox runs as root; otherwise containers run as the current user. */
  runAs?: { uid: number; gid: number };
  /** Default SIGTERM. */
  stopSignal?: NodeJS.Signals;
  /** Stopped after all others when the sandbox stops: databases. */
  stopLast?: boolean;
  /** Makes ready what the process needs and returns what to run instead of `command` and args. */
  prepare?(start: ContainerStart): Promise<SpawnedCommand>;
  /** Programs of the image that `exec` probes may call, by name; a number is the exit code. */
  tools?: Readonly<
    Record<
      string,
      (args: readonly string[], start: { podIP: string; env: Record<string, string> }) => Promise<number>
    >
  >;
  /** Folders with programs, put first on PATH. */
  path?: readonly string[];
}

/** `docker.io/library/postgres:18@sha256:...` -> `postgres`. */
export function repositoryOf(image: string): string {
  const bare = image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  return bare.replace(/^(index\.)?docker\.io\//, "").replace(/^library\//, "");
}

/** The definition for an image name, whatever its tag. */
export const findImage = (images: readonly ImageDefinition[], image: string): ImageDefinition | undefined =>
  images.find((definition) => repositoryOf(definition.match) === repositoryOf(image));

/** What to tell somebody who asked for an image that is not here. */
export const unknownImage = (images: readonly ImageDefinition[], image: string): string =>
  `image "${image}" is not known to this sandbox, which runs containers as local processes; it has: ` +
  `${
    images
      .map((definition) => definition.match)
      .sort()
      .join(", ") || "none"
  } (any tag)`;
