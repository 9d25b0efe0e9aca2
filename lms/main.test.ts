// The runtime as a process: start-up without a database, requests in flight when it stops, crashes, wrong settings.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { aSite, TOKEN } from "./admin/testing.ts";
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from "./db/testing.ts";

let database: TestDatabase;
let tokens: string;
beforeAll(async () => {
  database = await createTestDatabase();
  tokens = await mkdtemp(path.join(tmpdir(), "tokens-"));
  await writeFile(path.join(tokens, "token"), TOKEN);
});
afterAll(async () => {
  await database.close();
  await rm(tokens, { recursive: true });
});

type Line = Readonly<Record<string, unknown>>;

interface Running {
  readonly process: ChildProcess;
  readonly lines: Line[];
  readonly texts: string[];
  /** The first log line with this message. */
  line(message: string): Promise<Line>;
  exit: Promise<number | null>;
}

const started: Running[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) {
    one.process.kill("SIGKILL");
    await one.exit;
  }
});

function run(env: Record<string, string | undefined>): Running {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "main.ts")], {
    env: {
      ...process.env,
      ...database.env,
      PROVOST_HOST: "127.0.0.1",
      PROVOST_HTTP_PORT: "0",
      PROVOST_ADMIN_PORT: "0",
      PROVOST_ADMIN_TOKEN_DIR: tokens,
      ...env,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: Line[] = [];
  const texts: string[] = [];
  const waiting: (() => void)[] = [];
  createInterface({ input: child.stdout }).on("line", (text) => {
    texts.push(text);
    lines.push(JSON.parse(text) as Line);
    for (const look of waiting) look();
  });
  const running: Running = {
    process: child,
    lines,
    texts,
    line: (message) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find((line) => line["msg"] === message);
          if (found) resolve(found);
        };
        waiting.push(look);
        look();
        child.once("exit", () => reject(new Error(`ended without "${message}": ${JSON.stringify(lines)}`)));
      }),
    exit: once(child, "exit").then(([code]) => code as number | null),
  };
  started.push(running);
  return running;
}

const open = async (lms: Running): Promise<{ site: string; admin: string }> => {
  const line = await lms.line("the site is open");
  return {
    site: `http://127.0.0.1:${String(line["httpPort"])}`,
    admin: `http://127.0.0.1:${String(line["adminPort"])}`,
  };
};

/** A proxy to the database that can be shut and opened: the server going away and coming back. */
async function door(): Promise<{
  port: number;
  shut(): void;
  open(): Promise<void>;
  close(): Promise<void>;
}> {
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const listen = async (port: number): Promise<number> => {
    server = createServer((client) => {
      const upstream = connect(database.config.port ?? 0, database.config.host);
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.on("error", () => {}).on("close", () => sockets.delete(socket));
      }
      client.pipe(upstream).pipe(client);
    }).listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as { port: number }).port;
  };
  const shut = (): void => {
    server?.close();
    for (const socket of sockets) socket.destroy();
  };
  const port = await listen(0);
  return {
    port,
    shut,
    open: async () => void (await listen(port)),
    close: async () => shut(),
  };
}

test("it starts, takes a document, shows it on the site, and stops when asked", async () => {
  const lms = run({});
  const { site, admin } = await open(lms);
  const answer = await fetch(`${admin}/admin/v1/site`, {
    method: "PUT",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify(aSite({ title: "Harbour School" })),
  });
  expect(answer.status).toBe(200);
  const page = await fetch(`${site}/`);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain("Harbour School");
  expect(
    (await fetch(`${site}/admin/v1/status`, { headers: { authorization: `Bearer ${TOKEN}` } })).status,
  ).toBe(404);
  expect((await fetch(`${site}/metrics`)).status).toBe(404);
  lms.process.kill("SIGTERM");
  expect(await lms.exit).toBe(0);
  expect(lms.lines.at(-1)).toMatchObject({ msg: "stopped", level: "info" });
  // A key that is there twice is an error to some readers of the log.
  expect(lms.texts.filter((text) => text.split('"version":').length !== 2)).toEqual([]);
});

test("two replicas show the same settings at once", async () => {
  const [one, two] = [await open(run({})), await open(run({}))];
  await fetch(`${one.admin}/admin/v1/site`, {
    method: "PUT",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify(aSite({ title: "Renamed School" })),
  });
  await expect.poll(async () => (await fetch(`${two.site}/`)).text()).toContain("Renamed School");
});

test("without a database it is alive but not ready, says why, and opens by itself when the database comes", async () => {
  const gate = await door();
  gate.shut();
  const lms = run({ PGPORT: String(gate.port) });
  const admin = `http://127.0.0.1:${String((await lms.line("starting"))["adminPort"])}`;
  await lms.line("waiting for the database");
  expect((await fetch(`${admin}/healthz`)).status).toBe(200);
  const answer = await fetch(`${admin}/readyz`);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({
    code: "NotReady",
    detail: expect.stringContaining("ECONNREFUSED"),
  });
  await gate.open();
  const { site } = await open(lms);
  expect((await fetch(`${site}/sign-in`)).status).toBe(200);

  // It goes away while the site is open: nothing crashes, and the site serves again when it is back.
  gate.shut();
  expect((await fetch(`${admin}/readyz`)).status).toBe(503);
  expect((await fetch(`${admin}/healthz`)).status).toBe(200);
  await gate.open();
  await expect.poll(async () => (await fetch(`${admin}/readyz`)).status, { timeout: 10_000 }).toBe(200);
  await gate.close();
});

test("while waiting for the database it can be stopped", async () => {
  const lms = run({ PGPORT: "1" });
  await lms.line("waiting for the database");
  lms.process.kill("SIGTERM");
  expect(await lms.exit).toBe(0);
});

test("asked to stop while a database does not answer, it ends at once", async () => {
  const silent = createServer((socket) => void socket.on("error", () => {})).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const connected = once(silent, "connection") as Promise<[Socket]>;
  const lms = run({ PGPORT: String((silent.address() as { port: number }).port), PGHOST: "127.0.0.1" });
  const [socket] = await connected;
  const from = Date.now();
  lms.process.kill("SIGTERM");
  expect(await lms.exit).toBe(0);
  expect(Date.now() - from).toBeLessThan(2_000);
  socket.destroy();
  silent.close();
});

test("asked to stop while it migrates, it ends at once and the migration is undone", async () => {
  const empty = await createEmptyDatabase();
  await empty.db.transaction(async (tx) => {
    // Migrating waits for whoever migrates already.
    await tx.execute("SELECT pg_advisory_xact_lock(7706866)");
    const lms = run({ ...empty.env });
    const waiting = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    await expect.poll(() => tx.first(waiting), { timeout: 20_000 }).toBeDefined();
    const from = Date.now();
    lms.process.kill("SIGTERM");
    expect(await lms.exit).toBe(0);
    expect(Date.now() - from).toBeLessThan(2_000);
    expect(await tx.first(waiting)).toBeUndefined();
  });
  expect(await empty.db.first("SELECT to_regclass('schema_migration') AS t")).toEqual({ t: null });
  await empty.close();
});

test("a request in flight is finished when the runtime stops", async () => {
  const lms = run({});
  const { admin } = await open(lms);
  let status: Promise<number> | undefined;
  await database.db.transaction(async (tx) => {
    await tx.execute("SELECT pg_advisory_xact_lock(7706870)");
    status = fetch(`${admin}/admin/v1/site`, {
      method: "PUT",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify(aSite({ title: "Finished in time" })),
    }).then((answer) => answer.status);
    await expect
      .poll(() => database.db.first("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'advisory'"))
      .toBeDefined();
    lms.process.kill("SIGTERM");
    await lms.line("stopping");
  });
  expect(await status).toBe(200);
  expect(await lms.exit).toBe(0);
  expect(await database.db.first("SELECT document->>'title' AS title FROM site")).toEqual({
    title: "Finished in time",
  });
});

test("a replica that lingers goes on answering when it is asked to stop, and says that it is not ready", async () => {
  const lms = run({ PROVOST_LINGER_SECONDS: "2" });
  const { site, admin } = await open(lms);
  lms.process.kill("SIGTERM");
  await lms.line("stopping");
  const page = await fetch(`${site}/`);
  expect([page.status, page.headers.get("connection")]).toEqual([200, "close"]);
  expect((await fetch(`${admin}/readyz`)).status).toBe(503);
  expect(await lms.exit).toBe(0);
  await expect(fetch(`${site}/`)).rejects.toThrow();
});

test("it refuses to run on a database whose migrations were changed, and says so", async () => {
  const other = await createTestDatabase();
  await other.db.execute("UPDATE schema_migration SET sha256 = 'another'");
  const lms = run({ ...other.env });
  expect(await lms.exit).toBe(1);
  expect(lms.lines.at(-1)).toMatchObject({
    level: "fatal",
    msg: expect.stringContaining("was changed after"),
  });
  await other.close();
});

test.each([
  [{ PROVOST_ADMIN_TOKEN_DIR: "" }, /PROVOST_ADMIN_TOKEN_DIR is not set/],
  [{ PROVOST_HTTP_PORT: "http" }, /PROVOST_HTTP_PORT is "http": give a port number/],
  [{ PGSSLMODE: "maybe" }, /PGSSLMODE is "maybe"/],
  [{ PROVOST_LOG_LEVEL: "loud" }, /PROVOST_LOG_LEVEL is "loud"/],
])("a wrong setting %j ends it with the variable's name", async (env, message) => {
  const lms = run(env);
  expect(await lms.exit).toBe(1);
  expect(lms.lines.at(-1)?.["msg"]).toMatch(message);
});
