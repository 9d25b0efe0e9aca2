// What /proc says about processes: identity that survives pid reuse, and marks left in their environment.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process, told apart from a later one with the same pid by its start time. */
export interface ProcessIdentity {
  pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since boot. */
  startTime: string;
}

function read(pid: number | string, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return undefined;
  }
}

/** Start time of a live process; undefined when it is gone or a zombie. */
export function startTimeOf(pid: number): string | undefined {
  const stat = read(pid, "stat");
  if (stat === undefined) return undefined;
  // The command in field 2 may hold spaces and parentheses: count from the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

export const isAlive = ({ pid, startTime }: ProcessIdentity): boolean => startTimeOf(pid) === startTime;

/** The arguments of a process, joined by spaces; "" when it is gone. */
export const commandLineOf = (pid: number): string =>
  (read(pid, "cmdline") ?? "").replaceAll("\0", " ").trim();

/** One variable of the environment a process was started with. */
export function environmentOf(pid: number | string, name: string): string | undefined {
  const entry = read(pid, "environ")
    ?.split("\0")
    .find((pair) => pair.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}

/** The folder a process works in. */
export function workingDirectoryOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** The program a process runs. */
export function executableOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, "");
  } catch {
    return undefined;
  }
}

/** Ids of all processes we can see. */
export function allProcesses(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** Sends a signal to exactly this process; false when it is gone. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, name);
    return true;
  } catch {
    return false;
  }
}
