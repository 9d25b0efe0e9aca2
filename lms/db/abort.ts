// Giving up on the database: at once for the caller, politely for the server.
import pg from "pg";

/** How long the server has to say that it has cancelled a statement; then the connection is cut. */
const CANCEL_WITHIN_MS = 1_000;

/** What `work` gives, or a rejection as soon as `signal` is aborted; what `work` gives later is dropped. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([aborted.promise, work]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/**
 * From now on an abort ends what `client` is doing: the server is asked to cancel it, by a connection of its own. A
 * server whose client has merely gone finds out at the end of a statement only, and keeps its locks until then.
 * Returns how to stop listening.
 */
export async function cancelOnAbort(
  client: pg.ClientBase,
  signal: AbortSignal,
  settings: pg.ClientConfig,
): Promise<() => void> {
  const cut = (): void => void (client as pg.Client).connection.stream.destroy();
  let late: NodeJS.Timeout | undefined;
  let pid: number | undefined;
  const cancel = (): void => {
    late = setTimeout(cut, CANCEL_WITHIN_MS);
    // Without an answer to the first question there is nothing to cancel.
    if (pid !== undefined) void cancelBackend(pid, settings).catch(() => {});
  };
  signal.addEventListener("abort", cancel, { once: true });
  const stop = (): void => {
    signal.removeEventListener("abort", cancel);
    clearTimeout(late);
  };
  try {
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    pid = rows[0]?.pid;
    signal.throwIfAborted();
    return stop;
  } catch (error) {
    stop();
    throw error;
  }
}

async function cancelBackend(pid: number, settings: pg.ClientConfig): Promise<void> {
  const client = new pg.Client({ ...settings, connectionTimeoutMillis: CANCEL_WITHIN_MS });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("SELECT pg_cancel_backend($1)", [pid]);
  } finally {
    await client.end();
  }
}
