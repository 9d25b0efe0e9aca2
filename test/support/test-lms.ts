// A real LMS on a test's database, on free ports of this machine.
import { pino } from "pino";
import type { TestDatabase } from "../../lms/db/testing.ts";
import { type Lms, startLms } from "../../lms/main.ts";

/** Starts it, silent; `tokenFolder` is where it reads its admin token. */
export function startTestLms(database: TestDatabase, tokenFolder: string): Promise<Lms> {
  return startLms(
    {
      ...database.env,
      PROVOST_HOST: "127.0.0.1",
      PROVOST_HTTP_PORT: "0",
      PROVOST_ADMIN_PORT: "0",
      PROVOST_ADMIN_TOKEN_DIR: tokenFolder,
    },
    { log: pino({ level: process.env["LOG_LEVEL"] ?? "silent" }) },
  );
}
