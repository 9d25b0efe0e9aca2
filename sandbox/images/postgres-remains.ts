// What a killed PostgreSQL server leaves behind: children that live on, and a postmaster.pid. Both keep the next server
// of the same data folder from starting.
import { existsSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerStart } from "../node/images.ts";
import type { ProcessIdentity } from "../node/proc.ts";
import {
  allProcesses,
  executableOf,
  isAlive,
  signal,
  startTimeOf,
  workingDirectoryOf,
} from "../node/proc.ts";

/** Children notice within moments that their server is gone; one in the middle of a long write takes a while. */
const patienceMs = 10_000;
/** A process in uninterruptible sleep (a disk that does not answer) survives SIGKILL until it wakes. */
const killedWithinMs = 5_000;

/**
 * PostgreSQL's processes of this data folder: a server and its children run `postgres` and work there. Others may work
 * there too, such as the shell of somebody who looks around.
 */
const processesOf = (dataDir: string): ProcessIdentity[] =>
  allProcesses().flatMap((pid) => {
    const ours = workingDirectoryOf(pid) === dataDir && basename(executableOf(pid) ?? "") === "postgres";
    const startTime = ours ? startTimeOf(pid) : undefined;
    return startTime === undefined ? [] : [{ pid, startTime }];
  });

/** Waits until they are gone, `ms` at most; returns those that are not. Rejects when the start is given up. */
async function remaining(
  processes: readonly ProcessIdentity[],
  ms: number,
  stop: AbortSignal,
): Promise<ProcessIdentity[]> {
  for (const deadline = Date.now() + ms; ; await sleep(50, undefined, { signal: stop })) {
    const left = processes.filter(isAlive);
    if (left.length === 0 || Date.now() >= deadline) return left;
  }
}

/**
 * Makes the folder free for a start: waits for the children of a killed server, ends those that stay, and removes its
 * `postmaster.pid`. Throws when a server is really running there: it is not touched.
 */
export async function clearRemains(
  dataDir: string,
  { log, signal: stop }: Pick<ContainerStart, "log" | "signal">,
  waitMs = patienceMs,
): Promise<void> {
  stop.throwIfAborted();
  const pidFile = join(dataDir, "postmaster.pid");
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, "utf8").split("\n", 1)[0]);
  const left = await remaining(processesOf(realpathSync(dataDir)), waitMs, stop);
  if (left.some((process) => process.pid === pid)) {
    throw new Error(`${dataDir} is in use by the PostgreSQL server with process id ${pid}; stop it first`);
  }
  for (const orphan of left) {
    log(`ending process ${orphan.pid}, left by a server that was killed`);
    signal(orphan, "SIGKILL");
  }
  const [undead] = await remaining(left, killedWithinMs, stop);
  if (undead !== undefined) {
    throw new Error(
      `process ${undead.pid}, left in ${dataDir} by a server that was killed, does not end: a disk may not answer`,
    );
  }
  rmSync(pidFile, { force: true });
}
