// The API server's process as the bench sees it: where it is, and what it has counted.
import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { cpuMs } from "../lms/proc.ts";
import type { Counts } from "./counters.ts";

export interface ApiServerProcess {
  readonly kubeconfig: string;
  counts(): Promise<Counts>;
  /** Processor time so far. Of the proxy, where the cluster is elsewhere. */
  cpuMs(): number;
  stop(): Promise<void>;
}

/** Starts the sandbox's API server, or a counting proxy to the cluster of `kubeconfig`. */
export async function startApiServerProcess(kubeconfig: string | undefined): Promise<ApiServerProcess> {
  const args = kubeconfig === undefined ? [] : [kubeconfig];
  const child = fork(path.join(import.meta.dirname, "server.ts"), args, { execArgv: [] });
  const ended = once(child, "exit");
  const [ready] = (await Promise.race([
    once(child, "message"),
    ended.then(() => Promise.reject(new Error("the API server of the bench did not start"))),
  ])) as [{ kubeconfig: string }];
  let last: Promise<Counts> | undefined;
  const ask = async (): Promise<Counts> => {
    child.send("counts");
    return ((await once(child, "message")) as [Counts])[0];
  };
  return {
    kubeconfig: ready.kubeconfig,
    // One question at a time: the answers carry no name.
    counts: () => (last = (last ?? Promise.resolve()).then(ask)),
    cpuMs: () => cpuMs(child.pid ?? 0),
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}
