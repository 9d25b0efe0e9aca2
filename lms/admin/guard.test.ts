// What would take away a large part at once is refused until exactly that was acknowledged.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Problem } from "../../api/index.ts";
import { aCourse, aDirectory, aUser, type AdminUnderTest, lesson, startAdmin } from "./testing.ts";

let admin: AdminUnderTest;
beforeEach(async () => {
  admin = await startAdmin();
});
afterEach(async () => admin.close());

const GUARD = "maxRemovalPercent=10&allowedRemovals=5";
const put = async (what: string, body: object, query = GUARD) => {
  const { status, body: answer } = await admin.ask("PUT", `${what}?${query}`, body);
  return { status, problem: answer as Problem, changed: (answer as { changed?: boolean }).changed };
};
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `user-${index}`);
const people = (count: number) => aDirectory(names(count).map((name) => aUser(name)));
const course = (count: number) => aCourse(Array.from({ length: count }, (_, index) => lesson(`l${index}`)));

test.each([
  [100, 90, 200],
  [100, 89, 409],
  [20, 15, 200],
  [20, 14, 409],
  [5, 0, 200],
  [6, 0, 409],
])("of %i users %i are left: %i", async (before, after, status) => {
  expect((await put("directory", people(before))).status).toBe(200);
  expect((await put("directory", people(after))).status).toBe(status);
});

test("it tells what would go, changes nothing, and takes the digest of exactly that", async () => {
  await put("directory", people(40));
  const { status, problem } = await put("directory", people(28));
  expect(status).toBe(409);
  expect(problem).toMatchObject({ code: "RemovalGuard", pointer: "/users" });
  expect(problem.detail).toMatch(
    /12 of 40 declared users would go \(user-28, user-29, .* and 2 more\), and 5 may/,
  );
  expect((await admin.ask("GET", "status")).body).toMatchObject({ counts: { users: 40 } });
  const acknowledged = `${GUARD}&acknowledge=${encodeURIComponent(problem.digest ?? "")}`;
  // One more than was acknowledged.
  expect((await put("directory", people(27), acknowledged)).status).toBe(409);
  expect(await put("directory", people(28), acknowledged)).toMatchObject({ status: 200, changed: true });
  expect(await put("directory", people(28), acknowledged)).toMatchObject({ status: 200, changed: false });
});

test("a dry run shows it without asking; nobody's guard holds nothing back", async () => {
  await put("directory", people(40));
  const dry = await put("directory", people(1), `${GUARD}&dryRun=true`);
  expect(dry).toMatchObject({ status: 200, changed: true });
  expect((await put("directory", people(1), "dryRun=false")).status).toBe(200);
});

describe("it holds for", () => {
  test("members of groups", async () => {
    const directory = (members: number) => ({
      ...people(20),
      groups: [{ name: "all", title: "All", members: names(members) }],
    });
    await put("directory", directory(20));
    const { status, problem } = await put("directory", directory(3));
    expect([status, problem.pointer]).toEqual([409, "/groups"]);
  });

  test("items of a course", async () => {
    await put("courses/git", course(20));
    const { status, problem } = await put("courses/git", course(4));
    expect([status, problem.pointer]).toEqual([409, "/modules"]);
    expect((await put("courses/git", course(16))).status).toBe(200);
  });

  test("subjects of a binding", async () => {
    await put("directory", people(20));
    await put("courses/git", course(1));
    const binding = (count: number) => ({
      manager: "m",
      role: "learner",
      subjects: names(count).map((user) => ({ user })),
      scope: { course: "git" },
    });
    await put("bindings/learn", binding(20));
    const { status, problem } = await put("bindings/learn", binding(2));
    expect([status, problem.pointer]).toEqual([409, "/subjects"]);
  });
});

test("numbers that are none are refused", async () => {
  const { status, problem } = await put("directory", people(1), "maxRemovalPercent=many&allowedRemovals=1");
  expect([status, problem.code]).toEqual([400, "MalformedRequest"]);
});
