// A replica visits its own pages over HTTP: what a health gate asks after an update. The session it begins is ended again.
import { randomBytes } from "node:crypto";
import type { Probe, ProbeCheck } from "../../api/index.ts";
import { hashPassword, verifyPassword } from "../accounts/passwords.ts";
import type { LmsContext } from "../context.ts";
import { sessionCookie } from "../security/cookie.ts";
import { type Answer, type Guest, guestOf } from "../site/guest.ts";

type Context = Pick<LmsContext, "db" | "site" | "sessions">;

/** Where this replica's site listens. */
export interface Listening {
  readonly host: string;
  readonly port: number;
}

export async function probe(context: Context, at: Listening): Promise<Probe> {
  const stranger = guestAt(at);
  const checks = [
    await tried("Front", async () => answers(await stranger.get("/"), "the front page", [200])),
    await tried("SignIn", async () => answers(await stranger.get("/sign-in"), "the sign-in page", [200])),
    await tried("Passwords", passwords),
    await tried("Catalog", async () =>
      answers(
        await stranger.get("/catalog"),
        "the catalog",
        context.site.current().document.access.catalog === "Public" ? [200] : [303],
      ),
    ),
    await tried("Session", () => session(context, at)),
  ];
  return { ok: checks.every(({ ok }) => ok), checks };
}

/** All addresses are one that can be asked. */
const guestAt = ({ host, port }: Listening, headers: Record<string, string> = {}): Guest =>
  guestOf(port, { headers, ...(!["0.0.0.0", "::"].includes(host) && { host }) });

async function tried(name: string, check: () => Promise<string>): Promise<ProbeCheck> {
  try {
    return { name, ok: true, detail: await check() };
  } catch (error) {
    return { name, ok: false, detail: (error as Error).message };
  }
}

function answers({ status, text }: Answer, what: string, expected: readonly number[]): string {
  if (!expected.includes(status)) throw new Error(`${what} answers ${status}`);
  if (status === 200 && text === "") throw new Error(`${what} is empty`);
  return `${what} answers ${status}`;
}

async function passwords(): Promise<string> {
  const [right, wrong] = [randomBytes(12).toString("hex"), randomBytes(12).toString("hex")];
  const hash = await hashPassword(right);
  if (!(await verifyPassword(hash, right)) || (await verifyPassword(hash, wrong)))
    throw new Error("a right password is not told from a wrong one");
  return "right and wrong passwords are told apart";
}

/** Nobody's password is known or touched: the session is begun as signing in begins it, and ended. */
async function session({ db, sessions }: Context, at: Listening): Promise<string> {
  const somebody = await db.first<{ id: number }>(
    "SELECT id FROM account WHERE NOT suspended AND archived_at IS NULL ORDER BY id LIMIT 1",
  );
  if (!somebody) return "there is no account that may sign in";
  const token = await sessions.start(somebody.id);
  try {
    const cookie = sessionCookie(token, false).replace(/;.*/, "");
    const guest = guestAt(at, { cookie });
    return answers(await guest.get("/dashboard"), "the dashboard of who is signed in", [200]);
  } finally {
    await sessions.end(token);
  }
}
