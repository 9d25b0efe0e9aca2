// A contender as the bench sees it: a process that is started, asked and ended, and whose last words are kept.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMs, memory } from "../lms/proc.ts";
import type { Place } from "./place.ts";
import type { Answer, Mark, Question } from "./talk.types.ts";

const MB_PER_MIB = 1.048576;
/** Last words worth keeping, in characters. */
const LAST_WORDS = 4_000;
/** How long a clean stop may take. */
const GRACE_MS = 5_000;

export class Contender {
  readonly pid: number;
  /** Resolves with the reason when the process is gone. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  #lastWords = "";
  #asked = 0;
  #gone = false;

  /** Starts `contenders/NAME.ts`; `env` and `flags` are those of its node. */
  constructor(
    name: string,
    place: Place,
    { flags = [], env = {} }: { flags?: string[]; env?: NodeJS.ProcessEnv } = {},
  ) {
    this.#child = fork(path.join(import.meta.dirname, "contenders", `${name}.ts`), {
      execArgv: flags,
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        NODE_ENV: "production",
        KUBECONFIG: place.kubeconfig,
        BENCH_PLACE: JSON.stringify(place),
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.pid = this.#child.pid ?? 0;
    const hear = (chunk: Buffer): void => {
      this.#lastWords = (this.#lastWords + chunk.toString("utf8")).slice(-LAST_WORDS);
    };
    this.#child.stdout?.on("data", hear);
    this.#child.stderr?.on("data", hear);
    this.#child.on("message", (answer: Answer) => this.#waitingFor(answer.id).resolve(answer));
    this.ended = once(this.#child, "close").then(([code, signal]) => {
      this.#gone = true;
      const reason = `${name} ended (${signal ?? `exit code ${code}`})${complaint(this.#lastWords)}`;
      for (const { reject } of this.#waiting.values()) reject(new Error(reason));
      return reason;
    });
  }

  /** Resolves when the process has loaded its framework; rejects with the reason when it ended instead. */
  async up(): Promise<void> {
    await this.#waitingFor(0).promise;
  }

  runs = async (): Promise<number> => (await this.#ask({ type: "runs" })).runs ?? 0;
  marks = async (): Promise<readonly Mark[]> => (await this.#ask({ type: "marks" })).marks ?? [];
  leads = async (): Promise<boolean> => (await this.#ask({ type: "leads" })).leads ?? false;
  fire = async (version: number): Promise<void> => void (await this.#ask({ type: "fire", version }));

  /** Processor time so far, user and system. */
  cpuMs(): number {
    return cpuMs(this.pid);
  }

  /** Resident memory in MB (10^6 bytes): now, and the most it ever was. */
  memoryMb(): { now: number; peak: number } {
    const peakKib = Number(
      /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))?.[1] ?? NaN,
    );
    return { now: memory(this.pid).rssMiB * MB_PER_MIB, peak: (peakKib * 1024) / 1e6 };
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Asks it to end, and ends it when it does not. */
  async stop(): Promise<void> {
    if (this.#gone) return;
    this.kill("SIGTERM");
    await Promise.race([this.ended, sleep(GRACE_MS)]);
    if (!this.#gone) this.kill("SIGKILL");
    await this.ended;
  }

  async #ask(question: Question["question"]): Promise<Answer> {
    if (this.#gone) throw new Error(await this.ended);
    const id = ++this.#asked;
    const { promise } = this.#waitingFor(id);
    this.#child.send({ id, question } satisfies Question);
    const answer = await promise;
    this.#waiting.delete(id);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  #waitingFor(id: number): PromiseWithResolvers<Answer> {
    let waiting = this.#waiting.get(id);
    if (waiting === undefined) {
      waiting = Promise.withResolvers<Answer>();
      // Whoever waits hears of it; nobody waiting is no crash of the bench.
      waiting.promise.catch(() => undefined);
      this.#waiting.set(id, waiting);
    }
    return waiting;
  }
}

/** The line of a process's last words that tells most. */
function complaint(words: string): string {
  const lines = words
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const line = lines.find((one) => /\berror\b|cannot find/i.test(one)) ?? lines.at(-1);
  return line === undefined ? "" : `: ${line.slice(0, 240)}`;
}
