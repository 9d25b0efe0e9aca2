// What a check is: something that should hold, and what was found.
import type { Logger } from "pino";
import type { RestoreCheck } from "../../../api/index.ts";
import { messageOf } from "../../backup/run.ts";
import type { DatabaseConfig, Queryable } from "../../db/database.ts";

/** One thing that is tried: what was found, in words; it throws what does not hold. */
export interface Check {
  readonly name: string;
  run(db: Queryable): Promise<string>;
}

export interface VerifyOptions {
  /** A scratch database: passwords are changed in it. */
  readonly database: DatabaseConfig;
  readonly log: Logger;
  readonly signal?: AbortSignal;
  /** Called when the site on it has shown its first page. */
  readonly onFirstPage?: () => void;
}

/**
 * What `work` finds, as a check.
 * @throws the reason of the signal: what was stopped has found nothing
 */
export async function tried(
  name: string,
  work: () => Promise<string>,
  signal?: AbortSignal,
): Promise<RestoreCheck> {
  signal?.throwIfAborted();
  try {
    return { name, ok: true, detail: await work() };
  } catch (error) {
    signal?.throwIfAborted();
    return { name, ok: false, detail: messageOf(error) };
  }
}
