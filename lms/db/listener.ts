// LISTEN/NOTIFY on a connection of its own that comes back by itself. What the messages mean is the subscribers' business.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";

/** Channels of the runtime; a NOTIFY inside a transaction is delivered when it commits. */
export type Channel = "site_changed" | "maintenance_changed";

export interface Listener {
  /**
   * Calls back with the payload of every NOTIFY on the channel, and with `undefined` whenever it begins to listen, after
   * each (re)connect, too: messages may have been missed until then, so everything derived must be read anew.
   */
  on(channel: Channel, notified: (payload: string | undefined) => void): void;
  close(): Promise<void>;
}

/** A listener over clients made by `newClient`; it connects when the first channel is asked for. */
export function createListener(newClient: () => pg.Client, onError: (error: Error) => void): Listener {
  const subscribers = new Map<Channel, ((payload: string | undefined) => void)[]>();
  const stop = new AbortController();
  let client: pg.Client | undefined;
  let running: Promise<void> | undefined;

  const tell = (channel: Channel, payload: string | undefined): void => {
    for (const notified of subscribers.get(channel) ?? []) notified(payload);
  };

  /** One connection from its start to its end. */
  async function session(): Promise<void> {
    const current = newClient();
    client = current;
    const ended = new Promise<void>((resolve) => {
      current.on("end", resolve);
      current.on("error", (error) => {
        if (!stop.signal.aborted) onError(error);
        resolve();
      });
    });
    current.on("notification", ({ channel, payload }) => tell(channel as Channel, payload ?? ""));
    try {
      // An `end` while it connects leaves connect() without an answer.
      const failed = ended.then(() => Promise.reject(new Error("the connection ended while it was made")));
      await Promise.race([current.connect(), failed]);
      for (const channel of subscribers.keys()) await current.query(`LISTEN ${channel}`);
      for (const channel of subscribers.keys()) tell(channel, undefined);
      await ended;
    } finally {
      client = undefined;
      await current.end().catch(() => {});
    }
  }

  async function run(): Promise<void> {
    for (let pauseMs = 200; !stop.signal.aborted;) {
      const started = Date.now();
      await session().catch((error: unknown) => {
        if (!stop.signal.aborted) onError(error as Error);
      });
      pauseMs = Date.now() - started > 10_000 ? 200 : Math.min(pauseMs * 2, 5_000);
      await sleep(pauseMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  }

  return {
    on(channel, notified) {
      const known = subscribers.get(channel);
      if (known) known.push(notified);
      else {
        subscribers.set(channel, [notified]);
        void client?.query(`LISTEN ${channel}`).then(() => tell(channel, undefined), onError);
      }
      running ??= run();
    },
    async close() {
      stop.abort();
      await client?.end().catch(() => {});
      await running;
    },
  };
}
