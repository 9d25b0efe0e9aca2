// The last words of a container: what it wrote to its termination log, or, with `FallbackToLogsOnError`, the end of its log
// when it failed without any (Kubernetes docs: "Determine the Reason for Pod Failure").
import {
  chownSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Container } from "../workloads/objects.ts";
import type { User } from "./reachable.ts";
import { isRoot } from "./reachable.ts";

/** The kubelet's bounds for what it takes from a log, and from the file. */
const mostLines = 80;
const mostLogBytes = 2048;
const mostFileBytes = 4096;

const defaultPath = "/dev/termination-log";

/** Time, stream and mark before each line (container-log.ts). */
const head = /^\S+ \S+ \S+ /;

export interface MessagePlace {
  /** Where the container sees it. */
  path: string;
  /** Where it is on this machine. */
  file: string;
}

/** Where a container's termination log is; `scratchDir` is the container's own. */
export function messagePlace(container: Container, scratchDir: string): MessagePlace {
  return {
    path: container.terminationMessagePath || defaultPath,
    file: join(scratchDir, ".termination-log"),
  };
}

/** Makes the file empty for a run of the container's user. */
export function emptyMessage({ file }: MessagePlace, user: User | undefined): void {
  // Whatever the run before has put there.
  rmSync(file, { recursive: true, force: true });
  writeFileSync(file, "", { flag: "wx", mode: 0o666 });
  if (user !== undefined && isRoot()) chownSync(file, user.uid, user.gid);
}

/** The message of a run that has ended; `undefined` when it has said nothing. */
export function terminationMessage(
  container: Container,
  exitCode: number,
  place: MessagePlace,
  logPath: string,
): string | undefined {
  const written = writtenTo(place.file);
  if (written !== undefined) return written;
  if (container.terminationMessagePolicy !== "FallbackToLogsOnError" || exitCode === 0) return undefined;
  if (!existsSync(logPath)) return undefined;
  const lines = readFileSync(logPath, "utf8").trimEnd().split("\n").slice(-mostLines);
  const text = Buffer.from(lines.map((line) => line.replace(head, "")).join("\n"));
  // A character that is cut in two at the beginning is no character.
  return (
    text
      .subarray(-mostLogBytes)
      .toString("utf8")
      .replace(/^\uFFFD+/, "") || undefined
  );
}

/** The beginning of the file. The container may have put anything in its place: only a plain file is read. */
function writtenTo(file: string): string | undefined {
  let handle: number;
  try {
    handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    if (!fstatSync(handle).isFile()) return undefined;
    const buffer = Buffer.alloc(mostFileBytes);
    const bytes = readSync(handle, buffer, 0, mostFileBytes, 0);
    return (
      buffer
        .subarray(0, bytes)
        .toString("utf8")
        .replace(/\uFFFD+$/, "") || undefined
    );
  } finally {
    closeSync(handle);
  }
}
