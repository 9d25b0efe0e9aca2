// Two at once, and connections that die half-way: one document wins whole, or none.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { applyDocument } from "./apply.ts";
import {
  type AdminUnderTest,
  aCourse,
  aDirectory,
  aSite,
  aUser,
  lesson,
  MANAGER,
  quizItem,
  startAdmin,
} from "./testing.ts";

let admin: AdminUnderTest;
beforeAll(async () => {
  admin = await startAdmin();
  await admin.put("directory", aDirectory([aUser("ada")]));
});
afterAll(() => admin.close());
beforeEach(() => admin.ask("DELETE", `courses/git?manager=${encodeURIComponent(MANAGER)}`));

const itemKeys = async (): Promise<string> =>
  (await admin.db.query<{ key: string }>("SELECT key FROM item WHERE archived_at IS NULL ORDER BY position"))
    .map((row) => row.key)
    .join(" ");

test("of many documents for one course sent at once, one is there whole at the end and all are answered", async () => {
  const sent = Array.from({ length: 8 }, (_, n) =>
    aCourse([lesson(`a${n}`), quizItem(`b${n}`), lesson("shared", `Text ${n}`)], { title: `Course ${n}` }),
  );
  const answers = await Promise.all(sent.map((course) => admin.ask("PUT", "courses/git", course)));
  expect(answers.map((answer) => answer.status)).toEqual(sent.map(() => 200));
  const title = await admin.db.first<{ title: string }>("SELECT title FROM course WHERE key = 'git'");
  const n = title?.title.split(" ")[1] ?? "";
  expect(await itemKeys()).toBe(`a${n} b${n} shared`);
});

test("the first documents of a site, sent at once by two, both succeed", async () => {
  const answers = await Promise.all(
    ["One", "Two"].map((title) => admin.ask("PUT", "site", aSite({ title }))),
  );
  expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
});

test("a connection killed in the middle of an apply leaves what was there, and the next one succeeds", async () => {
  await admin.put("courses/git", aCourse([lesson("a")]));
  const before = await admin.fingerprint();
  await expect(
    applyDocument(admin.db, {
      kind: "course",
      key: "git",
      digest: "sha256:x",
      dryRun: false,
      async work(tx) {
        await tx.execute("UPDATE course SET title = 'half'");
        const own = await tx.first<{ pid: number }>("SELECT pg_backend_pid() AS pid");
        await admin.db.execute("SELECT pg_terminate_backend($1)", [own?.pid]);
        await tx.execute("DELETE FROM item");
        return { changes: [] };
      },
    }),
  ).rejects.toThrow();
  expect(await admin.fingerprint()).toBe(before);
  expect(await admin.put("courses/git", aCourse([lesson("b")]))).toMatchObject({ changed: true });
});

test("an attempt begun while its quiz is taken out of the course is not lost", async () => {
  await admin.put("courses/git", aCourse([lesson("a"), quizItem("q")]));
  let removing: Promise<unknown> | undefined;
  await admin.db.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO attempt (item_id, account_id, revision_id, number, seed)
       SELECT i.id, a.id, i.quiz_id, 1, 7 FROM item i, account a WHERE i.key = 'q'`,
    );
    removing = admin.put("courses/git", aCourse([lesson("a")]));
    // The apply has looked (no attempt committed yet) and waits for our row lock to delete the item.
    await expect
      .poll(() =>
        admin.db.first(
          "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DELETE FROM item%'",
        ),
      )
      .toBeDefined();
  });
  expect(await removing).toMatchObject({ changes: [{ op: "archive", path: "items/q" }], archivedItems: 1 });
  expect(await admin.db.first("SELECT count(*) AS n FROM attempt")).toEqual({ n: 1 });
});

test("the database going away is NotReady, not an internal error", async () => {
  await admin.db.transaction(async (tx) => {
    // Somebody holds the lock of the courses for longer than a statement may take.
    await tx.execute("SELECT pg_advisory_xact_lock(7706873)");
    const waiting = admin.ask("PUT", "courses/git", aCourse([lesson("z")]));
    await expect
      .poll(() => admin.db.first("SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory'"))
      .toBeDefined();
    await tx.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'advisory'");
    expect(await waiting).toMatchObject({ status: 503, body: { code: "NotReady" } });
  });
});
