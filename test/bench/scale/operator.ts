// The operator of the bench as a process of its own: the real one, but for the way to the LMSes, which are simulated.
//
//   node operator.ts KUBECONFIG LMS_ADDRESS RESYNC_MS
//
// Speaks with its parent: `{ synced }` when the caches are filled; `{ stats }` whenever it is asked.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { request, Agent } from "undici";
import { pino } from "pino";
import {
  loadAccess,
  type RawResponse,
  type ServiceFetch,
  TransportError,
} from "../../../controller/engine/index.ts";
import { createOperator } from "../../../controller/main.ts";
import type { Stats } from "./stats.ts";

const [kubeconfig = "", lms = "", resyncMs = "0"] = process.argv.slice(2);
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const pool = new Agent({ connections: 32 });

function simulated(namespace: string, tenant: string): ServiceFetch {
  return async (path, { method = "GET", headers, body, signal } = {}): Promise<RawResponse> => {
    try {
      const answer = await request(`${lms}/${namespace}/${tenant}${path}`, {
        dispatcher: pool,
        method,
        ...(headers && { headers }),
        ...(body !== undefined && { body }),
        ...(signal && { signal }),
      });
      const bytes = Buffer.from(await answer.body.arrayBuffer());
      return {
        status: answer.statusCode,
        headers: answer.headers,
        body: bytes,
        text: () => bytes.toString("utf8"),
        json: <T>() => JSON.parse(bytes.toString("utf8")) as T,
      };
    } catch (error) {
      signal?.throwIfAborted();
      throw new TransportError(`simulated LMS ${namespace}/${tenant}`, { cause: error });
    }
  };
}

const startedAt = performance.now();
const manager = createOperator(await loadAccess({ kubeconfig }), {
  lmsImage: "provost/provost:bench",
  siteUrlTemplate: "{scheme}://{hostname}",
  resyncMs: Number(resyncMs),
  finalizerDeadlineMs: 60_000,
  log: pino({ level: "silent" }),
  connect: (_client, namespace, tenant) => simulated(namespace, tenant),
});

async function stats(): Promise<Stats> {
  const cpu = process.cpuUsage();
  const metrics = await manager.registry.metrics();
  const sum = (pattern: RegExp): number =>
    [...metrics.matchAll(pattern)].reduce((total, [, value = "0"]) => total + Number(value), 0);
  const requests = sum(/^rest_client_requests_total\{.*\} (\d+)/gm);
  const reads = sum(/^rest_client_requests_total\{.*method="GET".*\} (\d+)/gm);
  collect();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    cpuMs: (cpu.user + cpu.system) / 1000,
    rssBytes: rss,
    heapBytes: heapUsed,
    requests,
    writes: requests - reads,
    reconciles: sum(/^controller_runtime_reconcile_total\{.*\} (\d+)/gm),
    waiting: sum(/^workqueue_depth\{.*\} (\d+)/gm) + sum(/^controller_runtime_active_workers\{.*\} (\d+)/gm),
  };
}

process.on("message", () => void stats().then((told) => process.send?.({ stats: told })));
process.on("disconnect", () => process.exit());
await manager.start();
process.send?.({ synced: performance.now() - startedAt });
