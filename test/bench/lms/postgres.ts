// PostgreSQL as a site has it: the server arguments the operator declares, started the way the sandbox's image does it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LmsTenant } from "../../../api/index.ts";
import { databaseStatefulSet } from "../../../controller/tenant/resources/database.ts";
import { createDatabase, type DatabaseConfig } from "../../../lms/db/index.ts";
import { postgresImage } from "../../../sandbox/images/postgres.ts";
import type { SpawnedCommand } from "../../../sandbox/node/processes.ts";
import { folderFor } from "../../../sandbox/node/reachable.ts";

export interface BenchPostgres {
  readonly pid: number;
  readonly config: DatabaseConfig;
  /** As libpq variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends it as a lost node does: at once, with everything it was doing. Its data stays. */
  kill(): Promise<void>;
  /** Starts it on its data after `kill`; resolves when it answers. */
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

/** The server arguments of a tenant's database. */
function serverArgs(): readonly string[] {
  const database = { image: "postgres:18", storage: { size: "1Gi" } };
  const tenant = {
    metadata: { name: "bench", namespace: "bench" },
    spec: { database: { standalone: database } },
  };
  const set = databaseStatefulSet(tenant as unknown as LmsTenant, database);
  return set.spec?.template.spec?.containers[0]?.args ?? [];
}

/** A server on a loopback address of its own, its data under `folder`. */
export async function startPostgres(folder: string): Promise<BenchPostgres> {
  const password = "bench-password";
  const host = `127.${1 + (process.pid % 250)}.${1 + (Math.floor(process.pid / 250) % 250)}.7`;
  const scratchDir = path.join(folder, "scratch");
  await mkdir(scratchDir, { recursive: true });
  const image = postgresImage(path.join(folder, "cache"));
  const { prepare } = image;
  if (!prepare) throw new Error("the postgres image cannot be prepared");
  // PostgreSQL runs as another user when we are root, and must reach its data.
  await chmod(folder, 0o755);
  const data = folderFor(path.join(folder, "data"), image.runAs, () => {});
  const environment = {
    PATH: process.env["PATH"] ?? "",
    POSTGRES_USER: "lms",
    POSTGRES_PASSWORD: password,
    POSTGRES_DB: "lms",
    PGDATA: path.join(data, "pgdata"),
  };
  const log = path.join(folder, "postgres.log");
  const config = { host, port: 5432, database: "lms", user: "lms", password };

  /** A running server that answers. */
  const run = async (): Promise<{ readonly child: ChildProcess; readonly ended: Promise<unknown> }> => {
    const command = await prepare({
      podIP: host,
      env: environment,
      args: serverArgs(),
      mounts: new Map(),
      scratchDir,
      log: () => {},
      run: runToEnd,
      signal: new AbortController().signal,
    });
    const child = start(command, "ignore", openSync(log, "a"));
    const ended = once(child, "exit");
    const db = createDatabase({ ...config, maxConnections: 1 });
    const giveUp = AbortSignal.timeout(30_000);
    await Promise.race([
      db.connect({ signal: giveUp }),
      ended.then(() => Promise.reject(new Error(`PostgreSQL did not start: ${readFileSync(log, "utf8")}`))),
    ]);
    await db.close();
    return { child, ended };
  };

  let server = await run();
  return {
    get pid() {
      return server.child.pid ?? 0;
    },
    config,
    env: { PGHOST: host, PGPORT: "5432", PGDATABASE: "lms", PGUSER: "lms", PGPASSWORD: password },
    async kill() {
      server.child.kill("SIGKILL");
      await server.ended;
    },
    async startAgain() {
      server = await run();
    },
    async stop() {
      const { child, ended } = server;
      child.kill("SIGINT");
      await Promise.race([ended, sleep(20_000).then(() => child.kill("SIGKILL"))]);
    },
  };
}

function start(
  { command, env, cwd, runAs }: SpawnedCommand,
  stdin: "ignore" | "pipe",
  log: number | "ignore",
) {
  const [program = "", ...args] = command;
  return spawn(program, args, { env, cwd, ...runAs, stdio: [stdin, log, log] });
}

async function runToEnd(command: SpawnedCommand & { stdin?: string }): Promise<void> {
  const child = start(command, command.stdin === undefined ? "ignore" : "pipe", "ignore");
  child.stdin?.end(command.stdin);
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${command.command.join(" ")} ended with ${code}`);
}
