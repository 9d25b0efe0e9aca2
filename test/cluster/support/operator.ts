// `provost operator` as a process outside the cluster, for one namespace. It can be killed and started again.
import { type ChildProcess, spawn } from "node:child_process";
import { fetch } from "undici";
import { freePort, PROVOST } from "../../support/sandbox-process.ts";
import { IMAGE } from "./cluster.ts";

const STOP_WITHIN_MS = 20_000;

export class Operator {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #healthPort: number;
  #log = "";

  private constructor(kubeconfig: string, namespace: string, healthPort: number) {
    const flags: Record<string, string> = {
      kubeconfig,
      namespace,
      "lms-image": IMAGE,
      "site-url": "http://{hostname}",
      "health-port": String(healthPort),
      "log-level": "debug",
    };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
    // By the channel it learns that the test run has ended, however that came about.
    this.#child = spawn(process.execPath, [PROVOST, "operator", ...args], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child.channel?.unref();
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on("data", (chunk: Buffer) => (this.#log = (this.#log + chunk.toString()).slice(-100_000)));
    this.#ended = new Promise((resolve) => this.#child.once("close", () => resolve()));
    this.#healthPort = healthPort;
  }

  static async start(kubeconfig: string, namespace: string): Promise<Operator> {
    return new Operator(kubeconfig, namespace, await freePort());
  }

  /** The end of its log. */
  get log(): string {
    return this.#log;
  }

  /** Reconciles it has finished, by controller and result (`course success`); empty while it starts. */
  async reconciles(): Promise<ReadonlyMap<string, number>> {
    const answer = await fetch(`http://127.0.0.1:${this.#healthPort}/metrics`).catch(() => undefined);
    const text = (await answer?.text()) ?? "";
    const lines = text.matchAll(
      /^controller_runtime_reconcile_total\{controller="([^"]+)",result="([^"]+)"\} (\d+)/gm,
    );
    return new Map(
      [...lines].map(([, controller, result, count]) => [`${controller} ${result}`, Number(count)]),
    );
  }

  /** SIGTERM, and SIGKILL when that does not help. */
  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_WITHIN_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}
