// What a check is: something that should hold, and what was found.
import type { Logger } from "pino";
import type { RestoreCheck } from "../../../api/index.ts";
import { messageOf } from "../../backup/run.ts";
import type { Database, DatabaseConfig } from "../../db/database.ts";

/** One thing that is tried: what was found, in words; it throws what does not hold. */
export interface Check {
  readonly name: string;
  run(db: Database): Promise<string>;
}

export interface VerifyOptions {
  /** A scratch database: passwords are changed in it. */
  readonly database: DatabaseConfig;
  readonly log: Logger;
  readonly signal?: AbortSignal;
  /** Called when the site on it has shown its first page. */
  readonly onFirstPage?: () => void;
}

/** What `work` finds, as a check. */
export async function tried(name: string, work: () => Promise<string>): Promise<RestoreCheck> {
  try {
    return { name, ok: true, detail: await work() };
  } catch (error) {
    return { name, ok: false, detail: messageOf(error) };
  }
}
