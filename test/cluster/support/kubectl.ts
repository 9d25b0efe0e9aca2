// kubectl as a person uses it: commands, and a port forwarded to a Service.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

/** Whether there is a kubectl on the PATH. */
export const hasKubectl = (): boolean => spawnSync("kubectl", ["version", "--client"]).status === 0;

export class Kubectl {
  readonly #env: NodeJS.ProcessEnv;
  readonly #namespace: string;

  constructor(kubeconfig: string, namespace: string) {
    this.#env = { ...process.env, KUBECONFIG: kubeconfig };
    this.#namespace = namespace;
  }

  /** Runs a command; resolves to its stdout, throws with its stderr. */
  async run(args: readonly string[], stdin = ""): Promise<string> {
    const child = this.#spawn(args);
    let [stdout, stderr] = ["", ""];
    child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin?.end(stdin);
    const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${String(code)}: ${stderr}`);
    return stdout;
  }

  /** `kubectl apply` of manifests, all at once. */
  apply(...items: readonly object[]): Promise<string> {
    return this.run(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  }

  /** Waits until every named object (`course/basics`) is Ready. */
  waitReady(objects: readonly string[], within = "180s"): Promise<string> {
    return this.run(["wait", "--for=condition=Ready", `--timeout=${within}`, ...objects]);
  }

  /** Forwards a local port to a port of a Service; resolves when connections are taken. */
  async forward(service: string, port: number): Promise<{ url: string; close(): Promise<void> }> {
    const child = this.#spawn(["port-forward", `service/${service}`, `:${port}`]);
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    let stderr = "";
    child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const local = new Promise<string | undefined>((resolve) => {
      if (!child.stdout) throw new Error("kubectl port-forward has no stdout");
      createInterface({ input: child.stdout }).on("line", (line) => {
        const found = /^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
        if (found !== undefined) resolve(found);
      });
      void ended.then(() => resolve(undefined));
    });
    const found = await local;
    if (found === undefined) throw new Error(`kubectl port-forward service/${service}: ${stderr}`);
    const close = async (): Promise<void> => {
      child.kill("SIGTERM");
      await ended;
    };
    return { url: `http://127.0.0.1:${found}`, close };
  }

  #spawn(args: readonly string[]): ChildProcess {
    return spawn("kubectl", ["--namespace", this.#namespace, ...args], { env: this.#env });
  }
}
