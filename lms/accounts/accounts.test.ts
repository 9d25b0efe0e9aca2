// Signing in, staying signed in, being slowed down, changing one's password.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { SignInOutcome } from "./accounts.ts";
import { tokenHash } from "./sessions.ts";
import { createPeople, type People } from "./testing.ts";
import { THROTTLE } from "./throttle.ts";

let people: People;
beforeAll(async () => {
  people = await createPeople();
});
afterAll(() => people.close());
beforeEach(async () => {
  await people.db.execute("DELETE FROM account");
  await people.db.execute("DELETE FROM sign_in_failure");
  await people.limit({ sessionIdleMinutes: 120, sessionMaxHours: 12 });
});

const signIn = (nameOrEmail: string, password: string, address = "192.0.2.1"): Promise<SignInOutcome> =>
  people.accounts.signIn({ nameOrEmail, password }, { address });

async function tokenOf(name: string, password: string): Promise<string> {
  const outcome = await signIn(name, password);
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.token;
}

test("name or address and the password open a session that knows who it is", async () => {
  const id = await people.add("ada", "correct horse");
  for (const who of ["ada", "ada@example.org", " ADA@Example.org "]) {
    const session = await people.sessions.load(await tokenOf(who, "correct horse"));
    expect(session).toMatchObject({ accountId: id, name: "ada", isAdministrator: false });
    expect(session?.csrf).toMatch(/^[\w-]{32}$/);
  }
});

test("a token is random, and the table holds only its hash", async () => {
  await people.add("ada", "correct horse");
  const [one, two] = [await tokenOf("ada", "correct horse"), await tokenOf("ada", "correct horse")];
  expect(one).not.toBe(two);
  expect(Buffer.from(one, "base64url")).toHaveLength(32);
  const rows = await people.db.query<{ row: string }>("SELECT s::text AS row FROM session s");
  expect(JSON.stringify(rows)).not.toContain(one);
  for (const wrong of ["", "x".repeat(43), one.slice(1), `${one}x`, "'; DROP TABLE session; --"])
    expect(await people.sessions.load(wrong)).toBeUndefined();
});

test("a wrong password, an unknown name, no password and an archived account are all told the same", async () => {
  await people.add("ada", "correct horse");
  await people.add("bob", "correct horse");
  await people.db.execute("UPDATE account SET archived_at = now() WHERE name = 'bob'");
  await people.db.execute(
    "INSERT INTO account (name, email, display_name) VALUES ('sso', 's@example.org', 'S')",
  );
  for (const [who, password] of [
    ["ada", "wrong"],
    ["eve", "correct horse"],
    ["bob", "correct horse"],
    ["sso", ""],
    ["ada", "x".repeat(100_000)],
  ] as const)
    expect(await signIn(who, password)).toEqual({ ok: false, reason: "WrongCredentials" });
});

test("a suspended person learns it with the right password only", async () => {
  await people.add("ada", "correct horse");
  await people.db.execute("UPDATE account SET suspended = true");
  expect(await signIn("ada", "wrong")).toEqual({ ok: false, reason: "WrongCredentials" });
  expect(await signIn("ada", "correct horse")).toEqual({ ok: false, reason: "Suspended" });
});

test("suspending or archiving ends a session at the next request", async () => {
  await people.add("ada", "correct horse");
  const token = await tokenOf("ada", "correct horse");
  await people.db.execute("UPDATE account SET suspended = true");
  expect(await people.sessions.load(token)).toBeUndefined();
  await people.db.execute("UPDATE account SET suspended = false, archived_at = now()");
  expect(await people.sessions.load(token)).toBeUndefined();
});

test("a session ends when it is idle too long, when it is too old, and when signed out", async () => {
  await people.add("ada", "correct horse");
  const token = await tokenOf("ada", "correct horse");
  const age = (column: string, interval: string) =>
    people.db.execute(`UPDATE session SET ${column} = now() - $1::interval`, [interval]);
  await age("last_seen_at", "119 minutes");
  expect(await people.sessions.load(token)).toBeDefined();
  await age("last_seen_at", "121 minutes");
  expect(await people.sessions.load(token)).toBeUndefined();
  await age("last_seen_at", "0 minutes");
  await age("created_at", "13 hours");
  expect(await people.sessions.load(token)).toBeUndefined();
  await age("created_at", "0 hours");
  expect(await people.sessions.load(token)).toBeDefined();
  await people.sessions.end(token);
  expect(await people.sessions.load(token)).toBeUndefined();
});

test("shorter limits hold for sessions already begun", async () => {
  await people.add("ada", "correct horse");
  const token = await tokenOf("ada", "correct horse");
  await people.db.execute("UPDATE session SET last_seen_at = now() - interval '10 minutes'");
  await people.limit({ sessionIdleMinutes: 5, sessionMaxHours: 12 });
  expect(await people.sessions.load(token)).toBeUndefined();
});

test("reading pages writes the session at most once a minute", async () => {
  await people.add("ada", "correct horse");
  const token = await tokenOf("ada", "correct horse");
  const row = () => people.db.first("SELECT xmin::text FROM session");
  const before = await row();
  await people.sessions.load(token);
  expect(await row()).toEqual(before);
  await people.db.execute("UPDATE session SET last_seen_at = now() - interval '61 seconds'");
  await people.sessions.load(token);
  const after = await row();
  await people.sessions.load(token);
  expect(await row()).toEqual(after);
});

test("an administrator is one while the grant holds", async () => {
  const id = await people.add("ada", "correct horse");
  const token = await tokenOf("ada", "correct horse");
  const grant = (expires: string) =>
    people.db.execute(
      `INSERT INTO binding (name, manager, role, scope, expires_at) VALUES ('b', 'm', 'administrator', 'site', now() + $1::interval)
       ON CONFLICT (name) DO UPDATE SET expires_at = excluded.expires_at`,
      [expires],
    );
  await grant("1 hour");
  await people.db.execute("INSERT INTO binding_subject (binding, account_id) VALUES ('b', $1)", [id]);
  expect(await people.sessions.load(token)).toMatchObject({ isAdministrator: true });
  await grant("-1 second");
  expect(await people.sessions.load(token)).toMatchObject({ isAdministrator: false });
});

test("signing in again gives a new token and ends the session that was there", async () => {
  await people.add("ada", "correct horse");
  const old = await tokenOf("ada", "correct horse");
  const outcome = await people.accounts.signIn(
    { nameOrEmail: "ada", password: "correct horse" },
    { address: "192.0.2.1", oldToken: old },
  );
  expect(outcome.ok && outcome.token).not.toBe(old);
  expect(await people.sessions.load(old)).toBeUndefined();
});

test("after some failures a name has to wait, longer each time, even with the right password", async () => {
  await people.add("ada", "correct horse");
  for (let i = 0; i < THROTTLE.free.name; i++) await signIn("ada", "wrong");
  expect(await signIn("ada", "wrong")).toMatchObject({ reason: "WrongCredentials" });
  expect(await signIn("ada", "correct horse")).toMatchObject({ reason: "Throttled", retryAfterSeconds: 2 });
  const waits: number[] = [];
  for (let i = 0; i < 12; i++) {
    await people.db.execute("UPDATE sign_in_failure SET locked_until = now() - interval '1 second'");
    await signIn("ada", "wrong");
    const outcome = await signIn("ada", "wrong");
    waits.push(!outcome.ok && outcome.reason === "Throttled" ? outcome.retryAfterSeconds : 0);
  }
  expect(waits.slice(0, 4)).toEqual([4, 8, 16, 32]);
  expect(waits.at(-1)).toBe(THROTTLE.maxDelaySeconds);
  // Another person is not held up.
  await people.add("bob", "correct horse");
  expect(await signIn("bob", "correct horse")).toMatchObject({ ok: true });
});

test("the wait is over after its time, and success wipes the slate", async () => {
  await people.add("ada", "correct horse");
  for (let i = 0; i <= THROTTLE.free.name; i++) await signIn("ada", "wrong");
  await people.db.execute("UPDATE sign_in_failure SET locked_until = now() - interval '1 second'");
  expect(await signIn("ada", "correct horse")).toMatchObject({ ok: true });
  expect(await people.db.query("SELECT 1 FROM sign_in_failure WHERE subject = 'name:ada'")).toEqual([]);
});

test("one address trying many names is slowed down as well; another address is not", async () => {
  await people.db.execute(
    "INSERT INTO sign_in_failure (subject, failures) VALUES ('address:198.51.100.9', $1)",
    [THROTTLE.free.address],
  );
  await people.add("ada", "correct horse");
  await signIn("eve", "x", "198.51.100.9");
  expect(await signIn("ada", "correct horse", "198.51.100.9")).toMatchObject({ reason: "Throttled" });
  expect(await signIn("ada", "correct horse", "203.0.113.5")).toMatchObject({ ok: true });
});

test("many wrong tries at once are all counted", async () => {
  await people.add("ada", "correct horse");
  await Promise.all(Array.from({ length: 10 }, () => signIn("ada", "wrong")));
  const row = await people.db.first("SELECT failures FROM sign_in_failure WHERE subject = 'name:ada'");
  expect(row).toEqual({ failures: 10 });
});

test("a new password of one's own ends every other session and opens the next", async () => {
  const id = await people.add("ada", "correct horse");
  const [here, elsewhere] = [await tokenOf("ada", "correct horse"), await tokenOf("ada", "correct horse")];
  const change = (current: string, next: string) =>
    people.accounts.changePassword(id, here, { current, next });
  expect(await change("wrong", "battery staple")).toEqual({ ok: false, reason: "WrongPassword" });
  expect(await change("correct horse", "short")).toEqual({ ok: false, reason: "TooShort" });
  expect(await change("correct horse", "x".repeat(257))).toEqual({ ok: false, reason: "TooLong" });
  expect(await change("correct horse", "correct horse")).toEqual({ ok: false, reason: "Unchanged" });
  expect(await change("correct horse", "battery staple")).toEqual({ ok: true });
  expect(await people.sessions.load(here)).toBeDefined();
  expect(await people.sessions.load(elsewhere)).toBeUndefined();
  expect(await signIn("ada", "correct horse")).toMatchObject({ ok: false });
  expect(await signIn("ada", "battery staple")).toMatchObject({ ok: true });
  expect(
    await people.db.first("SELECT 1 FROM session WHERE token_hash = $1", [tokenHash(here)]),
  ).toBeDefined();
});

test("guessing the current password is slowed down too", async () => {
  const id = await people.add("ada", "correct horse");
  const token = await tokenOf("ada", "correct horse");
  const guess = () => people.accounts.changePassword(id, token, { current: "guess", next: "battery staple" });
  for (let i = 0; i <= THROTTLE.free.password; i++) await guess();
  expect(await guess()).toMatchObject({ reason: "Throttled" });
});

test("stored passwords are argon2id with OWASP's parameters", async () => {
  await people.add("ada", "correct horse");
  const row = await people.db.first<{ hash: string }>("SELECT password_hash AS hash FROM account");
  expect(row?.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});
