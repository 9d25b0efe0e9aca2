import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OperatorProcess } from "./operator-process.ts";

let folder: string;
let logFile: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "provost-operator-"));
  logFile = join(folder, "operator.log");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const operator = (...program: [string, ...string[]]): OperatorProcess =>
  new OperatorProcess({ kubeconfigPath: "none", args: [], logFile, program });
const logged = (): Promise<string> => readFile(logFile, "utf8");
const isAlive = (pid: number | undefined): boolean => {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("an operator that cannot be started does not keep the stop waiting, and the log says why", async () => {
  const process = operator(join(folder, "there-is-none"));
  process.start();
  await process.stop();
  expect(await logged()).toContain("ENOENT");
});

test("one that ignores SIGTERM is ended by SIGKILL after the deadline", async () => {
  const program = `process.on("SIGTERM", () => {}); console.log("open"); setInterval(() => {}, 1000);`;
  const process = operator("node", "-e", program);
  process.start();
  await expect.poll(logged, { timeout: 10_000 }).toContain("open");
  const { pid } = process;
  await process.stop(200);
  expect(isAlive(pid)).toBe(false);
});

test("its last words are in the log", async () => {
  const program = `process.on("SIGTERM", () => { console.log("x".repeat(500_000) + "good bye"); });
    process.channel.ref(); process.on("SIGTERM", () => process.disconnect()); console.log("open");
    process.on("message", () => {});`;
  const process = operator("node", "-e", program);
  process.start();
  await expect.poll(logged, { timeout: 10_000 }).toContain("open");
  await process.stop();
  expect(await logged()).toContain("good bye");
});

test("one that dies is started again, and no more once it is being stopped", async () => {
  const process = operator("node", "-e", `console.log("run " + process.pid)`);
  process.start();
  await expect
    .poll(async () => (await logged().catch(() => "")).match(/^run/gm)?.length, { timeout: 20_000 })
    .toBe(2);
  await process.stop();
  const before = await logged();
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(await logged()).toBe(before);
});
