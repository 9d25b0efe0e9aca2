// What a killed server left in its data folder, with the real server.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { allProcesses, commandLineOf, startTimeOf } from "../node/proc.ts";
import { isRoot } from "../node/reachable.ts";
import { removeScratch, scratchFolder, until } from "../node/testing.ts";
import { postgresPrograms, type PostgresPrograms } from "./postgres-binaries.ts";
import { clearRemains } from "./postgres-remains.ts";

const folder = scratchFolder();
const dataDir = join(folder, "data");
const pidFile = join(dataDir, "postmaster.pid");
const nobody = isRoot() ? { uid: 65_534, gid: 65_534 } : undefined;
let programs: PostgresPrograms;
let started: ChildProcess[] = [];
let lines: string[] = [];

const start = (signal = new AbortController().signal) => ({
  signal,
  log: (line: string): void => void lines.push(line),
});

beforeAll(() => {
  mkdirSync(dataDir, { mode: 0o700 });
  if (nobody) chownSync(dataDir, nobody.uid, nobody.gid);
  programs = postgresPrograms(join(folder, "cache"), nobody);
  const options = ["-D", dataDir, "-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "--no-sync"];
  execFileSync(programs.initdb, options, { ...nobody, cwd: "/", stdio: "pipe" });
});
afterAll(() => removeScratch(folder));
afterEach(async () => {
  lines = [];
  for (const child of started.filter((one) => one.exitCode === null && one.signalCode === null)) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  started = [];
});

/** A server with a child that is frozen, so that it does not notice when the server goes. */
async function serverWithFrozenChild(): Promise<{ server: ChildProcess; child: number }> {
  const settings = ["port=5432", "listen_addresses=", `unix_socket_directories=${dataDir}`];
  const server = spawn(programs.postgres, ["-D", dataDir, ...settings.flatMap((each) => ["-c", each])], {
    ...nobody,
    cwd: "/",
    stdio: "ignore",
  });
  started.push(server);
  const childOf = (pid: number): boolean =>
    commandLineOf(pid).includes("checkpointer") &&
    readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ")[1] === String(server.pid);
  const child = await until(() => allProcesses().find(childOf), "the checkpointer");
  await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8").includes("ready"), "the server");
  process.kill(child, "SIGSTOP");
  return { server, child };
}

test("a child of a killed server is ended, and the folder is free", async () => {
  const { server, child } = await serverWithFrozenChild();
  server.kill("SIGKILL");
  await once(server, "exit");
  await clearRemains(dataDir, start(), 500);
  expect(startTimeOf(child)).toBeUndefined();
  expect(existsSync(pidFile)).toBe(false);
  expect(lines).toEqual([`ending process ${child}, left by a server that was killed`]);
});

test("a server that runs is named and left alone", async () => {
  const { server, child } = await serverWithFrozenChild();
  await expect(clearRemains(dataDir, start(), 100)).rejects.toThrow(
    `process id ${server.pid}; stop it first`,
  );
  expect([server.exitCode, server.signalCode]).toEqual([null, null]);
  process.kill(child, "SIGCONT");
  server.kill("SIGINT");
  await once(server, "exit");
});

test("somebody else's process that works in the folder is neither waited for nor killed", async () => {
  const visitor = spawn("sleep", ["1000"], { cwd: dataDir, stdio: "ignore" });
  started.push(visitor);
  await once(visitor, "spawn");
  writeFileSync(pidFile, `999999999\n${dataDir}\n`);
  const from = Date.now();
  await clearRemains(dataDir, start());
  expect(Date.now() - from).toBeLessThan(2_000);
  expect(existsSync(pidFile)).toBe(false);
  expect([visitor.exitCode, visitor.signalCode]).toEqual([null, null]);
});

test("a stop ends the waiting at once", async () => {
  const { server, child } = await serverWithFrozenChild();
  const stop = new AbortController();
  const from = Date.now();
  setTimeout(() => stop.abort(), 200);
  await expect(clearRemains(dataDir, start(stop.signal))).rejects.toThrow(/abort/);
  expect(Date.now() - from).toBeLessThan(2_000);
  process.kill(child, "SIGCONT");
  server.kill("SIGINT");
  await once(server, "exit");
});
