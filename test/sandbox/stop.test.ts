// `provost sandbox` ends when it is asked to, whatever it is doing, and leaves no process behind.
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { operatorPids, processesOf } from "../support/processes.ts";
import { copyQuickstart, type Quickstart } from "../support/quickstart.ts";
import { type DataFolder, dataFolder, freePort, SandboxProcess } from "../support/sandbox-process.ts";

let data: DataFolder;
let quickstart: Quickstart;
let sandbox: SandboxProcess | undefined;

beforeEach(async () => {
  data = await dataFolder();
  quickstart = await copyQuickstart();
});
afterEach(async () => {
  await sandbox?.kill();
  for (const { pid } of processesOf(data.path)) process.kill(pid, "SIGKILL");
  await quickstart.remove();
  await data.remove();
}, 60_000);

async function start(): Promise<SandboxProcess> {
  sandbox = new SandboxProcess({
    data: data.path,
    files: [quickstart.folder],
    args: ["--port", String(await freePort())],
  });
  return sandbox;
}

test("stopped before everything is Ready, it says nothing of being ready", async () => {
  const starting = await start();
  await expect.poll(() => operatorPids(data.path).length, { timeout: 60_000 }).toBe(1);
  expect(await starting.stop()).toBe(0);
  expect({ lines: starting.lines, stderr: starting.stderr }).toEqual({ lines: [], stderr: "" });
  expect(processesOf(data.path)).toEqual([]);
});

test("a second Ctrl-C ends everything at once, even while the operator is frozen", async () => {
  const running = await start();
  await running.ready();
  const [operator = 0] = operatorPids(data.path);
  process.kill(operator, "SIGSTOP");
  const ended = running.stop();
  // The stop waits for the operator now; an echo of the first Ctrl-C would not count.
  await sleep(1_500);
  const startedAt = performance.now();
  process.kill(running.pid, "SIGINT");
  expect(await ended).toBe(130);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  await expect.poll(() => processesOf(data.path), { timeout: 10_000 }).toEqual([]);
});
