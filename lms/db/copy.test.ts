// COPY as streams: whole, in step with whoever reads or writes, and over with the transaction when that is cut short.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDatabase, type Database } from "./database.ts";
import { createTestDatabase, type TestDatabase } from "./testing.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const NUMBERS =
  "COPY (SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) n) TO STDOUT (FORMAT binary)";

test("what is copied out and in again is the same, and counted", async () => {
  await database.db.execute("CREATE TABLE copied (n integer, x text)");
  const chunks = await database.db.transaction(async (tx) => {
    const copy = tx.copyOut(NUMBERS);
    const read = await Array.fromAsync(copy.stream as AsyncIterable<Buffer>);
    expect(await copy.rows()).toBe(20_000);
    // The connection goes on.
    expect(await tx.first("SELECT 1 AS one")).toEqual({ one: 1 });
    return read;
  });
  await database.db.transaction(async (tx) => {
    await pipeline(Readable.from(chunks), tx.copyIn("COPY copied FROM STDIN (FORMAT binary)"));
    expect(await tx.first("SELECT count(*) AS rows, sum(n) AS sum FROM copied")).toEqual({
      rows: 20_000,
      sum: 200_010_000,
    });
  });
});

test.each(["before its first byte", "in the middle"])(
  "a reader that gives up %s ends the transaction at once",
  async (when) => {
    const from = performance.now();
    const given = database.db.transaction(async (tx) => {
      const { stream } = tx.copyOut(NUMBERS);
      if (when === "in the middle")
        for await (const chunk of stream as AsyncIterable<Buffer>) if (chunk.length > 0) break;
      stream.destroy();
      throw new Error("enough");
    });
    await expect(given).rejects.toThrow("enough");
    expect(performance.now() - from).toBeLessThan(1_000);
    expect(await database.db.first("SELECT 1 AS one")).toEqual({ one: 1 });
  },
);

test("a writer that fails undoes what it wrote; so do bytes that are no rows", async () => {
  await database.db.execute("CREATE TABLE kept (n integer)");
  const failing = Readable.from(
    (function* () {
      yield Buffer.from("1\n2\n");
      throw new Error("the source is gone");
    })(),
  );
  for (const [source, words] of [
    [failing, "the source is gone"],
    [Readable.from([Buffer.from("1\nx\n")]), "invalid input syntax"],
  ] as const)
    await expect(
      database.db.transaction((tx) => pipeline(source, tx.copyIn("COPY kept FROM STDIN"))),
    ).rejects.toThrow(words);
  expect(await database.db.query("SELECT * FROM kept")).toEqual([]);
});

test("an error of the server is the reader's", async () => {
  const reading = database.db.transaction((tx) =>
    Array.fromAsync(tx.copyOut("COPY (SELECT 1 / (n - 9) FROM generate_series(1, 10) n) TO STDOUT").stream),
  );
  await expect(reading).rejects.toThrow("division by zero");
});

test.each(["out", "in"])(
  "a connection that is lost while copying %s fails the transaction",
  async (direction) => {
    const losing = database.db.transaction(async (tx) => {
      const own = await tx.first<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      const kill = () => database.db.execute("SELECT pg_terminate_backend($1)", [own?.pid]);
      if (direction === "out") {
        for await (const _ of tx.copyOut(NUMBERS.replace("20000", "2000000")).stream) await kill();
        return;
      }
      const endless = async function* (): AsyncGenerator<Buffer> {
        await kill();
        for (;;) yield await Promise.resolve(Buffer.from("1\n"));
      };
      await pipeline(endless, tx.copyIn("COPY kept FROM STDIN"));
    });
    await expect(losing).rejects.toThrow(/terminat|ECONNRESET|EPIPE/);
  },
);

/** The test database behind a wire that can be cut: nobody says goodbye, as when the server's process is killed. */
async function cutWire(): Promise<{ db: Database; cut: () => void; close: () => Promise<void> }> {
  const { host = "", port = 0 } = database.config;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, host);
    for (const socket of [near, far]) sockets.add(socket.on("error", () => {}));
    near.pipe(far).pipe(near);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: own } = server.address() as AddressInfo;
  const db = createDatabase({ ...database.config, host: "127.0.0.1", port: own, maxConnections: 1 });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    db,
    cut,
    async close() {
      cut();
      await db.close();
      server.close();
    },
  };
}

test.each([
  ["out", "before its first byte is read"],
  ["out", "in the middle"],
  ["in", "before its first byte is written"],
  ["in", "in the middle"],
])("a wire that is cut while copying %s, %s, fails the transaction", async (direction, when) => {
  const { db, cut, close } = await cutWire();
  const losing = db.transaction(async (tx) => {
    await tx.script("CREATE TEMPORARY TABLE cut (n integer)");
    const cutThere = async (): Promise<void> => {
      cut();
      // Until the driver has told everybody.
      await sleep(100);
    };
    if (direction === "out") {
      const { stream } = tx.copyOut(NUMBERS.replace("20000", "2000000"));
      if (when !== "in the middle") await cutThere();
      for await (const _ of stream) await cutThere();
      return;
    }
    const copy = tx.copyIn("COPY cut FROM STDIN");
    if (when !== "in the middle") await cutThere();
    const endless = async function* (): AsyncGenerator<Buffer> {
      for (let chunks = 0; ; chunks++) {
        if (chunks === 100) await cutThere();
        yield await Promise.resolve(Buffer.from("1\n"));
      }
    };
    await pipeline(endless, copy);
  });
  await expect(losing).rejects.toThrow(/terminat|ECONNRESET|EPIPE/);
  await close();
});
