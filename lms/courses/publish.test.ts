// Publishing courses: edits reach the page, learners' work survives every one of them.
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  aDirectory,
  type AdminUnderTest,
  aCourse,
  aSite,
  aUser,
  lesson,
  MANAGER,
  QUIZ,
  quizItem,
  startAdmin,
} from "../admin/testing.ts";

let admin: AdminUnderTest;
beforeEach(async () => {
  admin = await startAdmin();
  await admin.put("directory", aDirectory([aUser("ada")]));
});
afterEach(() => admin.close());

const paths = (result: { changes: readonly { op: string; path: string }[] }): string[] =>
  result.changes.map(({ op, path }) => `${op} ${path}`);

interface ItemState {
  readonly id: number;
  readonly key: string;
  readonly html: string;
  readonly quiz_id: number | null;
  readonly archived: boolean;
}
const items = (): Promise<ItemState[]> =>
  admin.db.query<ItemState>(
    "SELECT id, key, html, quiz_id, archived_at IS NOT NULL AS archived FROM item ORDER BY position, key",
  );
const item = async (key: string): Promise<ItemState | undefined> =>
  (await items()).find((row) => row.key === key);

/** Ada does a lesson, or takes a quiz. */
async function work(key: string): Promise<void> {
  const row = await item(key);
  if (row?.quiz_id == null)
    await admin.db.execute("INSERT INTO item_progress (item_id, account_id) SELECT $1, id FROM account", [
      row?.id,
    ]);
  else
    await admin.db.execute(
      `INSERT INTO attempt (item_id, account_id, revision_id, number, seed, submitted_at, points, max_points, percent, passed)
       SELECT $1, id, $2, 1, 7, now(), 1, 1, 100, true FROM account`,
      [row.id, row.quiz_id],
    );
}
const allWork = () =>
  admin.db.query(
    `SELECT item_id, revision_id, percent FROM attempt
     UNION ALL SELECT item_id, NULL, NULL FROM item_progress ORDER BY 1`,
  );

const remove = (
  query = "",
): Promise<{ status: number; body: { changes: readonly { op: string; path: string }[] } }> =>
  admin.ask("DELETE", `courses/git?manager=${encodeURIComponent(MANAGER)}${query}`);

test("a course is published with its texts rendered and its files reachable from them", async () => {
  const svg = Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>").toString("base64");
  const result = await admin.put(
    "courses/git",
    aCourse([lesson("a", "See ![map](images/map.svg) <script>alert(1)</script>"), quizItem("q")], {
      files: [{ path: "images/map.svg", mediaType: "image/svg+xml", base64: svg }],
      cover: "images/map.svg",
      description: "About **git**",
    }),
  );
  expect(result).toMatchObject({
    changed: true,
    archivedItems: 0,
    changes: [{ op: "create", path: "courses/git" }],
  });
  expect((await item("a"))?.html).toContain('src="/courses/git/files/images/map.svg"');
  expect((await item("a"))?.html).not.toContain("<script");
  expect(await admin.db.first("SELECT description_html AS html, opens_at FROM course")).toEqual({
    html: expect.stringContaining("<strong>git</strong>"),
    opens_at: null,
  });
  expect(await admin.db.first("SELECT rendered FROM quiz_revision")).toMatchObject({
    rendered: { truth: { prompt: expect.stringContaining("<em>so</em>") } },
  });
});

test("the same course again writes nothing, however its fields are ordered and whether or not defaults are spelled out", async () => {
  const course = aCourse([lesson("a"), quizItem("q")]);
  await admin.put("courses/git", course);
  const before = await admin.fingerprint();
  const reordered = Object.fromEntries(Object.entries(course).reverse());
  expect(await admin.put("courses/git", reordered)).toMatchObject({
    changed: false,
    changes: [],
    archivedItems: 0,
  });
  expect(await admin.fingerprint()).toBe(before);
  const spelled = { ...course, grading: { attempt: "Highest", passPercent: 60 } };
  expect(await admin.put("courses/git", spelled)).toMatchObject({ changed: false, changes: [] });
  const rows = (text: string): string => text.slice(text.indexOf("\nsite"));
  expect(rows(await admin.fingerprint())).toBe(rows(before));
});

test("changes are precise, and A to B to A ends where it began", async () => {
  const a = aCourse([lesson("loops"), lesson("lists"), quizItem("q")]);
  const b = aCourse([], {
    title: "Git",
    schedule: { opensAt: "2026-01-01T00:00:00Z" },
    modules: [
      { key: "more", title: "More", items: [{ ...lesson("lists"), optional: true }] },
      {
        key: "basics",
        title: "The basics",
        items: [quizItem("q", { ...QUIZ, attempts: 3 }), { ...lesson("loops"), title: "Loops" }],
      },
    ],
  });
  const first = await admin.put("courses/git", a);
  const there = await admin.put("courses/git", b);
  expect(there.changes).toEqual([
    { op: "update", path: "course.title", from: "Version control", to: "Git" },
    { op: "update", path: "course.schedule.opensAt", to: "2026-01-01T00:00:00.000Z" },
    { op: "create", path: "modules/more" },
    { op: "update", path: "modules/basics.title", from: "Basics", to: "The basics" },
    { op: "update", path: "items/lists.module", from: "basics", to: "more" },
    { op: "update", path: "items/lists.optional", from: "false", to: "true" },
    { op: "update", path: "items/q.quiz" },
    { op: "update", path: "items/loops.title", from: "Lesson loops", to: "Loops" },
    { op: "update", path: "items.order", from: "loops, lists, q", to: "lists, q, loops" },
  ]);
  const back = await admin.put("courses/git", a);
  expect(back.state).toEqual(first.state);
  expect(await admin.db.first("SELECT count(*) AS revisions FROM quiz_revision")).toEqual({ revisions: 2 });
});

test("an insertion at the front is one change, not one for everything it pushes along", async () => {
  await admin.put("courses/git", aCourse([lesson("a"), lesson("b"), lesson("c")]));
  const result = await admin.put(
    "courses/git",
    aCourse([lesson("new"), lesson("a"), lesson("b"), lesson("c")]),
  );
  expect(paths(result)).toEqual(["create items/new"]);
  expect((await items()).map((row) => row.key)).toEqual(["new", "a", "b", "c"]);
});

test("a quiz edited after attempts keeps every attempt with the quiz it was made with", async () => {
  await admin.put("courses/git", aCourse([quizItem("q")]));
  await work("q");
  const before = await allWork();
  const edited = { questions: [{ key: "truth", prompt: "Is it not so?", trueFalse: { answer: false } }] };
  expect(paths(await admin.put("courses/git", aCourse([quizItem("q", edited)])))).toEqual([
    "update items/q.quiz",
  ]);
  expect(await allWork()).toEqual(before);
  expect(
    await admin.db.first(
      "SELECT r.document->'questions'->0->>'prompt' AS prompt, r.id <> i.quiz_id AS superseded FROM attempt t JOIN quiz_revision r ON r.id = t.revision_id JOIN item i ON i.id = t.item_id",
    ),
  ).toEqual({ prompt: "Is it *so*?", superseded: true });
});

test("an item taken out is archived when somebody worked on it and removed otherwise; it returns with its work", async () => {
  const full = aCourse([lesson("a"), lesson("b"), quizItem("q"), lesson("c")]);
  await admin.put("courses/git", full);
  await work("b");
  await work("q");
  const [before, ids] = [await allWork(), await items()];
  const less = await admin.put("courses/git", aCourse([lesson("c")]));
  expect(paths(less)).toEqual(["archive items/b", "archive items/q", "remove items/a"]);
  expect(less.archivedItems).toBe(2);
  expect(await admin.put("courses/git", aCourse([lesson("c")]))).toMatchObject({
    changed: false,
    archivedItems: 2,
  });
  const back = await admin.put("courses/git", full);
  expect(paths(back)).toEqual(["create items/a", "restore items/b", "restore items/q"]);
  expect(back.archivedItems).toBe(0);
  expect(await allWork()).toEqual(before);
  expect((await item("q"))?.id).toBe(ids.find((row) => row.key === "q")?.id);
});

test("a module goes with its items, stays archived while work lies in it, and comes back", async () => {
  const two = aCourse([], {
    modules: [
      { key: "one", title: "One", items: [lesson("a")] },
      { key: "two", title: "Two", items: [lesson("b")] },
      { key: "three", title: "Three", items: [lesson("c")] },
    ],
  });
  await admin.put("courses/git", two);
  await work("b");
  const one = aCourse([], { modules: [{ key: "one", title: "One", items: [lesson("a")] }] });
  expect(paths(await admin.put("courses/git", one))).toEqual([
    "archive items/b",
    "remove items/c",
    "archive modules/two",
    "remove modules/three",
  ]);
  expect(paths(await admin.put("courses/git", two))).toEqual([
    "restore modules/two",
    "create modules/three",
    "restore items/b",
    "create items/c",
  ]);
});

test("an item may change its kind only while nobody has worked on it", async () => {
  await admin.put("courses/git", aCourse([lesson("a"), lesson("b")]));
  await work("b");
  await admin.put("courses/git", aCourse([quizItem("a"), lesson("b")]));
  expect((await item("a"))?.quiz_id).not.toBeNull();
  await admin.put("courses/git", aCourse([lesson("a"), lesson("b")]));
  expect((await item("a"))?.quiz_id).toBeNull();
  expect(await admin.ask("PUT", "courses/git", aCourse([lesson("a"), quizItem("b")]))).toMatchObject({
    status: 422,
    body: {
      code: "InvalidContent",
      pointer: "/modules/0/items/1/key",
      remedy: expect.stringContaining("key of its own"),
    },
  });
  // Archiving it first opens no back door.
  await admin.put("courses/git", aCourse([lesson("a")]));
  expect(await admin.ask("PUT", "courses/git", aCourse([lesson("a"), quizItem("b")]))).toMatchObject({
    status: 422,
  });
});

test("files are kept once per content, follow the document, and texts that show them are rendered anew", async () => {
  const file = (path: string, text: string) => ({
    path,
    mediaType: "text/plain",
    base64: Buffer.from(text).toString("base64"),
  });
  const course = (files: object[]) => aCourse([lesson("a", "[notes](notes.txt)")], { files });
  await admin.put("courses/git", course([file("notes.txt", "one"), file("copy.txt", "one")]));
  expect(await admin.db.first("SELECT count(*) AS blobs FROM blob")).toEqual({ blobs: 1 });
  expect((await item("a"))?.html).toContain('href="/courses/git/files/notes.txt"');
  expect(
    paths(await admin.put("courses/git", course([file("notes.txt", "two"), file("new.txt", "three")]))),
  ).toEqual(["update files/notes.txt.sha256", "create files/new.txt", "remove files/copy.txt"]);
  expect(paths(await admin.put("courses/git", course([])))).toEqual([
    "remove files/notes.txt",
    "remove files/new.txt",
    "update items/a.html",
  ]);
});

test("a course with learners is archived when deleted, and comes back with everything", async () => {
  const course = aCourse([quizItem("q")]);
  const first = await admin.put("courses/git", course);
  await work("q");
  await admin.db.execute(
    "INSERT INTO enrolment (course_id, account_id) SELECT c.id, a.id FROM course c, account a",
  );
  const before = await allWork();
  expect((await remove("&dryRun=true")).body.changes).toEqual([{ op: "archive", path: "courses/git" }]);
  expect(await admin.db.first("SELECT archived_at FROM course")).toEqual({ archived_at: null });
  expect((await remove()).body.changes).toEqual([{ op: "archive", path: "courses/git" }]);
  expect((await remove()).body.changes).toEqual([]);
  const back = await admin.put("courses/git", course);
  expect(paths(back)).toEqual(["restore courses/git"]);
  expect(back.state).toEqual(first.state);
  expect(await allWork()).toEqual(before);
  expect(await admin.db.first("SELECT count(*) AS n FROM enrolment")).toEqual({ n: 1 });
});

test("a course nobody worked on is gone when deleted; deleting what is not there is fine", async () => {
  await admin.put("courses/git", aCourse([lesson("a"), quizItem("q")]));
  expect((await remove()).body.changes).toEqual([{ op: "remove", path: "courses/git" }]);
  expect(await items()).toEqual([]);
  expect(await remove()).toMatchObject({ status: 200, body: { changed: false } });
});

test("another manager is refused, and so is a course the site made itself", async () => {
  await admin.put("courses/git", aCourse([lesson("a")]));
  expect(await admin.ask("PUT", "courses/git", aCourse([lesson("a")], { manager: "other" }))).toMatchObject({
    status: 409,
    body: { code: "ManagedByAnother", pointer: "/manager" },
  });
  expect(await admin.ask("DELETE", "courses/git?manager=other")).toMatchObject({ status: 409 });
  await admin.db.execute("UPDATE course SET manager = NULL");
  expect(await admin.ask("PUT", "courses/git", aCourse([lesson("b")]))).toMatchObject({
    body: { code: "ManagedByAnother", detail: expect.stringContaining("made on the site") },
  });
});

test("a category must exist", async () => {
  await admin.put("site", aSite());
  expect(
    await admin.ask("PUT", "courses/git", aCourse([lesson("a")], { category: "cooking" })),
  ).toMatchObject({
    status: 409,
    body: {
      code: "CategoryNotFound",
      pointer: "/category",
      detail: expect.stringContaining("craft, science"),
    },
  });
});

test("content that contradicts itself is refused with every place", async () => {
  const answer = await admin.ask(
    "PUT",
    "courses/git",
    aCourse([], {
      modules: [
        {
          key: "one",
          title: "One",
          items: [
            lesson("a", "![x](nowhere.png)"),
            { ...lesson("b"), link: { url: "https://example.org" } },
            quizItem("q", { questions: [{ key: "x", prompt: "?" }] }),
          ],
        },
        { key: "two", title: "Two", items: [lesson("a")] },
      ],
      cover: "none.png",
      schedule: { opensAt: "2026-02-01T00:00:00Z", closesAt: "2026-01-01T00:00:00Z" },
    }),
  );
  expect(answer).toMatchObject({ status: 422, body: { code: "InvalidContent" } });
  expect(answer.body.errors?.map((error) => error.pointer).sort()).toEqual([
    "/cover",
    "/modules/0/items/0/lesson/markdown",
    "/modules/0/items/1",
    "/modules/0/items/2/quiz/questions/0",
    "/modules/1/items/0/key",
    "/schedule/closesAt",
  ]);
});

test("a dry run of a course changes nothing and tells the same", async () => {
  await admin.put("courses/git", aCourse([lesson("a"), quizItem("q")]));
  await work("q");
  const next = aCourse([lesson("b")], { title: "Other" });
  const before = await admin.fingerprint();
  const plan = await admin.put("courses/git?dryRun=true", next);
  expect(await admin.fingerprint()).toBe(before);
  expect({ ...(await admin.put("courses/git", next)), dryRun: true }).toEqual(plan);
});
