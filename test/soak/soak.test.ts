// Minutes of churn on an unsteady wire: the operator ends with as much heap, as many sockets and descriptors as it began.
//
// PROVOST_SOAK_SECONDS (default 60; CI: 180) is the length of the churn.
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Course, RoleBinding } from "../../controller/kinds.ts";
import { aBinding, aCourse, aTenant } from "../scenario/school.ts";
import { type EmptySandbox, emptySandbox } from "../support/empty-sandbox.ts";
import { freePort, PROVOST } from "../support/sandbox-process.ts";
import { type Gauges, gaugesOf } from "./gauges.ts";
import { type UnsteadyWire, unsteadyWire } from "../support/unsteady-wire.ts";

const SECONDS = Number(process.env["PROVOST_SOAK_SECONDS"] ?? 60);
/** Before the first look: caches, connections and compiled code have settled. */
const WARM_UP_ROUNDS = 10;
const CUT_EVERY_ROUNDS = 15;
/** What code compiled late and histograms not yet seen may add. */
const HEAP_TOLERANCE = 0.1;
const HEAP_TOLERANCE_BYTES = 3 * 1024 * 1024;
/** Sockets in the middle of being replaced. */
const SOCKET_TOLERANCE = 4;

let sandbox: EmptySandbox;
let wire: UnsteadyWire;
let operator: ChildProcess;
let inspector: string;
let metricsPort: number;

beforeAll(async () => {
  sandbox = await emptySandbox(["--no-operator"]);
  wire = await unsteadyWire(sandbox.kubeconfig);
  metricsPort = await freePort();
  // The entry point's own flags are left out on purpose: V8 alone decides what it keeps.
  operator = spawn(
    process.execPath,
    [
      "--inspect=127.0.0.1:0",
      PROVOST,
      "operator",
      "--kubeconfig",
      wire.kubeconfig,
      "--health-port",
      String(metricsPort),
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  inspector = await new Promise((resolve, reject) => {
    let text = "";
    operator.stderr?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const address = /ws:\/\/\S+/.exec(text)?.[0];
      if (address) resolve(address);
    });
    operator.once("exit", (code) => reject(new Error(`the operator ended with ${String(code)}: ${text}`)));
  });
  await sandbox.cluster.apply(aTenant("hill"), aCourse("steady", "hill"));
  await sandbox.cluster.condition("Course", "steady", "Ready");
}, 240_000);

afterAll(async () => {
  operator?.kill("SIGKILL");
  await wire?.close();
  await sandbox?.stop();
}, 60_000);

/** One course and one grant come, change and go; a course and the tenant that stay change too. */
async function round(number: number): Promise<void> {
  const { cluster } = sandbox;
  const name = `course-${number}`;
  if (number % CUT_EVERY_ROUNDS === 0) wire.cut();
  await cluster.apply(
    aTenant("hill", { site: { title: `School ${number}` } }),
    aCourse("steady", "hill", { title: `Steady ${number}` }),
    aCourse(name, "hill"),
    aBinding(name, "hill", { role: "learner", users: ["lea"], course: name }),
  );
  await cluster.condition("RoleBinding", name, "Ready");
  await cluster.apply(aCourse(name, "hill", { title: `Changed ${number}` }));
  await cluster.condition("Course", name, "Ready");
  await cluster.condition("Course", "steady", "Ready");
  await cluster.client.delete(RoleBinding, { namespace: "default", name });
  await cluster.client.delete(Course, { namespace: "default", name });
  await cluster.until(`${name} is gone`, async () =>
    (await cluster.client.find(Course, { namespace: "default", name })) ? undefined : true,
  );
}

/** The gauges at rest: the least of three looks, so that a connection on its way out is not counted. */
async function atRest(): Promise<Gauges> {
  const looks: Gauges[] = [];
  for (let look = 0; look < 3; look++) {
    await sleep(2_000);
    looks.push(await gaugesOf(operator.pid ?? 0, inspector));
  }
  const least = (of: (gauges: Gauges) => number): number => Math.min(...looks.map(of));
  return {
    heapBytes: least((gauges) => gauges.heapBytes),
    rssBytes: least((gauges) => gauges.rssBytes),
    descriptors: least((gauges) => gauges.descriptors),
    sockets: least((gauges) => gauges.sockets),
  };
}

function line(when: string, rounds: number, { heapBytes, rssBytes, descriptors, sockets }: Gauges): string {
  const mb = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
  return `${when.padEnd(6)} ${String(rounds).padStart(5)} rounds: heap ${mb(heapBytes)} MiB, RSS ${mb(rssBytes)} MiB, ${descriptors} descriptors, ${sockets} sockets`;
}

test(
  `the operator's heap, sockets and descriptors are flat over ${SECONDS} s of churn on a wire that is cut`,
  async () => {
    let rounds = 0;
    while (rounds < WARM_UP_ROUNDS) await round(++rounds);
    wire.cut();
    const before = await atRest();
    console.log(line("before", rounds, before));
    const until = Date.now() + SECONDS * 1000;
    while (Date.now() < until) await round(++rounds);
    const after = await atRest();
    console.log(line("after", rounds, after));
    expect(rounds).toBeGreaterThan(WARM_UP_ROUNDS + 5);
    expect(after.heapBytes).toBeLessThan(before.heapBytes * (1 + HEAP_TOLERANCE) + HEAP_TOLERANCE_BYTES);
    expect(after.sockets).toBeLessThanOrEqual(before.sockets + SOCKET_TOLERANCE);
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + SOCKET_TOLERANCE);
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(metrics).toMatch(/^controller_runtime_terminal_reconcile_errors_total\{controller="course"\} 0$/m);
  },
  (SECONDS + 240) * 1000,
);
