// Bindings: who is found, who is not, and that a grant holds no longer than it should.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  aDirectory,
  type AdminUnderTest,
  aCourse,
  aSite,
  aUser,
  lesson,
  MANAGER,
  startAdmin,
} from "./testing.ts";

let admin: AdminUnderTest;
beforeAll(async () => {
  admin = await startAdmin();
  await admin.put("site", aSite());
  await admin.put("courses/git", aCourse([lesson("a")], { category: "craft" }));
  const groups = [{ name: "staff", title: "Staff", members: ["bob"] }];
  await admin.put("directory", aDirectory([aUser("ada"), aUser("bob"), aUser("cy")], { groups }));
});
afterAll(() => admin.close());
beforeEach(() => admin.db.execute("DELETE FROM binding"));

const binding = (over: object = {}) => ({
  manager: "m",
  role: "learner",
  subjects: [{ user: "ada" }],
  scope: { course: "git" },
  ...over,
});

const learners = async (): Promise<string[]> =>
  (
    await admin.db.query<{ name: string }>(
      "SELECT DISTINCT a.name FROM course_grant g JOIN account a ON a.id = g.account_id ORDER BY 1",
    )
  ).map((row) => row.name);

test("users, addresses and groups are found; the same person twice is one subject", async () => {
  const subjects = [
    { user: "ada" },
    { email: "ADA@example.org" },
    { group: "staff" },
    { email: "cy@example.org" },
  ];
  await admin.put("bindings/b", binding({ subjects }));
  expect(await learners()).toEqual(["ada", "bob", "cy"]);
  expect(await admin.db.first("SELECT count(*) AS n FROM binding_subject")).toEqual({ n: 3 });
  const before = await admin.fingerprint();
  expect(await admin.put("bindings/b", binding({ subjects }))).toMatchObject({ changed: false });
  expect(await admin.fingerprint()).toBe(before);
});

test.each([{ scope: { site: true } }, { scope: { category: "craft" } }, { scope: { course: "git" } }])(
  "a grant on %j reaches the course",
  async (over) => {
    await admin.put("bindings/b", binding(over));
    expect(await learners()).toEqual(["ada"]);
  },
);

test("a grant that ended or has not begun holds nothing, at the very next look", async () => {
  const hour = (offset: number): string => new Date(Date.now() + offset * 3_600_000).toISOString();
  await admin.put("bindings/b", binding({ expiresAt: hour(-1) }));
  expect(await learners()).toEqual([]);
  await admin.put("bindings/b", binding({ notBefore: hour(1) }));
  expect(await learners()).toEqual([]);
  await admin.put("bindings/b", binding({ notBefore: hour(-1), expiresAt: hour(1) }));
  expect(await learners()).toEqual(["ada"]);
});

test("changes name what differs", async () => {
  await admin.put("bindings/b", binding());
  const result = await admin.put(
    "bindings/b",
    binding({ role: "auditor", scope: { site: true }, subjects: [{ user: "bob" }] }),
  );
  expect(result.changes).toEqual([
    { op: "update", path: "bindings/b.role", from: "learner", to: "auditor" },
    { op: "update", path: "bindings/b.scope", from: "course git", to: "site" },
    { op: "create", path: "bindings/b/subjects/user:bob" },
    { op: "remove", path: "bindings/b/subjects/user:ada" },
  ]);
});

test.each([
  [{ role: "tutor" }, "RoleNotFound", "/role"],
  [{ scope: { category: "none" } }, "CategoryNotFound", "/scope/category"],
  [{ scope: { course: "none" } }, "CourseNotFound", "/scope/course"],
  [{ subjects: [{ user: "ada" }, { user: "eve" }] }, "UserNotFound", "/subjects/1/user"],
  [{ subjects: [{ email: "eve@example.org" }] }, "UserNotFound", "/subjects/0/email"],
  [{ subjects: [{ group: "none" }] }, "GroupNotFound", "/subjects/0/group"],
])("%j is refused as %s", async (over, code, pointer) => {
  const answer = await admin.ask("PUT", "bindings/b", binding(over));
  expect(answer).toMatchObject({ status: 409, body: { code, pointer, remedy: expect.stringMatching(/\w/) } });
});

test("everything that is missing is named at once", async () => {
  const answer = await admin.ask(
    "PUT",
    "bindings/b",
    binding({ role: "tutor", subjects: [{ user: "x" }, { group: "y" }] }),
  );
  expect(answer.body.errors?.map((error) => error.pointer)).toEqual([
    "/role",
    "/subjects/0/user",
    "/subjects/1/group",
  ]);
});

test.each([
  [{ scope: { site: true, course: "git" } }, "/scope"],
  [{ scope: { site: false } }, "/scope"],
  [{ subjects: [{ user: "ada", group: "staff" }] }, "/subjects/0"],
  [{ subjects: [{}] }, "/subjects/0"],
  [{ notBefore: "2026-02-01T00:00:00Z", expiresAt: "2026-01-01T00:00:00Z" }, "/expiresAt"],
])("%j contradicts itself", async (over, pointer) => {
  const answer = await admin.ask("PUT", "bindings/b", binding(over));
  expect(answer).toMatchObject({ status: 422, body: { code: "InvalidContent", pointer } });
});

test("another manager is refused, for a change and for a deletion", async () => {
  await admin.put("bindings/b", binding());
  for (const [method, path, body] of [
    ["PUT", "bindings/b", binding({ manager: "other" })],
    ["DELETE", "bindings/b?manager=other", undefined],
  ] as const)
    expect(await admin.ask(method, path, body)).toMatchObject({
      status: 409,
      body: { code: "ManagedByAnother", detail: expect.stringContaining('"m"') },
    });
});

test("deleting takes the grant back, dry or twice or not there at all", async () => {
  await admin.put("bindings/b", binding());
  expect(await admin.ask("DELETE", "bindings/b?manager=m&dryRun=true")).toMatchObject({
    body: { changed: true },
  });
  expect(await learners()).toEqual(["ada"]);
  expect(await admin.ask("DELETE", "bindings/b?manager=m")).toMatchObject({
    status: 200,
    body: { changed: true, changes: [{ op: "remove", path: "bindings/b" }] },
  });
  expect(await learners()).toEqual([]);
  expect(await admin.ask("DELETE", "bindings/b?manager=m")).toMatchObject({
    status: 200,
    body: { changed: false },
  });
});

test("a course that is gone cannot be bound", async () => {
  await admin.put("courses/gone", aCourse([lesson("x")]));
  await admin.ask("DELETE", `courses/gone?manager=${encodeURIComponent(MANAGER)}`);
  expect(await admin.ask("PUT", "bindings/b", binding({ scope: { course: "gone" } }))).toMatchObject({
    body: { code: "CourseNotFound" },
  });
});
