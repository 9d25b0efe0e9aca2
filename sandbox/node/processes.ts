// Starting and stopping local processes so that none outlives its sandbox: each is recorded on disk with its
// identity, carries the sandbox's mark in its environment, and has a process group of its own.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeWhole } from "./files.ts";
import type { ProcessIdentity } from "./proc.ts";
import { allProcesses, commandLineOf, environmentOf, isAlive, signal, startTimeOf } from "./proc.ts";

/** Names the data folder in the environment of everything that a sandbox starts. */
export const ownerMark = "PROVOST_SANDBOX_DATA";
/** The signal that stops the process in an orderly way. */
export const stopMark = "PROVOST_SANDBOX_STOP";

export interface SpawnedCommand {
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd?: string;
  runAs?: { uid: number; gid: number };
}

export interface ProcessExit {
  /** As a shell reports it: 128 + signal number when killed. */
  exitCode: number;
  signal?: NodeJS.Signals;
}

export interface RunningProcess {
  readonly identity: ProcessIdentity;
  readonly exited: Promise<ProcessExit>;
  /** To this process only. */
  signal(name: NodeJS.Signals): void;
  /** To it and everything in its process group. */
  killGroup(): void;
}

interface ProcessRecord extends ProcessIdentity {
  cmdline: string;
  stopSignal: NodeJS.Signals;
}

const drainMs = 250;

const signalNumbers: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

/** The number of a signal, as exit codes and container statuses give it. */
export const signalNumber = (name: NodeJS.Signals): number => signalNumbers[name] ?? 0;

/** Whether a leftover has to wait until others have stopped; databases stop by SIGINT here. */
const stopsLast = (record: ProcessRecord): boolean => record.stopSignal === "SIGINT";

export class Processes {
  readonly #recordsDir: string;
  readonly #dataDir: string;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
    this.#recordsDir = join(dataDir, "processes");
    mkdirSync(this.#recordsDir, { recursive: true, mode: 0o700 });
  }

  /**
   * Starts a process and records it under `name`. `output` gets every chunk of stdout and stderr.
   * Rejects when the program cannot be started.
   */
  async start(
    name: string,
    { command, env, cwd, runAs }: SpawnedCommand,
    options: {
      output(chunk: Buffer, stream: "stdout" | "stderr"): void;
      stopSignal?: NodeJS.Signals;
      stdin?: string;
    },
  ): Promise<RunningProcess> {
    const [program = "", ...args] = command;
    const stopSignal = options.stopSignal ?? "SIGTERM";
    const asRoot = process.getuid?.() === 0;
    const child = spawn(program, args, {
      // A group of its own: Ctrl-C in the terminal reaches only the sandbox, which then stops things in order.
      detached: true,
      stdio: [options.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      env: { ...env, [ownerMark]: this.#dataDir, [stopMark]: stopSignal },
      ...(cwd !== undefined && { cwd }),
      ...(asRoot && runAs !== undefined && { uid: runAs.uid, gid: runAs.gid }),
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.stdin ?? "");
    child.stdout?.on("data", (chunk: Buffer) => options.output(chunk, "stdout"));
    child.stderr?.on("data", (chunk: Buffer) => options.output(chunk, "stderr"));
    const exited = this.#exit(name, child);
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    const pid = child.pid ?? 0;
    const identity = { pid, startTime: startTimeOf(pid) ?? "" };
    const record: ProcessRecord = { ...identity, cmdline: commandLineOf(pid), stopSignal };
    try {
      writeWhole(this.#file(name), JSON.stringify(record), 0o600);
    } catch (error) {
      // Nobody would know of it, so nobody would ever stop it.
      killGroup(identity);
      throw error;
    }
    return {
      identity,
      exited,
      signal: (signalName) => void signal(identity, signalName),
      killGroup: () => killGroup(identity),
    };
  }

  #exit(name: string, child: ChildProcess): Promise<ProcessExit> {
    return new Promise((resolve) => {
      child.once("exit", (code, signalName) => {
        // What it left in its group goes with it, as the processes of a container do.
        if (child.pid !== undefined) killGroup({ pid: child.pid, startTime: "" });
        rmSync(this.#file(name), { force: true });
        const exit: ProcessExit = {
          exitCode: code ?? 128 + (signalName === null ? 0 : signalNumber(signalName)),
          ...(signalName !== null && { signal: signalName }),
        };
        // Its last words may still be in the pipe; somebody else may hold the pipe open for long.
        const patience = setTimeout(() => resolve(exit), drainMs);
        child.once("close", () => {
          clearTimeout(patience);
          resolve(exit);
        });
      });
    });
  }

  #file(name: string): string {
    return join(this.#recordsDir, `${name}.json`);
  }

  /** Every process of an earlier sandbox on this data folder that still lives. */
  leftovers(): ProcessRecord[] {
    const found = new Map<number, ProcessRecord>();
    for (const file of readdirSync(this.#recordsDir)) {
      const record = readRecord(join(this.#recordsDir, file));
      // The same pid, start time and command line: certainly ours.
      const same = record !== undefined && isAlive(record) && commandLineOf(record.pid) === record.cmdline;
      if (same) found.set(record.pid, record);
      else rmSync(join(this.#recordsDir, file), { force: true });
    }
    for (const pid of allProcesses()) {
      if (found.has(pid) || environmentOf(pid, ownerMark) !== this.#dataDir) continue;
      const startTime = startTimeOf(pid);
      if (startTime === undefined) continue;
      const stopSignal = (environmentOf(pid, stopMark) ?? "SIGTERM") as NodeJS.Signals;
      found.set(pid, { pid, startTime, cmdline: commandLineOf(pid), stopSignal });
    }
    return [...found.values()];
  }

  /** Stops what an earlier sandbox left behind, databases last, each orderly first and then by force. */
  async stopLeftovers(
    log: (line: string) => void,
    graceMs = { others: 3_000, last: 15_000 },
  ): Promise<number> {
    const all = this.leftovers();
    const groups: [ProcessRecord[], number][] = [
      [all.filter((record) => !stopsLast(record)), graceMs.others],
      [all.filter(stopsLast), graceMs.last],
    ];
    for (const [records, grace] of groups) {
      for (const record of records)
        log(`stopping process ${record.pid}, left by an earlier run: ${record.cmdline}`);
      const gone = await Promise.all(records.map((record) => stopProcess(record, record.stopSignal, grace)));
      for (const { pid, cmdline } of records.filter((_, at) => gone[at] === false))
        log(`process ${pid} was killed and has not ended; going on without it: ${cmdline}`);
    }
    for (const file of readdirSync(this.#recordsDir)) rmSync(join(this.#recordsDir, file), { force: true });
    return all.length;
  }
}

function readRecord(file: string): ProcessRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProcessRecord;
  } catch {
    return undefined;
  }
}

function killGroup({ pid }: ProcessIdentity): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody left in it.
  }
}

/** A process in uninterruptible sleep (a disk that does not answer) survives SIGKILL until it wakes. */
const killedWithinMs = 5_000;

/** Stops a process that is not our child: a signal, patience, then SIGKILL. Whether it is gone. */
export async function stopProcess(
  identity: ProcessIdentity,
  name: NodeJS.Signals,
  graceMs: number,
): Promise<boolean> {
  if (await goneWithin(identity, name, graceMs)) return true;
  return goneWithin(identity, "SIGKILL", killedWithinMs);
}

async function goneWithin(identity: ProcessIdentity, name: NodeJS.Signals, ms: number): Promise<boolean> {
  signal(identity, name);
  for (const deadline = Date.now() + ms; Date.now() < deadline; await sleep(20))
    if (!isAlive(identity)) return true;
  return !isAlive(identity);
}
