// `provost sandbox` as a process of its own, as a person would start it.
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const PROVOST = fileURLToPath(new URL("../../cli/provost.js", import.meta.url));

/** The `ready` event of `--output json`. */
export interface ReadyEvent {
  readonly event: "ready";
  readonly kubeconfig: string;
  readonly sites: readonly { readonly namespace: string; readonly name: string; readonly url: string }[];
  readonly accounts: readonly {
    readonly namespace: string;
    readonly site: string;
    readonly user: string;
    readonly password: string;
  }[];
}

export interface SandboxStart {
  /** Data folder; made and removed by the caller (see {@link dataFolder}). */
  readonly data: string;
  readonly files?: readonly string[];
  readonly args?: readonly string[];
}

/** How long a cold start may take on a busy machine. */
const READY_WITHIN_MS = 150_000;

export class SandboxProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #lines: string[] = [];
  readonly #ready: Promise<ReadyEvent>;
  #stderr = "";

  constructor({ data, files = [], args = [] }: SandboxStart) {
    this.#child = spawn(
      process.execPath,
      [
        PROVOST,
        "sandbox",
        "--data",
        data,
        "--output",
        "json",
        ...files.flatMap((file) => ["-f", file]),
        ...args,
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child.stderr?.on("data", (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.#ended = new Promise((resolve) => this.#child.once("exit", (code) => resolve(code)));
    const stdout = this.#child.stdout;
    if (!stdout) throw new Error("the sandbox has no stdout");
    this.#ready = new Promise((resolve) =>
      createInterface({ input: stdout }).on("line", (line) => {
        this.#lines.push(line);
        resolve(JSON.parse(line) as ReadyEvent);
      }),
    );
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Every line it has written to stdout. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Resolves when everything is Ready; throws with its stderr when it ends first or takes too long. */
  async ready(): Promise<ReadyEvent> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`not ready after ${READY_WITHIN_MS / 1000} s`), READY_WITHIN_MS);
    });
    const first = await Promise.race([
      this.#ready,
      this.#ended.then((code) => `ended with code ${code}`),
      late,
    ]);
    clearTimeout(timer);
    if (typeof first === "string") throw new Error(`the sandbox is ${first}: ${this.#stderr}`);
    return first;
  }

  /** Ctrl-C; resolves to the exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGINT");
    return this.#ended;
  }

  /** SIGKILL: no time to tidy up. What it had started goes on, until the next start finds it. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

export interface DataFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** A fresh data folder that PostgreSQL's user can reach when the tests run as root. */
export async function dataFolder(): Promise<DataFolder> {
  const path = await mkdtemp(join(tmpdir(), "provost-e2e-"));
  await chmod(path, 0o755);
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }) };
}

/** Below those that the system gives to connections (Linux: from 32768 on), which could take it before it is used. */
const PORTS = { from: 12_000, to: 32_000 } as const;

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(PORTS.from, PORTS.to);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    await new Promise<void>((resolve) => server.close(() => resolve()));
    return port;
  }
  throw new Error("no free port");
}
