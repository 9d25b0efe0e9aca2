// A drill of a backup that is whole must pass, however unusual the site: an alarm that is none is not heard the next time.
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aSite } from "../admin/testing.ts";
import { joinCourse, markItem } from "../catalog/enrol.ts";
import { grant, makeAccount, makeCourse } from "../catalog/testing.ts";
import { createTestDatabase, type TestDatabase } from "../db/testing.ts";
import { startAttempt, submitOverdueAttempts } from "../quizzes/attempts.ts";
import { aQuiz, single } from "../quizzes/testing.ts";
import { verifyRestored } from "./verify.ts";

const QUIZ = aQuiz([single("a", "right", ["wrong"])], { attempts: 1 });
const content = [
  {
    key: "m",
    items: [
      { key: "read", lesson: "Read" },
      { key: "quiz", quiz: QUIZ },
    ],
  },
] as const;
const day = (days: number): Date => new Date(Date.now() + days * 86_400_000);

let site: TestDatabase;
beforeAll(async () => {
  site = await createTestDatabase();
});
afterAll(async () => site?.close());

const declare = (document: object): Promise<number> =>
  site.db.execute(
    "INSERT INTO site (document) VALUES ($1) ON CONFLICT (one) DO UPDATE SET document = excluded.document",
    [JSON.stringify(document)],
  );
const verify = async () => {
  const checks = await verifyRestored({ database: site.config, log: pino({ level: "silent" }) });
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  return new Map(checks.map(({ name, detail }) => [name, detail]));
};

test("a site with nothing on it", async () => {
  await declare(aSite());
  const found = await verify();
  expect(found.get("SignIn")).toBe("there is no account that may sign in, as in the backup");
  expect(found.get("Pages")).toBe("3 pages answer as they should");
});

test("work outlives roles; courses are drafts, closed, not open yet, or joined by oneself", async () => {
  const { db } = site;
  // Worked with a role that has ended since, without ever being enrolled.
  const guest = await makeAccount(db, "guest");
  await grant(db, guest, "learner", { expiresAt: day(-1) });
  const past = await makeCourse(db, "past", { modules: content });
  await markItem(db, { itemId: past.items["read"] ?? 0, accountId: guest, done: true });

  // Begun while the course was open; then its end was set to a time before that.
  const late = await makeAccount(db, "late");
  const closed = await makeCourse(db, "closed", { mode: "Open", modules: content });
  await joinCourse(db, closed.id, late);
  await startAttempt(db, { itemId: closed.items["quiz"] ?? 0, accountId: late });
  await db.execute("UPDATE course SET closes_at = $2 WHERE id = $1", [closed.id, day(-1)]);
  expect(await submitOverdueAttempts(db)).toBe(1);
  expect(await db.query<object>("SELECT FROM attempt WHERE submitted_at < started_at")).toHaveLength(1);

  // Learners who may not see a draft, or a course that opens next week, and nobody who sees more.
  for (const [key, more] of Object.entries({
    draft: { visibility: "Draft" },
    soon: { opensAt: day(7) },
    spent: {},
  } as const)) {
    await makeCourse(db, key, { modules: content, ...more });
    await grant(db, await makeAccount(db, `learner-of-${key}`), "learner", { course: key });
  }
  // An administrator for a while, and one who will be.
  await grant(db, guest, "administrator", { expiresAt: day(-1) });
  await grant(db, late, "administrator", { notBefore: day(1) });
  // Titles that HTML writes in another way.
  await makeCourse(db, "odd", { title: `Ampers & <b> "and" 'so on'`, modules: content });
  await grant(db, await makeAccount(db, "teacher"), "instructor", { course: "odd" });

  const found = await verify();
  expect(found.get("Administrator")).toBe("nobody administers this site in the browser; its manifests do");
  expect(found.get("SignIn")).toContain("signed in");
});

test("a site that is read-only and shows its catalog to members alone", async () => {
  const begun = () => site.db.first<{ count: number }>("SELECT count(*) AS count FROM attempt");
  await declare(
    aSite({ readOnly: true, access: { catalog: "SignedIn", sessionIdleMinutes: 9, sessionMaxHours: 9 } }),
  );
  // Could be begun otherwise.
  await makeCourse(site.db, "inviting", { modules: content });
  await grant(site.db, await makeAccount(site.db, "eager"), "learner", { course: "inviting" });
  const before = await begun();
  await verify();
  expect(await begun()).toEqual(before);
});
