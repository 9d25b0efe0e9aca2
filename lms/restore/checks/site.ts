// Starts the runtime on the restored database, signs in, and reads a sample of its pages. Nothing of it is seen outside.
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type RestoreCheck, RUNTIME_ENVIRONMENT } from "../../../api/index.ts";
import { messageOf } from "../../backup/run.ts";
import { hashPassword } from "../../accounts/passwords.ts";
import type { Database, DatabaseConfig } from "../../db/database.ts";
import { type Lms, startLms } from "../../main.ts";
import { MAY_ADMINISTER } from "./administrator.ts";
import { tried, type VerifyOptions } from "./check.ts";
import { type Guest, guestOf } from "./guest.ts";
import { pagesToRead, type Reading } from "./pages.ts";

/** Pages that are shown within this are no trouble of the restore's. */
const STARTS_WITHIN_MS = 120_000;

export async function trySite(db: Database, options: VerifyOptions): Promise<RestoreCheck[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "provost-drill-"));
  let lms: Lms | undefined;
  try {
    const runtime = await tried("Runtime", async () => {
      await writeFile(path.join(folder, "token"), randomBytes(24).toString("hex"), { mode: 0o600 });
      const signals = [AbortSignal.timeout(STARTS_WITHIN_MS), ...(options.signal ? [options.signal] : [])];
      lms = await startLms(environmentOf(options.database, folder), {
        signal: AbortSignal.any(signals),
        log: options.log.child({ part: "drill" }),
      });
      const { status } = await guestOf(lms.httpPort).get("/");
      if (status >= 400) throw new Error(`the front page answers ${status}`);
      options.onFirstPage?.();
      return "the runtime starts on it and shows its front page";
    });
    if (!lms || !runtime.ok) return [runtime];
    const { httpPort } = lms;
    const guests = new Map<number, Guest>();
    const signIn = await tried("SignIn", () => signPeopleIn(db, httpPort, guests));
    const pages = await tried("Pages", () => readPages(db, httpPort, guests));
    return [runtime, signIn, pages];
  } finally {
    await (lms as Lms | undefined)?.stop().catch((error: unknown) => {
      options.log.warn({ reason: messageOf(error) }, "the runtime of the drill did not stop well");
    });
    await rm(folder, { recursive: true, force: true });
  }
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
    [name.host]: "127.0.0.1",
    [name.httpPort]: "0",
    [name.adminPort]: "0",
    [name.adminTokenDir]: tokens,
  };
}

interface Person {
  readonly id: number;
  readonly name: string;
}

/** An administrator, who sees grades, who learns: one of each, as far as there are any. */
async function people(db: Database): Promise<Person[]> {
  const active = "NOT a.suspended AND a.archived_at IS NULL";
  const found = await Promise.all(
    [
      `SELECT id, name FROM (${MAY_ADMINISTER}) a ORDER BY id LIMIT 1`,
      `SELECT a.id, a.name FROM account a JOIN course_grant g ON g.account_id = a.id
       WHERE ${active} AND 'grades.view' = ANY(g.permissions) ORDER BY a.id LIMIT 1`,
      `SELECT a.id, a.name FROM account a JOIN enrolment e ON e.account_id = a.id WHERE ${active} ORDER BY a.id LIMIT 1`,
      `SELECT a.id, a.name FROM account a WHERE ${active} ORDER BY a.id LIMIT 1`,
    ].map((sql) => db.first<Person>(sql)),
  );
  const all = found.filter((person) => person !== undefined);
  return [...new Map(all.map((person) => [person.id, person])).values()];
}

async function signPeopleIn(db: Database, port: number, guests: Map<number, Guest>): Promise<string> {
  const persons = await people(db);
  if (persons.length === 0) return "there is no account that may sign in, as in the backup";
  for (const person of persons) await signedIn(db, port, person, guests);
  return `${persons.map(({ name }) => name).join(", ")} signed in`;
}

/** Signs somebody in over HTTP, with a password that only this scratch database knows. */
async function signedIn(
  db: Database,
  port: number,
  { id, name }: Person,
  guests: Map<number, Guest>,
): Promise<Guest> {
  const known = guests.get(id);
  if (known) return known;
  const password = randomBytes(18).toString("base64url");
  await db.execute("UPDATE account SET password_hash = $2 WHERE id = $1", [id, await hashPassword(password)]);
  const guest = guestOf(port);
  const { status } = await guest.post("/sign-in", { nameOrEmail: name, password });
  if (status !== 303) throw new Error(`${name} cannot sign in: the answer is ${status}`);
  const dashboard = await guest.get("/dashboard");
  if (dashboard.status !== 200) throw new Error(`the dashboard of ${name} answers ${dashboard.status}`);
  guests.set(id, guest);
  return guest;
}

async function readPages(db: Database, port: number, guests: Map<number, Guest>): Promise<string> {
  const readings = await pagesToRead(db);
  const stranger = guestOf(port);
  let read = 0;
  for (const reading of readings) {
    const guest = reading.person ? await signedIn(db, port, reading.person, guests) : stranger;
    await mustAnswer(guest, reading);
    read++;
  }
  return `${read} pages answer as they should`;
}

async function mustAnswer(guest: Guest, { url, person, expected }: Reading): Promise<void> {
  const { status, body } = await guest.get(url);
  if (!expected.includes(status))
    throw new Error(`${url} answers ${status}${person ? ` to ${person.name}` : ""}`);
  if (status === 200 && body === "") throw new Error(`${url} is empty`);
}
