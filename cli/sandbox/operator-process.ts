// Runs the operator as a child process and starts it again when it dies, as a Deployment would in a cluster.
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { fileURLToPath } from "node:url";

const PROVOST = fileURLToPath(new URL("../provost.js", import.meta.url));

export interface OperatorProcessOptions {
  readonly kubeconfigPath: string;
  readonly args: readonly string[];
  readonly logFile: string;
}

/** The operator as a supervised child; `pid` changes when it had to be started again. */
export class OperatorProcess {
  readonly #options: OperatorProcessOptions;
  readonly #log: WriteStream;
  #child: ChildProcess | undefined;
  #stopping = false;
  #restartDelayMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OperatorProcessOptions) {
    this.#options = options;
    this.#log = createWriteStream(options.logFile, { flags: "a", mode: 0o600 });
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    const startedAt = Date.now();
    // The IPC channel is there for its end only: when this process dies, even by SIGKILL, the operator sees the
    // channel close and stops, so that no second operator meets the first at the next start.
    const child = spawn(process.execPath, [PROVOST, "operator", ...this.#options.args], {
      env: { ...process.env, KUBECONFIG: this.#options.kubeconfigPath },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    child.stdout?.pipe(this.#log, { end: false });
    child.stderr?.pipe(this.#log, { end: false });
    child.once("error", () => this.#restart(startedAt));
    child.once("exit", () => this.#restart(startedAt));
    this.#child = child;
  }

  /** SIGTERM, then SIGKILL when it has not ended within `deadlineMs`. */
  async stop(deadlineMs = 15_000): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      child.kill("SIGTERM");
      const kill = setTimeout(() => child.kill("SIGKILL"), deadlineMs);
      await ended;
      clearTimeout(kill);
    }
    await new Promise<void>((resolve) => this.#log.end(() => resolve()));
  }

  #restart(startedAt: number): void {
    if (this.#stopping || this.#timer) return;
    // Back off like a kubelet, from 0.5 s to 30 s, and begin anew after a minute of health.
    this.#restartDelayMs =
      Date.now() - startedAt > 60_000 ? 500 : Math.min(30_000, this.#restartDelayMs * 2 || 500);
    this.#log.write(
      `{"level":40,"time":${Date.now()},"msg":"the operator ended; starting it again in ${this.#restartDelayMs} ms"}\n`,
    );
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.start();
    }, this.#restartDelayMs);
  }
}
