// `provost operator` as a process: how it starts, says what is wrong, and stops.
import { type ChildProcess, spawn } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Lease } from "../../controller/engine/index.ts";
import { freePort, PROVOST } from "../support/sandbox-process.ts";
import { Harness } from "./harness.ts";

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start();
}, 120_000);

afterAll(async () => harness?.stop(), 60_000);

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output(): string;
}

function operator(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [PROVOST, "operator", ...args], {
    env: { ...process.env, KUBECONFIG: harness.kubeconfig, ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  return { child, ended, output: () => output };
}

/** Until the operator's readiness says that its caches are synced. */
async function ready(port: number): Promise<void> {
  await harness.cluster.until("the operator is ready", async () => {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    return response?.ok ? true : undefined;
  });
}

test("it serves health and metrics, takes the Lease, and gives it back on SIGTERM", async () => {
  const port = await freePort();
  const running = operator(["--leader-elect", "--health-port", String(port)]);
  await ready(port);
  const lease = { namespace: "default", name: "provost-operator" };
  await harness.cluster.until("it leads", async () =>
    (await harness.cluster.client.find(Lease, lease))?.spec?.holderIdentity ? true : undefined,
  );
  expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain(
    'controller_runtime_reconcile_total{controller="lmstenant"',
  );
  running.child.kill("SIGTERM");
  expect(await running.ended).toBe(0);
  expect((await harness.cluster.client.get(Lease, lease)).spec?.holderIdentity).toBe("");
  for (const line of running.output().trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("msg");
});

test("it ends with the process that started it, even when that one could not say goodbye", async () => {
  const port = await freePort();
  const running = operator(["--health-port", String(port)]);
  await ready(port);
  running.child.disconnect();
  expect(await running.ended).toBe(0);
});

test.each([
  [["--resync", "often"], 2, /whole number with s, m or h/],
  [["--site-url", "https://example.org"], 2, /must contain \{hostname\}/],
  [["--log-level", "loud"], 2, /one of fatal, error/],
  [["--kubeconfig", "/nowhere/kubeconfig"], 1, /\/nowhere\/kubeconfig/],
])("%j ends with code %i and says why", async (args, code, words) => {
  const running = operator(args);
  expect(await running.ended).toBe(code);
  expect(running.output()).toMatch(words);
});
