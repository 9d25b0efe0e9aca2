// Digests and drift: whatever somebody changes behind the documents' back is seen, and applying again puts it right.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Digests, digestOf, type DirectoryDocument, withoutPasswords } from "../../api/index.ts";
import { ABSENT } from "./state.ts";
import {
  aDirectory,
  type AdminUnderTest,
  aCourse,
  aSite,
  aUser,
  lesson,
  quizItem,
  startAdmin,
} from "./testing.ts";

const directory: DirectoryDocument = aDirectory([aUser("ada"), aUser("bob")], {
  roles: [{ name: "tutor", title: "Tutor", permissions: ["course.view"] }],
  groups: [{ name: "staff", title: "Staff", members: ["ada"] }],
});
const course = aCourse([lesson("a"), quizItem("q")], {
  description: "About",
  files: [{ path: "x.txt", mediaType: "text/plain", base64: "eA==" }],
  category: "craft",
});
const binding = { manager: "m", role: "tutor", subjects: [{ user: "ada" }], scope: { course: "git" } };

let admin: AdminUnderTest;
const apply = async (): Promise<void> => {
  await admin.put("site", aSite({ description: "Hello" }));
  await admin.put("directory", directory);
  await admin.put("courses/git", course);
  await admin.put("bindings/b", binding);
};
beforeAll(async () => {
  admin = await startAdmin();
  await apply();
});
afterAll(() => admin.close());

const digests = async (): Promise<Digests> => (await admin.ask("GET", "digests")).body as unknown as Digests;

test("the applied digest is the one the sender computes from what it sends", async () => {
  const found = await digests();
  expect(found.site?.applied).toBe(digestOf(aSite({ description: "Hello" })));
  expect(found.directory?.applied).toBe(digestOf(withoutPasswords(directory)));
  expect(found.courses["git"]?.applied).toBe(digestOf(course));
  expect(found.bindings["b"]?.applied).toBe(digestOf(binding));
});

test("nothing drifts by itself, nor by learners' work or a password somebody chose", async () => {
  await admin.db.execute(
    "INSERT INTO item_progress (item_id, account_id) SELECT i.id, a.id FROM item i, account a",
  );
  await admin.db.execute("UPDATE account SET password_hash = 'chosen'");
  await admin.db.execute(
    "INSERT INTO account (name, email, display_name) VALUES ('guest', 'g@example.org', 'G')",
  );
  const { site, directory, courses, bindings } = await digests();
  for (const state of [site, directory, courses["git"], bindings["b"]])
    expect(state?.actual).toBe(state?.expected);
  await admin.db.execute("DELETE FROM item_progress");
});

test.each([
  ["site", 'UPDATE site SET document = document || \'{"title":"Hacked"}\''],
  ["site", "UPDATE site SET description_html = 'x'"],
  ["site", "UPDATE category SET title = 'x' WHERE key = 'craft'"],
  ["site", "UPDATE category SET position = 5 WHERE key = 'craft'"],
  ["site", "INSERT INTO category (key, title, position) VALUES ('extra', 'E', 9)"],
  ["directory", "UPDATE account SET display_name = 'x' WHERE name = 'ada'"],
  ["directory", "UPDATE account SET email = 'x@example.org' WHERE name = 'ada'"],
  ["directory", "UPDATE account SET suspended = true WHERE name = 'ada'"],
  ["directory", "UPDATE account SET archived_at = now() WHERE name = 'bob'"],
  ["directory", "UPDATE account SET password_fingerprint = 'x' WHERE name = 'bob'"],
  ["directory", "DELETE FROM account WHERE name = 'bob'"],
  ["directory", "UPDATE role SET permissions = '{site.administer}' WHERE name = 'tutor'"],
  ["directory", "UPDATE user_group SET title = 'x'"],
  [
    "directory",
    "INSERT INTO group_member SELECT g.id, a.id FROM user_group g, account a WHERE a.name = 'guest'",
  ],
  ["directory", "DELETE FROM group_member"],
  ["course", "UPDATE course SET title = 'x'"],
  ["course", "UPDATE course SET description_html = 'x'"],
  ["course", "UPDATE course SET closes_at = now()"],
  ["course", "UPDATE course SET archived_at = now()"],
  ["course", "UPDATE course_file SET media_type = 'text/html'"],
  ["course", "DELETE FROM course_file"],
  ["course", "UPDATE module SET title = 'x'"],
  ["course", "UPDATE module SET archived_at = now()"],
  ["course", "UPDATE item SET html = '<script>x</script>' WHERE key = 'a'"],
  ["course", "UPDATE item SET position = 9 - position"],
  ["course", "UPDATE item SET archived_at = now() WHERE key = 'q'"],
  ["course", "DELETE FROM item WHERE key = 'a'"],
  ["course", "UPDATE quiz_revision SET document = '{}'"],
  ["course", "UPDATE quiz_revision SET rendered = '{}'"],
  [
    "course",
    "INSERT INTO item (course_id, module_id, key, title, kind, position) SELECT course_id, id, 'extra', 'E', 'lesson', 7 FROM module",
  ],
  ["binding", "UPDATE binding SET role = 'administrator'"],
  ["binding", "UPDATE binding SET expires_at = now()"],
  ["binding", "INSERT INTO binding_subject SELECT 'b', id FROM account WHERE name = 'guest'"],
  ["binding", "DELETE FROM binding_subject"],
  ["binding", "DELETE FROM binding"],
])("drift of the %s by %s is seen, and corrected by applying again", async (kind, tamper) => {
  const stateOf = ({ site, directory, courses, bindings }: Digests) =>
    ({ site, directory, course: courses["git"], binding: bindings["b"] })[kind];
  const before = stateOf(await digests());
  expect(before?.actual).toBe(before?.expected);
  await admin.db.execute(tamper);
  const drifted = stateOf(await digests());
  expect(drifted).toMatchObject({ applied: before?.applied, expected: before?.expected });
  expect(drifted?.actual).not.toBe(before?.expected);
  await apply();
  expect(stateOf(await digests())).toEqual(before);
});

test("a course removed behind our back counts as absent, and a deleted document is listed no more", async () => {
  await admin.put("courses/short", aCourse([lesson("x")], { manager: "m" }));
  await admin.db.execute("DELETE FROM course WHERE key = 'short'");
  expect((await digests()).courses["short"]?.actual).toBe(ABSENT);
  await admin.ask("DELETE", "courses/short?manager=m");
  expect(Object.keys((await digests()).courses)).toEqual(["git"]);
});

test("digests do not depend on the time zone of a connection", async () => {
  const before = await digests();
  await admin.db.execute("SELECT set_config('timezone', 'Asia/Tokyo', false)");
  expect(await digests()).toEqual(before);
  await admin.db.execute("SELECT set_config('timezone', 'UTC', false)");
});
