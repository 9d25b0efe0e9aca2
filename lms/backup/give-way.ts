// Whoever reads a page comes before a backup: on the same node by priority, at the database by rests.
import { readdirSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { type Queryable, RUNTIME_APPLICATION } from "../db/database.ts";
import type { Bytes } from "./archive-stream.ts";

/** Milliseconds at a stretch. About as long as Linux lets somebody wait for a processor that another one has. */
const STRETCH_MS = 3;

/**
 * Lowers the priority of this process as far as it goes. On Linux a priority is a thread's (setpriority(2)), and those that
 * exist keep theirs: the engine's own, which collect garbage, take a processor from others like any.
 */
export function lowerPriority(): void {
  const threads = process.platform === "linux" ? readdirSync("/proc/self/task").map(Number) : [process.pid];
  for (const thread of threads) setPriority(thread, constants.priority.PRIORITY_LOW);
}

/** Whether a runtime of the site is connected to its database. */
export async function isServed(db: Queryable): Promise<boolean> {
  const found = await db.first<{ served: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = $1) AS served`,
    [RUNTIME_APPLICATION],
  );
  return found?.served === true;
}

/**
 * Passes on what it is given and rests in between, always as long as it has worked. The server that sends it has the normal
 * priority of every connection, and rests with it.
 */
export async function* halfTime(
  source: Bytes,
  { now = () => performance.now(), rest = sleep as (ms: number) => Promise<unknown> } = {},
): AsyncGenerator<Uint8Array> {
  let begun = now();
  for await (const chunk of source) {
    yield chunk;
    const worked = now() - begun;
    if (worked < STRETCH_MS) continue;
    await rest(worked);
    begun = now();
  }
}
