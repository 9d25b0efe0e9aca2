// The API server of the bench as a process of its own, so that its processor time is no contender's: the sandbox's, or a
// counting proxy to the cluster of the kubeconfig named as argument. Sends its kubeconfig, then counts when asked.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { startApiServer } from "../../../sandbox/apiserver/index.ts";
import { countingProxy } from "../../cluster/support/counting-proxy.ts";
import { countRequests } from "./counters.ts";

interface Served {
  readonly kubeconfig: string;
  stop(): Promise<unknown>;
}

async function sandbox(): Promise<Served> {
  const folder = await mkdtemp(path.join(tmpdir(), "provost-bench-engine-"));
  const server = await startApiServer({ dataDir: folder, log: pino({ level: "silent" }) });
  return {
    kubeconfig: server.kubeconfigPath,
    stop: () => server.stop().then(() => rm(folder, { recursive: true, force: true })),
  };
}

async function proxy(kubeconfig: string): Promise<Served> {
  const { kubeconfig: file, close } = await countingProxy(kubeconfig);
  // client-node refuses plain HTTP unless told that nobody checks certificates.
  const config = JSON.parse(await readFile(file, "utf8")) as {
    clusters: { cluster: Record<string, unknown> }[];
  };
  for (const { cluster } of config.clusters) cluster["insecure-skip-tls-verify"] = true;
  await writeFile(file, JSON.stringify(config));
  return { kubeconfig: file, stop: close };
}

const counts = countRequests();
const [real] = process.argv.slice(2);
const served = await (real === undefined ? sandbox() : proxy(real));
let ending: Promise<unknown> | undefined;
const end = (): void => void (ending ??= served.stop().finally(() => process.exit()));
process.on("message", () => process.send?.(counts));
process.on("disconnect", end);
// Ctrl-C reaches this process too; what it holds goes with the bench.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", end);
process.send?.({ kubeconfig: served.kubeconfig });
