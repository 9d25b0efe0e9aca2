// The pool: prepared queries, transactions, what happens when the server goes away. Migrations and LISTEN live beside it.
import { createHash } from "node:crypto";
import { Socket } from "node:net";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { cancelOnAbort, unlessAborted } from "./abort.ts";
import { type CopyOut, copyIn, copyOut } from "./copy.ts";
import { createListener, type Listener } from "./listener.ts";

/** Where the database is; a field left out is read from its libpq variable (PGHOST, PGPORT, …). */
export interface DatabaseConfig {
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
  /** PGSSLMODE: disable, prefer (as disable), require, verify-ca or verify-full. */
  readonly ssl?: pg.ClientConfig["ssl"];
  /**
   * Most connections at once; 3 when absent. One thread keeps two busy, and each costs PostgreSQL 9 MiB of plans and
   * tables it remembers.
   */
  readonly maxConnections?: number;
  /** A statement that runs longer is cancelled by the server; 15 s when absent. */
  readonly statementTimeoutMs?: number;
  readonly applicationName?: string;
}

/** Something queries run on: the pool or one transaction. */
export interface Queryable {
  /**
   * Rows of a statement. Every statement is prepared once per connection under a name made of its text: keep texts
   * constant and put what varies into params. int8 and numeric arrive as numbers, timestamptz as Date, jsonb parsed.
   */
  query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]>;
  /** The first row, if there is one. */
  first<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row | undefined>;
  /** Runs a statement; how many rows it touched. */
  execute(text: string, params?: readonly unknown[]): Promise<number>;
}

/** A transaction; what it did is kept when its function returns and undone when it throws. */
export interface Transaction extends Queryable {
  /** Runs text that holds several statements (a migration); not prepared, no params. */
  script(text: string): Promise<void>;
  /** Streams what a `COPY … TO STDOUT` gives, see copy.ts. Read it to its end before the next statement. */
  copyOut(text: string): CopyOut;
  /** Streams into a `COPY … FROM STDIN`. */
  copyIn(text: string): Writable;
}

export interface Database extends Queryable {
  /**
   * Runs `work` in a transaction. When `signal` is aborted, the server is asked to cancel what it is doing and the
   * transaction is undone.
   */
  transaction<T>(
    work: (tx: Transaction) => Promise<T>,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<T>;
  /**
   * Waits until the database answers, with growing pauses; `onRetry` learns why it does not yet. Rejects as soon as
   * `signal` is aborted.
   */
  connect(options?: { signal?: AbortSignal; onRetry?: (error: Error) => void }): Promise<void>;
  /** NOTIFY of this database, on a connection of its own that is made on first use. */
  readonly listener: Listener;
  /** Connections open, idle, and callers waiting for one. */
  stats(): { readonly total: number; readonly idle: number; readonly waiting: number };
  /** Waits for queries under way; after `withinMs` (5 s when absent) their connections are cut. */
  close(withinMs?: number): Promise<void>;
}

const CLOSE_WITHIN_MS = 5_000;

/** int8 (ids, counts) and numeric as numbers: none of ours passes 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === pg.types.builtins.INT8 || oid === pg.types.builtins.NUMERIC
      ? (value: string) => Number(value)
      : (pg.types.getTypeParser(oid, format) as (value: string) => unknown),
};

const names = new Map<string, string>();

function statementName(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = createHash("sha1").update(text).digest("base64url");
    names.set(text, name);
  }
  return name;
}

function queryable(
  run: <Row extends object>(query: pg.QueryConfig) => Promise<pg.QueryResult<Row>>,
): Queryable {
  const prepared = <Row extends object>(text: string, params: readonly unknown[] = []) =>
    run<Row>({ name: statementName(text), text, values: params as unknown[] });
  return {
    query: async <Row extends object>(text: string, params?: readonly unknown[]) =>
      (await prepared<Row>(text, params)).rows,
    first: async <Row extends object>(text: string, params?: readonly unknown[]) =>
      (await prepared<Row>(text, params)).rows[0],
    execute: async (text, params) => (await prepared(text, params)).rowCount ?? 0,
  };
}

/** A bounded pool of connections to one database. Nothing is connected before the first query. */
export function createDatabase(config: DatabaseConfig, onError: (error: Error) => void = () => {}): Database {
  const sockets = new Set<Socket>();
  const settings: pg.PoolConfig = {
    ...clientConfig(config),
    types,
    // Ours, so that they can be cut: pg waits for an answer, and a server or a network that is gone gives none.
    stream: () => {
      const socket = new Socket();
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      return socket;
    },
  };
  const pool = new pg.Pool({
    ...settings,
    max: config.maxConnections ?? 3,
    // A site nobody looks at costs PostgreSQL nothing but the listener.
    idleTimeoutMillis: 20_000,
    allowExitOnIdle: false,
  });
  // Without a handler an idle connection that the server closes would end the process.
  pool.on("error", onError);
  let listener: Listener | undefined;

  return {
    ...queryable((query) => pool.query(query)),
    async transaction(work, { signal } = {}) {
      const connecting = pool.connect();
      const client = await unlessAborted(connecting, signal).catch((error: unknown) => {
        connecting.then((late) => late.release()).catch(() => {});
        throw error;
      });
      let broken: Error | undefined;
      const lost = (error: Error): void => {
        broken = error;
      };
      client.on("error", lost);
      let stopCancelling: (() => void) | undefined;
      try {
        if (signal) stopCancelling = await cancelOnAbort(client, signal, settings);
        await client.query("BEGIN");
        const result = await work({
          ...queryable((query) => client.query(query)),
          script: async (text) => void (await client.query(text)),
          copyOut: (text) => copyOut(client, text),
          copyIn: (text) => copyIn(client, text),
        });
        signal?.throwIfAborted();
        await client.query("COMMIT");
        return result;
      } catch (error) {
        // A rollback that fails means the connection is gone; the server has rolled back by itself.
        await client.query("ROLLBACK").catch(lost);
        signal?.throwIfAborted();
        throw error;
      } finally {
        stopCancelling?.();
        client.off("error", lost);
        // A cancellation may still be on its way: it must not hit somebody else's query.
        client.release(broken ?? signal?.aborted);
      }
    },
    async connect({ signal, onRetry } = {}) {
      for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, 5_000)) {
        try {
          await unlessAborted(pool.query("SELECT 1"), signal);
          return;
        } catch (error) {
          signal?.throwIfAborted();
          onRetry?.(error as Error);
          await sleep(pauseMs, undefined, signal ? { signal } : {});
        }
      }
    },
    get listener() {
      return (listener ??= createListener(() => new pg.Client(settings), onError));
    },
    stats: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    async close(withinMs = CLOSE_WITHIN_MS) {
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, withinMs);
      try {
        await Promise.all([listener?.close(), pool.end()]);
      } finally {
        clearTimeout(cut);
      }
    },
  };
}

/** What the connections of a runtime call themselves. */
export const RUNTIME_APPLICATION = "provost-lms";

function clientConfig(config: DatabaseConfig): pg.ClientConfig {
  const { host, port, database, user, password, ssl } = config;
  return {
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(database !== undefined && { database }),
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(ssl !== undefined && { ssl }),
    application_name: config.applicationName ?? RUNTIME_APPLICATION,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    statement_timeout: config.statementTimeoutMs ?? 15_000,
    // A replica that hangs in the middle of a transaction must not hold its locks for ever.
    idle_in_transaction_session_timeout: 30_000,
    // Planned once, not five times more to find out that the parameters make no difference: a page's query takes 5 ms to
    // plan, and every planning leaves memory behind in the server.
    options: "-c plan_cache_mode=force_generic_plan",
  };
}
