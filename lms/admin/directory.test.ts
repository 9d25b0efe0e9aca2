// The directory document: people, groups, roles; what stays when somebody is no longer declared.
import { afterEach, beforeEach, expect, test } from "vitest";
import { verifyPassword } from "../accounts/passwords.ts";
import { createSessions } from "../accounts/sessions.ts";
import { aDirectory, type AdminUnderTest, aCourse, aUser, lesson, quizItem, startAdmin } from "./testing.ts";

let admin: AdminUnderTest;
beforeEach(async () => {
  admin = await startAdmin();
});
afterEach(() => admin.close());

const paths = (result: { changes: readonly { op: string; path: string }[] }): string[] =>
  result.changes.map(({ op, path }) => `${op} ${path}`);

const account = (name: string) =>
  admin.db.first<{ id: number; password_hash: string; archived: boolean; suspended: boolean; email: string }>(
    "SELECT id, password_hash, archived_at IS NOT NULL AS archived, suspended, email FROM account WHERE name = $1",
    [name],
  );

async function sessionOf(name: string): Promise<string> {
  return createSessions(admin.db, admin.site).start((await account(name))?.id ?? 0);
}
const holds = async (token: string): Promise<boolean> =>
  (await createSessions(admin.db, admin.site).load(token)) !== undefined;

test("accounts, groups and roles come into being, and a second run writes nothing", async () => {
  const directory = aDirectory([aUser("ada"), aUser("bob")], {
    roles: [{ name: "tutor", title: "Tutor", permissions: ["course.view", "grades.view"] }],
    groups: [{ name: "staff", title: "Staff", members: ["ada", "bob"] }],
  });
  expect(paths(await admin.put("directory", directory))).toEqual(
    ["create roles/tutor", "create users/ada", "create users/bob", "create groups/staff"].concat([
      "create groups/staff/members/ada",
      "create groups/staff/members/bob",
    ]),
  );
  expect(await verifyPassword((await account("ada"))?.password_hash, "ada-password-1")).toBe(true);
  const before = await admin.fingerprint();
  expect(await admin.put("directory", directory)).toMatchObject({ changed: false, changes: [] });
  // Not even when the quick comparison of digests is of no help.
  const reordered = { ...directory, users: directory.users.toReversed() };
  expect(await admin.put("directory", reordered)).toMatchObject({ changed: false });
  expect((await admin.fingerprint()).replace(/^document[\s\S]*?site\n/, "")).toBe(
    before.replace(/^document[\s\S]*?site\n/, ""),
  );
});

test("neither the database nor an answer ever holds a password", async () => {
  const result = await admin.put("directory", aDirectory([aUser("ada")]));
  expect(JSON.stringify(result) + (await admin.fingerprint())).not.toContain("ada-password-1");
});

test("the digest is the same whether or not the passwords are sent along", async () => {
  const first = await admin.put("directory", aDirectory([aUser("ada")]));
  const { password: _, ...silent } = aUser("ada");
  const second = await admin.put("directory", aDirectory([silent]));
  expect(second).toMatchObject({ changed: false, state: { applied: first.state.applied } });
});

test("a new fingerprint sets the password and ends the account's sessions; an old one leaves a chosen password alone", async () => {
  await admin.put("directory", aDirectory([aUser("ada"), aUser("bob")]));
  const [ada, bob] = [await sessionOf("ada"), await sessionOf("bob")];
  await admin.db.execute("UPDATE account SET password_hash = 'chosen' WHERE name = 'bob'");
  const next = aUser("ada", { passwordFingerprint: "fingerprint-of-ada-2", password: "ada-password-2" });
  const result = await admin.put("directory", aDirectory([next, aUser("bob")]));
  expect(result.changes).toEqual([{ op: "update", path: "users/ada.password" }]);
  expect(await verifyPassword((await account("ada"))?.password_hash, "ada-password-2")).toBe(true);
  expect((await account("bob"))?.password_hash).toBe("chosen");
  expect([await holds(ada), await holds(bob)]).toEqual([false, true]);
});

test("a new fingerprint without a password is refused", async () => {
  const { password: _, ...silent } = aUser("ada");
  expect(await admin.ask("PUT", "directory", aDirectory([aUser("bob"), silent]))).toMatchObject({
    status: 422,
    body: { code: "InvalidDocument", pointer: "/users/1" },
  });
});

test("a suspended account loses its sessions at once", async () => {
  await admin.put("directory", aDirectory([aUser("ada")]));
  const token = await sessionOf("ada");
  const result = await admin.put("directory", aDirectory([aUser("ada", { suspended: true })]));
  expect(result.changes).toEqual([{ op: "update", path: "users/ada.suspended", from: "false", to: "true" }]);
  expect(await holds(token)).toBe(false);
});

test("who is no longer declared goes, unless work hangs on the account: then it is archived and comes back with it", async () => {
  await admin.put("courses/git", aCourse([lesson("a")]));
  await admin.put("directory", aDirectory([aUser("ada"), aUser("bob")]));
  await admin.db.execute(
    "INSERT INTO item_progress (item_id, account_id) SELECT i.id, a.id FROM item i, account a WHERE a.name = 'ada'",
  );
  const token = await sessionOf("ada");
  expect(paths(await admin.put("directory", aDirectory([])))).toEqual([
    "archive users/ada",
    "remove users/bob",
  ]);
  expect(await account("bob")).toBeUndefined();
  expect(await account("ada")).toMatchObject({ archived: true });
  expect(await holds(token)).toBe(false);
  expect(paths(await admin.put("directory", aDirectory([aUser("ada")])))).toEqual(["restore users/ada"]);
  expect(
    await admin.db.query("SELECT a.name FROM item_progress p JOIN account a ON a.id = p.account_id"),
  ).toEqual([{ name: "ada" }]);
});

test("an archived account's address may be given to another", async () => {
  await admin.put("directory", aDirectory([aUser("ada")]));
  await admin.put("bindings/b", {
    manager: "m",
    role: "learner",
    subjects: [{ user: "ada" }],
    scope: { site: true },
  });
  await admin.put("directory", aDirectory([aUser("countess", { email: "ADA@example.org" })]));
  expect(await account("ada")).toMatchObject({ archived: true });
  const back = await admin.ask(
    "PUT",
    "directory",
    aDirectory([aUser("countess", { email: "ADA@example.org" }), aUser("ada")]),
  );
  expect(back).toMatchObject({ status: 409, body: { code: "EmailTaken", pointer: "/users/1/email" } });
});

test("two people may swap their addresses in one document", async () => {
  await admin.put("directory", aDirectory([aUser("ada"), aUser("bob")]));
  const swapped = [aUser("ada", { email: "bob@example.org" }), aUser("bob", { email: "ada@example.org" })];
  expect(paths(await admin.put("directory", aDirectory(swapped)))).toEqual([
    "update users/ada.email",
    "update users/bob.email",
  ]);
  expect((await account("ada"))?.email).toBe("bob@example.org");
});

test("accounts the site made itself are left alone, and neither their name nor their address is taken", async () => {
  await admin.db.execute(
    "INSERT INTO account (name, email, display_name) VALUES ('guest', 'guest@example.org', 'Guest')",
  );
  const before = await account("guest");
  expect(await admin.ask("PUT", "directory", aDirectory([aUser("guest")]))).toMatchObject({
    status: 409,
    body: { code: "ManagedByAnother", pointer: "/users/0/name" },
  });
  expect(
    await admin.ask(
      "PUT",
      "directory",
      aDirectory([aUser("ada"), aUser("eve", { email: "Guest@Example.org" })]),
    ),
  ).toMatchObject({ status: 409, body: { code: "EmailTaken", pointer: "/users/1/email" } });
  await admin.put("directory", aDirectory([]));
  expect(await account("guest")).toEqual(before);
});

test("the same address twice in a document is refused at the second", async () => {
  const answer = await admin.ask(
    "PUT",
    "directory",
    aDirectory([aUser("ada"), aUser("bob", { email: "Ada@example.org" })]),
  );
  expect(answer).toMatchObject({ status: 409, body: { code: "EmailTaken", pointer: "/users/1/email" } });
  expect(await account("ada")).toBeUndefined();
});

test("a group's members follow the document and must be declared", async () => {
  const staff = (...members: string[]) => ({ groups: [{ name: "staff", title: "Staff", members }] });
  await admin.put("directory", aDirectory([aUser("ada"), aUser("bob")], staff("ada")));
  const result = await admin.put("directory", aDirectory([aUser("ada"), aUser("bob")], staff("bob")));
  expect(paths(result)).toEqual(["create groups/staff/members/bob", "remove groups/staff/members/ada"]);
  expect(await admin.ask("PUT", "directory", aDirectory([aUser("ada")], staff("ada", "eve")))).toMatchObject({
    status: 409,
    body: { code: "UserNotFound", pointer: "/groups/0/members/1" },
  });
});

test("a built-in role cannot be declared", async () => {
  const roles = [{ name: "learner", title: "L", permissions: ["course.view" as const] }];
  expect(await admin.ask("PUT", "directory", aDirectory([], { roles }))).toMatchObject({
    status: 422,
    body: { code: "InvalidContent", pointer: "/roles/0/name" },
  });
});

test("a role or group that a binding names cannot be taken away", async () => {
  const roles = [{ name: "tutor", title: "Tutor", permissions: ["course.view" as const] }];
  const groups = [{ name: "staff", title: "Staff", members: ["ada"] }];
  await admin.put("directory", aDirectory([aUser("ada")], { roles, groups }));
  const binding = { manager: "m", role: "tutor", subjects: [{ group: "staff" }], scope: { site: true } };
  await admin.put("bindings/school.tutors", binding);
  for (const [over, pointer] of [
    [{ groups }, "/roles"],
    [{ roles }, "/groups"],
  ] as const)
    expect(await admin.ask("PUT", "directory", aDirectory([aUser("ada")], over))).toMatchObject({
      status: 409,
      body: { code: "InUse", pointer, detail: expect.stringContaining("school.tutors") },
    });
  await admin.ask("DELETE", "bindings/school.tutors?manager=m");
  expect(paths(await admin.put("directory", aDirectory([aUser("ada")])))).toEqual([
    "remove roles/tutor",
    "remove groups/staff",
  ]);
});

test("a dry run of a directory changes nothing and tells the same", async () => {
  await admin.put("directory", aDirectory([aUser("ada")]));
  const next = aDirectory([aUser("bob")], { groups: [{ name: "g", title: "G", members: ["bob"] }] });
  const before = await admin.fingerprint();
  const plan = await admin.put("directory?dryRun=true", next);
  expect(await admin.fingerprint()).toBe(before);
  expect({ ...(await admin.put("directory", next)), dryRun: true }).toEqual(plan);
});

test("attempts of an archived person stay", async () => {
  await admin.put("courses/git", aCourse([quizItem("q")]));
  await admin.put("directory", aDirectory([aUser("ada")]));
  await admin.db.execute(
    `INSERT INTO attempt (item_id, account_id, revision_id, number, seed)
     SELECT i.id, a.id, i.quiz_id, 1, 7 FROM item i, account a`,
  );
  await admin.put("directory", aDirectory([]));
  await admin.put("directory", aDirectory([aUser("ada", { displayName: "Ada L." })]));
  expect(await admin.db.first("SELECT count(*) AS attempts FROM attempt")).toEqual({ attempts: 1 });
});
