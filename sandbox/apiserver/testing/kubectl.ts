// kubectl as a child process, where the machine has it.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Whether there is a kubectl, and which. */
export const kubectlVersion = (): string | undefined => {
  const { stdout, status } = spawnSync("kubectl", ["version", "--client"], { encoding: "utf8" });
  return status === 0 ? /v\d+\.\d+\S*/.exec(stdout)?.[0] : undefined;
};

/** kubectl with one server's kubeconfig and a home (with its discovery cache) of its own. */
export class Kubectl {
  readonly #env: NodeJS.ProcessEnv;
  readonly home = mkdtempSync(join(tmpdir(), "kubectl-"));

  constructor(kubeconfig: string) {
    this.#env = { PATH: process.env["PATH"], HOME: this.home, KUBECONFIG: kubeconfig };
  }

  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    return spawn("kubectl", args, { env: { ...this.#env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  }

  /** Runs to the end; `input` is what stdin holds. */
  run(args: readonly string[], input = "", env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    const child = this.start(args, env);
    let [stdout, stderr] = ["", ""];
    child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin?.end(input);
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, stdout, stderr }));
    });
  }

  /** As `run` with the arguments in one string, but a failure is an error. */
  async ok(line: string, input = "", env: NodeJS.ProcessEnv = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(line.split(" "), input, env);
    if (code !== 0) throw new Error(`kubectl ${line}: exit code ${code}\n${stderr}${stdout}`);
    return stdout;
  }

  /** Runs what must fail, and returns what it complained of. */
  async refused(line: string, input = ""): Promise<string> {
    const { code, stdout, stderr } = await this.run(line.split(" "), input);
    if (code === 0) throw new Error(`kubectl ${line}: succeeded, but should have failed\n${stdout}`);
    return stderr;
  }
}
