// Starts the runtime on the restored database, and has people sign in and read. Nothing of it is seen outside.
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ADMIN_BASE_PATH, type RestoreCheck, RUNTIME_ENVIRONMENT } from "../../../api/index.ts";
import { messageOf } from "../../backup/run.ts";
import type { Database, DatabaseConfig } from "../../db/database.ts";
import { type Lms, startLms } from "../../main.ts";
import { tried, type VerifyOptions } from "./check.ts";
import { guestOf } from "../../site/guest.ts";
import { readPages } from "./pages.ts";
import { type People, peopleOf } from "./people.ts";

/** A site that takes longer to start is not one to come back to. */
const STARTS_WITHIN_MS = 120_000;

/** Without a runtime there is nothing to sign in to: then its check is the only one. */
export async function trySite(db: Database, options: VerifyOptions): Promise<RestoreCheck[]> {
  const { signal } = options;
  const folder = await mkdtemp(path.join(tmpdir(), "provost-drill-"));
  let started: Lms | undefined;
  try {
    const runtime = await tried(
      "Runtime",
      async () => {
        const token = randomBytes(24).toString("hex");
        started = await start(options, folder, token);
        return showsItself(started, token, options);
      },
      signal,
    );
    const lms = started;
    if (!lms || !runtime.ok) return [runtime];
    const people = peopleOf(db, lms.httpPort, signal);
    const stranger = guestOf(lms.httpPort, signal && { signal });
    const visit = {
      db,
      site: lms.context.site.current().document,
      people,
      stranger,
      ...(signal && { signal }),
    };
    return [
      runtime,
      await tried("SignIn", () => peopleSignIn(people), signal),
      await tried("Pages", () => readPages(visit), signal),
    ];
  } finally {
    await (started as Lms | undefined)?.stop().catch((error: unknown) => {
      options.log.warn({ reason: messageOf(error) }, "the runtime of the drill did not stop well");
    });
    await rm(folder, { recursive: true, force: true });
  }
}

async function start({ database, log, signal }: VerifyOptions, folder: string, token: string): Promise<Lms> {
  await writeFile(path.join(folder, "token"), token, { mode: 0o600 });
  const patience = AbortSignal.timeout(STARTS_WITHIN_MS);
  return startLms(environmentOf(database, folder), {
    signal: signal ? AbortSignal.any([signal, patience]) : patience,
    log: log.child({ part: "drill" }),
  });
}

async function showsItself(
  { httpPort, adminPort }: Lms,
  token: string,
  { signal, onFirstPage }: VerifyOptions,
): Promise<string> {
  const within = signal && { signal };
  const front = await guestOf(httpPort, within).get("/");
  if (front.status !== 200) throw new Error(`the front page answers ${front.status}`);
  onFirstPage?.();
  const admin = guestOf(adminPort, { ...within, headers: { authorization: `Bearer ${token}` } });
  for (const url of ["/readyz", `${ADMIN_BASE_PATH}/status`, `${ADMIN_BASE_PATH}/digests`]) {
    const { status } = await admin.get(url);
    if (status !== 200) throw new Error(`${url} of the admin API answers ${status}`);
  }
  return "the runtime starts on it, shows its front page, and says that it is ready";
}

function environmentOf(database: DatabaseConfig, tokens: string): NodeJS.ProcessEnv {
  const name = RUNTIME_ENVIRONMENT;
  const { host, port, database: dbname, user, password } = database;
  return {
    ...process.env,
    ...(host !== undefined && { PGHOST: host }),
    ...(port !== undefined && { PGPORT: String(port) }),
    ...(dbname !== undefined && { PGDATABASE: dbname }),
    ...(user !== undefined && { PGUSER: user }),
    ...(password !== undefined && { PGPASSWORD: password }),
    // Whoever is not on this machine, or in this pod, sees nothing of it.
    [name.host]: "127.0.0.1",
    [name.httpPort]: "0",
    [name.adminPort]: "0",
    [name.adminTokenDir]: tokens,
  };
}

async function peopleSignIn(people: People): Promise<string> {
  const persons = await people.some();
  if (persons.length === 0) return "there is no account that may sign in, as in the backup";
  const troubles: string[] = [];
  for (const person of persons)
    await people.signedIn(person).catch((error: unknown) => troubles.push(messageOf(error)));
  if (troubles.length > 0) throw new Error(troubles.join("; "));
  return `${persons.map(({ name }) => name).join(", ")} signed in`;
}
