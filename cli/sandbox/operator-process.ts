// Runs the operator as a child process and starts it again when it dies, as a Deployment would in a cluster.
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const PROVOST = fileURLToPath(new URL("../provost.js", import.meta.url));
/** How long the last words of an ended operator may take through the pipe. */
const LAST_WORDS_MS = 250;

export interface OperatorProcessOptions {
  readonly kubeconfigPath: string;
  readonly args: readonly string[];
  readonly logFile: string;
  /** Shortens the longest wait before it is started again. */
  readonly longestRestartDelayMs?: number;
  /** The command before `operator`; default: this Node and this checkout. */
  readonly program?: readonly [string, ...string[]];
}

interface Run {
  readonly child: ChildProcess;
  /** Resolves when the process has ended, or could not be started. */
  readonly ended: Promise<void>;
}

/** The operator as a supervised child; `pid` changes when it had to be started again. */
export class OperatorProcess {
  readonly #options: OperatorProcessOptions;
  readonly #log: WriteStream;
  #run: Run | undefined;
  #stopping = false;
  #restartDelayMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OperatorProcessOptions) {
    this.#options = options;
    this.#log = createWriteStream(options.logFile, { flags: "a", mode: 0o600 });
    // A full disk must not take the cluster down with the operator's log.
    this.#log.on("error", () => undefined);
  }

  get pid(): number | undefined {
    return this.#run?.child.pid;
  }

  start(): void {
    const startedAt = Date.now();
    const [command, ...before] = this.#options.program ?? [process.execPath, PROVOST];
    // The IPC channel is there for its end only: when this process dies, even by SIGKILL, the operator sees the
    // channel close and stops, so that no second operator meets the first at the next start.
    const child = spawn(command, [...before, "operator", ...this.#options.args], {
      env: { ...process.env, KUBECONFIG: this.#options.kubeconfigPath },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    child.stdout?.pipe(this.#log, { end: false });
    child.stderr?.pipe(this.#log, { end: false });
    const ended = new Promise<void>((resolve) => {
      child.once("exit", () => resolve());
      child.on("error", (error) => {
        this.#tell(error.message);
        // What could not be started never exits; any other error is no end.
        if (child.pid === undefined) resolve();
      });
    });
    void ended.then(() => this.#restart(startedAt));
    this.#run = { child, ended };
  }

  /** SIGTERM, then SIGKILL when it has not ended within `deadlineMs`. */
  async stop(deadlineMs = 15_000): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    if (this.#run) {
      const { child, ended } = this.#run;
      child.kill("SIGTERM");
      const kill = setTimeout(() => child.kill("SIGKILL"), deadlineMs);
      await ended;
      clearTimeout(kill);
      // What comes through the pipes after the log has ended would be an error of the log.
      const read = [child.stdout, child.stderr].flatMap((stream) => (stream ? [finished(stream)] : []));
      await Promise.race([Promise.allSettled(read), sleep(LAST_WORDS_MS, undefined, { ref: false })]);
      child.stdout?.destroy();
      child.stderr?.destroy();
    }
    await new Promise<void>((resolve) => this.#log.end(() => resolve()));
  }

  /** Ends it by SIGKILL, without waiting. */
  kill(): void {
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#run?.child.kill("SIGKILL");
  }

  #restart(startedAt: number): void {
    if (this.#stopping) return;
    // Back off like a kubelet, from 0.5 s to 30 s, and begin anew after a minute of health.
    const longest = Math.min(30_000, this.#options.longestRestartDelayMs ?? Infinity);
    this.#restartDelayMs =
      Date.now() - startedAt > 60_000 ? 500 : Math.min(longest, this.#restartDelayMs * 2 || 500);
    this.#tell(`the operator ended; starting it again in ${this.#restartDelayMs} ms`);
    this.#timer = setTimeout(() => this.start(), this.#restartDelayMs);
  }

  #tell(msg: string): void {
    this.#log.write(`${JSON.stringify({ level: 40, time: Date.now(), msg })}\n`);
  }
}
