// `provost operator` as a process outside the cluster. It can be killed and started again.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fetch } from "undici";
import { freePort, PROVOST } from "../../support/sandbox-process.ts";
import { IMAGE } from "./cluster.ts";

const STOP_WITHIN_MS = 20_000;
/** How a refusal for lack of a right reads in its log. */
const REFUSAL = /: 403 |\bis forbidden\b/;
/** Events about what is in a namespace that goes come too late; no right would help. */
const TOO_LATE = /being terminated/;

export interface OperatorStart {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** Only act while holding the Lease. */
  readonly leaderElection?: boolean;
}

export class Operator {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #healthPort: number;
  readonly #refusals: string[] = [];
  #tooLate = 0;
  #log = "";

  private constructor(
    kubeconfig: string,
    { namespace, leaderElection = false }: OperatorStart,
    healthPort: number,
  ) {
    const flags: Record<string, string> = {
      kubeconfig,
      ...(namespace !== undefined && { namespace }),
      "leader-elect": String(leaderElection),
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
    if (this.#child.stdout)
      createInterface({ input: this.#child.stdout }).on("line", (line) => {
        if (!REFUSAL.test(line)) return;
        if (TOO_LATE.test(line)) this.#tooLate++;
        else this.#refusals.push(line);
      });
    this.#ended = new Promise((resolve) => this.#child.once("close", () => resolve()));
    this.#healthPort = healthPort;
  }

  static async start(kubeconfig: string, options: OperatorStart): Promise<Operator> {
    return new Operator(kubeconfig, options, await freePort());
  }

  /** What it was refused for lack of a right, as far as it tells: its log, and its count of answers while it runs. */
  async refusals(): Promise<string[]> {
    const counted = [
      ...(await this.#metrics()).matchAll(/^rest_client_requests_total\{[^}]*code="403"[^}]*\} (\d+)/gm),
    ];
    const count = counted.reduce((sum, [, number]) => sum + Number(number), 0);
    return [...this.#refusals, ...(count > this.#tooLate ? counted.map(([line]) => line) : [])];
  }

  /** The end of its log. */
  get log(): string {
    return this.#log;
  }

  /** Reconciles it has finished, by controller and result (`course success`); empty while it starts. */
  async reconciles(): Promise<ReadonlyMap<string, number>> {
    const lines = (await this.#metrics()).matchAll(
      /^controller_runtime_reconcile_total\{controller="([^"]+)",result="([^"]+)"\} (\d+)/gm,
    );
    return new Map(
      [...lines].map(([, controller, result, count]) => [`${controller} ${result}`, Number(count)]),
    );
  }

  /** Empty while it starts and when it has ended. */
  async #metrics(): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${this.#healthPort}/metrics`).catch(() => undefined);
    return (await answer?.text()) ?? "";
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
