// The pool's promises, on a real PostgreSQL.
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDatabase } from "./database.ts";
import { createTestDatabase, type TestDatabase } from "./testing.ts";

let test1: TestDatabase;
beforeAll(async () => {
  test1 = await createTestDatabase();
});
afterAll(() => test1.close());

test("ids and numerics are numbers, times are dates, jsonb is parsed", async () => {
  const row = await test1.db.first<Record<string, unknown>>(
    `SELECT 9000000000::bigint AS id, 1.5::numeric AS percent, now() AS at, '{"a":1}'::jsonb AS doc, $1::text AS given`,
    ["x"],
  );
  expect(row).toEqual({ id: 9e9, percent: 1.5, at: expect.any(Date), doc: { a: 1 }, given: "x" });
});

test("a transaction that throws leaves nothing behind, one that returns stays", async () => {
  const add = (key: string) =>
    test1.db.transaction(async (tx) => {
      await tx.execute("INSERT INTO category (key, title, position) VALUES ($1, 'T', 0)", [key]);
      if (key === "bad") throw new Error("no");
    });
  await expect(add("bad")).rejects.toThrow("no");
  await add("good");
  expect(await test1.db.query("SELECT key FROM category")).toEqual([{ key: "good" }]);
});

test("a connection killed in the middle of a transaction fails that transaction only", async () => {
  await expect(
    test1.db.transaction(async (tx) => {
      await tx.execute("INSERT INTO category (key, title, position) VALUES ('lost', 'T', 0)");
      const own = await tx.first<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      await test1.db.execute("SELECT pg_terminate_backend($1)", [own?.pid]);
      await tx.execute("SELECT 1");
    }),
  ).rejects.toThrow();
  expect(await test1.db.query("SELECT key FROM category WHERE key = 'lost'")).toEqual([]);
});

test("a server that closes every idle connection does not end the process", async () => {
  const errors: Error[] = [];
  const db = createDatabase(test1.config, (error) => void errors.push(error));
  await db.query("SELECT 1");
  await test1.db.execute(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
  );
  await expect.poll(() => errors.length).toBeGreaterThan(0);
  expect(await db.first("SELECT 2 AS two")).toEqual({ two: 2 });
  await db.close();
});

test("a statement that runs too long is cancelled", async () => {
  const db = createDatabase({ ...test1.config, statementTimeoutMs: 50 });
  await expect(db.query("SELECT pg_sleep(10)")).rejects.toThrow(/statement timeout/);
  await db.close();
});

test("connect waits for a server that is not there yet and can be given up", async () => {
  const db = createDatabase({ ...test1.config, port: 1 });
  const stop = new AbortController();
  const reasons: string[] = [];
  const waiting = db.connect({
    signal: stop.signal,
    onRetry: (error) => {
      reasons.push(error.message);
      if (reasons.length === 2) stop.abort();
    },
  });
  await expect(waiting).rejects.toThrow();
  expect(reasons[0]).toContain("ECONNREFUSED");
  await db.close();
});

/** Takes connections and says nothing: a server that hangs, a network that drops. */
async function silentServer(): Promise<{ port: number; connections: Set<Socket>; close(): Promise<void> }> {
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on("error", () => {}).on("close", () => connections.delete(socket));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    async close() {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("connecting to a server that does not answer is given up at once", async () => {
  const silent = await silentServer();
  const db = createDatabase({ ...test1.config, host: "127.0.0.1", port: silent.port });
  const stop = new AbortController();
  const waiting = db.connect({ signal: stop.signal });
  await expect.poll(() => silent.connections.size).toBe(1);
  const from = Date.now();
  stop.abort();
  await expect(waiting).rejects.toThrow(/abort/);
  await db.close(100);
  expect(Date.now() - from).toBeLessThan(1_500);
  await silent.close();
});

test("closing waits for a query under way, and cuts it when it takes too long", async () => {
  const db = createDatabase(test1.config);
  const quick = db.query("SELECT pg_sleep(0.3)");
  await db.close();
  await expect(quick).resolves.toHaveLength(1);
  const other = createDatabase(test1.config);
  const slow = other.transaction((tx) => tx.query("SELECT pg_sleep(12)"));
  const ended = expect(slow).rejects.toThrow(/terminated/);
  const from = Date.now();
  await other.close(200);
  expect(Date.now() - from).toBeLessThan(2_000);
  await ended;
});

test("closing does not wait for a listener whose server does not answer", async () => {
  const silent = await silentServer();
  const db = createDatabase({ ...test1.config, host: "127.0.0.1", port: silent.port });
  db.listener.on("site_changed", () => {});
  await expect.poll(() => silent.connections.size).toBe(1);
  const from = Date.now();
  await db.close(200);
  expect(Date.now() - from).toBeLessThan(2_000);
  await silent.close();
});

test("a listener hears what committed, and reads anew after its connection was lost", async () => {
  const db = createDatabase(test1.config);
  const heard: (string | undefined)[] = [];
  db.listener.on("site_changed", (payload) => void heard.push(payload));
  await expect.poll(() => heard).toEqual([undefined]);
  await test1.db.transaction((tx) => tx.execute("SELECT pg_notify('site_changed', 'one')"));
  await expect.poll(() => heard).toEqual([undefined, "one"]);
  await test1.db.execute(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN site_changed'",
  );
  await expect.poll(() => heard, { timeout: 5000 }).toEqual([undefined, "one", undefined]);
  await db.close();
});
