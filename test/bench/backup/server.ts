// A PostgreSQL for the bench: Debian's, when it is there, because pg_dump and pg_restore have to be of the server's version
// or newer; otherwise the one that comes along, without anything to compare with.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { createDatabase, type DatabaseConfig } from "../../../lms/db/index.ts";
import { startPostgres } from "../lms/postgres.ts";

export interface BenchServer {
  readonly config: DatabaseConfig;
  readonly env: Readonly<Record<string, string>>;
  /** Folder of pg_dump and pg_restore; absent when there are none that fit. */
  readonly tools?: string;
  /** Makes an empty database of this name, in the place of one that is there. */
  create(name: string): Promise<void>;
  stop(): Promise<void>;
}

const DEBIAN = "/usr/lib/postgresql";
const NEEDED = ["initdb", "postgres", "pg_dump", "pg_restore"];
/** initdb and postgres refuse to run as root. */
const NOBODY = 65_534;
const USER = "lms";

/** Starts a server with its data under `folder`. */
export async function startServer(folder: string): Promise<BenchServer> {
  const tools = newestTools();
  if (tools === undefined) return shipped(folder);
  const owner = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const data = path.join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  if (owner.uid !== undefined) {
    chownSync(data, owner.uid, owner.gid);
    chownSync(folder, owner.uid, owner.gid);
  }
  const program = (name: string): string => path.join(tools, name);
  const made = ["-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"];
  execFileSync(program("initdb"), made, { ...owner, cwd: "/", stdio: "pipe" });
  const port = await freePort();
  // As the operator declares it for a site.
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "shared_buffers=16MB",
    "max_connections=40",
    "max_wal_size=256MB",
    "jit=off",
    "max_parallel_workers_per_gather=0",
  ].flatMap((setting) => ["-c", setting]);
  const file = path.join(folder, "log");
  const log = openSync(file, "a");
  const child = spawn(program("postgres"), ["-D", data, ...settings], {
    ...owner,
    cwd: "/",
    stdio: ["ignore", log, log],
  });
  const ended = once(child, "exit");
  const config = { host: "127.0.0.1", port, user: USER };
  const admin = createDatabase({ ...config, database: "postgres", maxConnections: 1, statementTimeoutMs: 0 });
  await Promise.race([
    admin.connect({ signal: AbortSignal.timeout(30_000) }),
    ended.then(() => Promise.reject(new Error(`PostgreSQL did not start: ${readFileSync(file, "utf8")}`))),
  ]);
  return {
    config: { ...config, database: "lms" },
    env: { PGHOST: "127.0.0.1", PGPORT: String(port), PGDATABASE: "lms", PGUSER: USER, PGPASSWORD: "" },
    tools,
    async create(name) {
      await admin.execute(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.execute(`CREATE DATABASE ${name}`);
    },
    async stop() {
      await admin.close();
      child.kill("SIGINT");
      await ended;
    },
  };
}

/** The newest of Debian's versions with server and tools. */
function newestTools(): string | undefined {
  if (!existsSync(DEBIAN)) return undefined;
  return readdirSync(DEBIAN)
    .filter((version) => /^\d+$/.test(version))
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => path.join(DEBIAN, version, "bin"))
    .find((bin) => NEEDED.every((name) => existsSync(path.join(bin, name))));
}

async function shipped(folder: string): Promise<BenchServer> {
  const postgres = await startPostgres(folder);
  const admin = createDatabase({
    ...postgres.config,
    database: "postgres",
    maxConnections: 1,
    statementTimeoutMs: 0,
  });
  return {
    config: postgres.config,
    env: postgres.env,
    async create(name) {
      await admin.execute(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.execute(`CREATE DATABASE ${name}`);
    },
    async stop() {
      await admin.close();
      await postgres.stop();
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return port;
}
