// First starts of databases that share a template, with the real programs.
import { chownSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { containerStart } from "../node/container-start.ts";
import { allProcesses, commandLineOf } from "../node/proc.ts";
import { Processes } from "../node/processes.ts";
import { isRoot } from "../node/reachable.ts";
import { removeScratch, scratchFolder, until } from "../node/testing.ts";
import { postgresPrograms } from "./postgres-binaries.ts";
import { type DataContext, ensureData } from "./postgres-data.ts";
import { type PostgresSettings, postgresSettings } from "./postgres-settings.ts";

const folder = scratchFolder();
afterAll(() => removeScratch(folder));
const runAs = isRoot() ? { uid: 65_534, gid: 65_534 } : undefined;
const processes = new Processes(folder);

function own(path: string): string {
  mkdirSync(path, { recursive: true });
  if (runAs) chownSync(path, runAs.uid, runAs.gid);
  return path;
}

/** What a container of that name starts its database with. */
function database(name: string, signal: AbortSignal): [PostgresSettings, DataContext] {
  const scratchDir = own(join(folder, name));
  const command = { command: ["postgres"], env: {} };
  const env = { PATH: process.env["PATH"] ?? "" };
  const resolved = { env, mounts: new Map<string, string>(), command, args: [], replaced: false };
  const start = containerStart(
    resolved,
    { podIP: "", hostIP: "", folders: new Map(), scratchDir },
    { processes, name, log: () => undefined, signal },
  );
  const programs = postgresPrograms(join(folder, "cache"), runAs);
  const templateDir = own(join(folder, "templates"));
  const settings = postgresSettings({ POSTGRES_PASSWORD: "x" }, [], () => "", join(scratchDir, "data"));
  return [settings, { start, programs, runAs, templateDir }];
}

test("a database stopped while it makes the template leaves the others to make it themselves", async () => {
  const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()];
  const making = ensureData(...database("first", first.signal));
  const waiting = ensureData(...database("second", second.signal));
  const leaving = ensureData(...database("third", third.signal));
  const initialising = (): boolean =>
    allProcesses().some((pid) => commandLineOf(pid).includes(`initdb -D ${folder}`));
  await until(initialising, "initdb to run");
  third.abort();
  await expect(leaving).rejects.toThrow(/abort/);
  // Between fork and exec a process has another name for a moment.
  await until(initialising, "initdb to go on");
  first.abort();
  await expect(making).rejects.toThrow(/abort/);
  await waiting;
  expect(existsSync(join(folder, "second", "data", "PG_VERSION"))).toBe(true);
});
