// How long a lesson takes to read: as declared, or estimated from its words; on courses published long ago as well.
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Digests } from "../../api/index.ts";
import { aCourse, aSite, lesson, quizItem } from "../admin/testing.ts";
import { actualDigest } from "../admin/state.ts";
import { migrate } from "../db/index.ts";
import { createEmptyDatabase } from "../db/testing.ts";
import { startWebsite, type Website } from "../web/testing.ts";

let web: Website;
beforeAll(async () => {
  web = await startWebsite();
  await web.admin.put("site", aSite());
});
afterAll(() => web.close());

const words = (n: number, word = "word"): string => Array.from({ length: n }, () => word).join(" ");
const timed = (key: string, markdown: string, minutes: number) => ({
  ...lesson(key),
  lesson: { markdown, minutes },
});

const PICTURE = { path: "x.svg", mediaType: "image/svg+xml", base64: "PHN2Zy8+" };

/** Estimated minutes of a lesson with this text. */
async function estimate(markdown: string): Promise<number | undefined> {
  await web.admin.put("courses/git", aCourse([lesson("a", markdown)], { files: [PICTURE] }));
  const row = await web.admin.db.first<{ reading_minutes: number }>("SELECT reading_minutes FROM item");
  return row?.reading_minutes;
}

test.each([
  ["a single word", "Word.", 1],
  ["299 words", words(299), 1],
  ["301 words", words(301), 2],
  ["1000 words", words(1000), 5],
  ["1000 words in any script", words(1000, "слово"), 5],
  ["a link counts its words, not its address", words(300, "[a](https://example.org/a/long/way)"), 2],
  ["emphasis breaks no word apart", words(299, "**Note**: *un*`til`"), 3],
  ["a picture says nothing", `${words(200)} ${words(200, '<img src="x.svg" alt="a b c">')}`, 1],
  ["a table counts cell by cell", `| a | b |\n|---|---|\n${"| c | d |\n".repeat(200)}`, 2],
  ["code counts as written", `\`\`\`js\n${"const x = 1;\n".repeat(100)}\`\`\``, 2],
  ["lists counted without the author's line breaks", `<ul>${"<li>one</li>".repeat(400)}</ul>`, 2],
  ["1200 Chinese characters", "山".repeat(1200), 3],
  ["nothing but a rule", "---", 1],
])("a text without minutes gets an estimate: %s", async (_, markdown, minutes) => {
  expect(await estimate(markdown)).toBe(minutes);
});

test("what is declared wins; an estimate is shown on the lesson, in the outline and summed up in the catalog", async () => {
  const course = aCourse([timed("said", words(1000), 90), lesson("long", words(1400)), quizItem("q")]);
  await web.admin.put("courses/git", course);
  const { body } = await web.visitor().get("/courses/git");
  expect(body).toContain("1 h 30 min");
  expect(body).toContain(`<span class="muted">7 min</span>`);
  expect(body).toMatch(/Reading time<\/dt>\s*<dd>1 h 37 min/);
  expect((await web.visitor().get("/catalog")).body).toContain("1 h 37 min");
  // A quiz takes as long as it takes.
  const quiz = await web.admin.db.first("SELECT reading_minutes FROM item WHERE kind = 'quiz'");
  expect(quiz).toEqual({ reading_minutes: null });
});

test("the estimate follows an edit, and is no part of what was declared: no digest moves, nothing is written again", async () => {
  const course = aCourse([lesson("a", words(1000))], { files: [PICTURE] });
  await web.admin.put("courses/git", course);
  const state = async () =>
    ((await web.admin.ask("GET", "digests")).body as unknown as Digests).courses["git"];
  const { applied, expected, actual } = (await state()) ?? {};
  expect(actual).toBe(expected);
  const before = await web.admin.fingerprint();
  expect(await web.admin.put("courses/git", course)).toMatchObject({ changed: false });
  expect(await web.admin.fingerprint()).toBe(before);
  expect(await estimate(words(2000))).toBe(10);
  expect(await estimate(words(1000))).toBe(5);
  expect(await state()).toEqual({ applied, expected, actual });
});

test("lessons published before get theirs with the update, and no digest moves: nobody has to publish them again", async () => {
  const empty = await createEmptyDatabase();
  const folder = await mkdtemp(path.join(tmpdir(), "migrations-"));
  try {
    const first = "0001_first_schema.sql";
    await cp(path.join(import.meta.dirname, "../db/migrations", first), path.join(folder, first));
    await migrate(empty.db, folder);
    await empty.db.execute(
      `INSERT INTO course (key, manager, title, visibility, enrolment_mode, graded_attempt, pass_percent, completion)
       VALUES ('git', 'm', 'G', 'Listed', 'Open', 'Highest', 60, 'AllItems')`,
    );
    await empty.db.execute(
      "INSERT INTO module (course_id, key, title, position) SELECT id, 'm', 'M', 0 FROM course",
    );
    await empty.db.execute(
      `INSERT INTO item (course_id, module_id, key, title, kind, position, minutes, html)
       SELECT m.course_id, m.id, v.key, v.key, v.kind, v.position, v.minutes, v.html
       FROM module m, (VALUES ('old', 'lesson', 0, NULL::integer, $1), ('said', 'lesson', 1, 42, $1),
         ('link', 'link', 2, NULL, $1)) AS v (key, kind, position, minutes, html)`,
      [`<p>${words(1000)}</p>`],
    );
    const digest = () => actualDigest(empty.db, "course", "git");
    const before = await digest();
    await migrate(empty.db);
    expect(await empty.db.query("SELECT minutes, reading_minutes FROM item ORDER BY position")).toEqual([
      { minutes: null, reading_minutes: 5 },
      { minutes: 42, reading_minutes: 42 },
      { minutes: null, reading_minutes: null },
    ]);
    expect(await digest()).toEqual(before);
  } finally {
    await empty.close();
    await rm(folder, { recursive: true });
  }
});
