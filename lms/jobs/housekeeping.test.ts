// Housekeeping: what goes, what stays, who does it and when.
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPeople, type People } from "../accounts/testing.ts";
import { grant, makeAccount, makeCourse } from "../catalog/testing.ts";
import { aQuiz, trueFalse } from "../quizzes/testing.ts";
import type { LmsContext } from "../context.ts";
import { keepHouse } from "./housekeeping.ts";
import { startJobs } from "./schedule.ts";

let people: People;
let context: LmsContext;
beforeAll(async () => {
  people = await createPeople();
  context = { ...people, log: pino({ level: "silent" }) };
});
afterAll(() => people.close());

const count = async (table: string): Promise<number> =>
  (await people.db.first<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))?.n ?? -1;

test("over sessions, old failures, overdue attempts and orphaned files go; the rest stays", async () => {
  const { db } = people;
  const ada = await makeAccount(db, "ada");
  await grant(db, ada, "learner");
  const course = await makeCourse(db, "git", {
    files: { "x.txt": { mediaType: "text/plain", bytes: Buffer.from("kept") } },
    modules: [
      { key: "m", items: [{ key: "q", quiz: aQuiz([trueFalse("t", true)], { timeLimitMinutes: 5 }) }] },
    ],
  });
  for (const age of ["0 hours", "3 hours", "13 hours"]) {
    await people.sessions.start(ada);
    await db.execute(
      "UPDATE session SET last_seen_at = now() - $1::interval, created_at = now() - $1::interval WHERE last_seen_at > now() - interval '1 minute' AND $1 <> '0 hours'",
      [age],
    );
  }
  await people.sessions.start(ada);
  await db.execute(
    "INSERT INTO sign_in_failure (subject, failures, last_at) VALUES ('name:x', 9, now() - interval '2 days'), ('name:y', 1, now())",
  );
  await db.execute("INSERT INTO blob VALUES ('\\x00', 'orphan', 6)");
  await db.execute(
    `INSERT INTO attempt (item_id, account_id, revision_id, number, seed, started_at, deadline_at, answers)
     SELECT id, $2, quiz_id, 1, 1, now() - interval '1 hour', now() - interval '50 minutes', '{"t":"true"}' FROM item WHERE id = $1`,
    [course.items["q"], ada],
  );
  const result = await keepHouse(context);
  expect(result).toMatchObject({ signInFailures: 1, blobs: 1, attempts: 1 });
  expect([await count("session"), await count("sign_in_failure"), await count("blob")]).toEqual([1, 1, 1]);
  expect(await db.first("SELECT submitted_at IS NOT NULL AS handed_in FROM attempt")).toEqual({
    handed_in: true,
  });
  expect(await keepHouse(context)).toEqual({ sessions: 0, signInFailures: 0, blobs: 0, attempts: 0 });
});

test("while one replica tidies up, another leaves it alone", async () => {
  await people.db.transaction(async (tx) => {
    await tx.execute("SELECT pg_advisory_xact_lock(7706880)");
    expect(await keepHouse(context)).toBeUndefined();
  });
  expect(await keepHouse(context)).toBeDefined();
});

test("it runs by the site's schedule and time zone, anew when they change, and never after it was stopped", async () => {
  const jobs = startJobs(context);
  const at = (date: Date | null, timeZone: string): string =>
    date?.toLocaleTimeString("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }) ?? "";
  expect(at(jobs.nextRun(), "UTC")).toBe("03:15");
  await people.limit({ sessionIdleMinutes: 120, sessionMaxHours: 12 });
  await people.db.execute(
    `UPDATE site SET updated_at = clock_timestamp(), document = document || '{"timeZone":"Asia/Tokyo","housekeeping":{"schedule":"30 4 * * *"}}'`,
  );
  await people.site.refresh();
  expect(at(jobs.nextRun(), "Asia/Tokyo")).toBe("04:30");
  await jobs.run();
  expect(await people.metrics.registry.getSingleMetricAsString("lms_job_runs_total")).toContain(
    'lms_job_runs_total{job="housekeeping",result="success"} 1',
  );
  await jobs.stop();
  expect(jobs.nextRun()).toBeNull();
});
