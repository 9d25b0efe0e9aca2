import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeAccount, makeCourse, type MadeCourse, reviseQuiz } from "../catalog/testing.ts";
import type { Database } from "../db/index.ts";
import { createTestDatabase, type TestDatabase } from "../db/testing.ts";
import { fieldOf } from "./answers.ts";
import { saveAnswers, startAttempt, submitAttempt, submitOverdueAttempts } from "./attempts.ts";
import { aQuiz, multiple, short, single } from "./testing.ts";

let test_: TestDatabase;
let db: Database;
let course: MadeCourse;
let people = 0;

const quiz = aQuiz([
  single("a", "right", ["wrong"]),
  multiple("b", ["x", "y"], ["z"]),
  short("c", ["Ready"]),
]);
const form = (answers: Record<string, string | string[]>) =>
  Object.fromEntries(Object.entries(answers).map(([key, answer]) => [fieldOf(key), answer]));
const allRight = form({ a: "right", b: ["x", "y"], c: "ready" });

beforeAll(async () => {
  test_ = await createTestDatabase();
  db = test_.db;
  course = await makeCourse(db, "course", {
    modules: [
      {
        key: "m",
        items: [
          { key: "free", quiz },
          { key: "twice", quiz: { ...quiz, attempts: 2 } },
          { key: "timed", quiz: { ...quiz, timeLimitMinutes: 10 } },
          { key: "edited", quiz },
        ],
      },
    ],
  });
});
afterAll(() => test_.close());

const someone = () => makeAccount(db, `person${++people}`);
const item = (key: string) => course.items[key] ?? 0;

async function open(key: string, accountId: number): Promise<number> {
  const started = await startAttempt(db, { itemId: item(key), accountId });
  if (started.kind !== "Open") throw new Error(started.kind);
  return started.attemptId;
}

interface Row {
  readonly number: number;
  readonly answers: object;
  readonly percent: number | null;
  readonly passed: boolean | null;
  readonly submitted_at: Date | null;
  readonly deadline_at: Date | null;
}
const read = async (id: number) => {
  const row = await db.first<Row>("SELECT * FROM attempt WHERE id = $1", [id]);
  if (!row) throw new Error("no attempt");
  return row;
};
/** Moves an attempt back in time. */
const age = (id: number, seconds: number) =>
  db.execute("UPDATE attempt SET deadline_at = deadline_at - $2 * interval '1 second' WHERE id = $1", [
    id,
    seconds,
  ]);

describe("starting", () => {
  test("resumes the open attempt instead of opening another", async () => {
    const accountId = await someone();
    const first = await startAttempt(db, { itemId: item("free"), accountId });
    const again = await startAttempt(db, { itemId: item("free"), accountId });
    expect(first).toMatchObject({ kind: "Open", resumed: false });
    expect(again).toEqual({ ...first, resumed: true });
  });

  test("ten clicks at once open one attempt", async () => {
    const accountId = await someone();
    const started = await Promise.all(
      Array.from({ length: 10 }, () => startAttempt(db, { itemId: item("free"), accountId })),
    );
    expect(new Set(started.map((one) => (one.kind === "Open" ? one.attemptId : one.kind))).size).toBe(1);
  });

  test("stops at the number of attempts allowed", async () => {
    const accountId = await someone();
    for (const number of [1, 2]) {
      const id = await open("twice", accountId);
      expect((await read(id)).number).toBe(number);
      await submitAttempt(db, { attemptId: id, accountId, form: {} });
    }
    expect(await startAttempt(db, { itemId: item("twice"), accountId })).toEqual({
      kind: "NoneLeft",
      allowed: 2,
    });
  });

  test("knows no quiz that is not there", async () => {
    expect(await startAttempt(db, { itemId: 999_999, accountId: await someone() })).toEqual({
      kind: "NotFound",
    });
  });
});

describe("saving", () => {
  test("keeps the answers, also those taken back", async () => {
    const accountId = await someone();
    const attemptId = await open("free", accountId);
    await saveAnswers(db, { attemptId, accountId, form: allRight });
    expect((await read(attemptId)).answers).toEqual({ a: "right", b: ["x", "y"], c: "ready" });
    await saveAnswers(db, { attemptId, accountId, form: form({ a: "wrong", c: "  " }) });
    expect((await read(attemptId)).answers).toEqual({ a: "wrong" });
  });

  test("takes nothing that is no answer", async () => {
    const accountId = await someone();
    const attemptId = await open("free", accountId);
    await saveAnswers(db, {
      attemptId,
      accountId,
      form: {
        ...form({ a: "nowhere", b: ["x", "nowhere"] }),
        "q.zz": "x",
        csrf: "x",
        "q.c": { toString: 1 },
      },
    });
    expect((await read(attemptId)).answers).toEqual({ b: ["x"] });
  });

  test("is one's own business", async () => {
    const attemptId = await open("free", await someone());
    expect(await saveAnswers(db, { attemptId, accountId: await someone(), form: allRight })).toEqual({
      kind: "NotFound",
    });
    expect(await submitAttempt(db, { attemptId, accountId: await someone(), form: allRight })).toEqual({
      kind: "NotFound",
    });
    expect((await read(attemptId)).answers).toEqual({});
  });
});

describe("handing in", () => {
  test("grades at once and marks a passed quiz as done", async () => {
    const accountId = await someone();
    const attemptId = await open("free", accountId);
    expect(await submitAttempt(db, { attemptId, accountId, form: allRight })).toEqual({
      kind: "Submitted",
      now: true,
      late: false,
    });
    expect(await read(attemptId)).toMatchObject({
      percent: 100,
      passed: true,
      points: 3,
      results: { a: 1, b: 1, c: 1 },
    });
    expect(await db.query("SELECT 1 FROM item_progress WHERE account_id = $1", [accountId])).toHaveLength(1);
  });

  test("a failed quiz is not done", async () => {
    const accountId = await someone();
    const attemptId = await open("free", accountId);
    await submitAttempt(db, { attemptId, accountId, form: form({ a: "right" }) });
    expect(await read(attemptId)).toMatchObject({ percent: 33.33, passed: false });
    expect(await db.query("SELECT 1 FROM item_progress WHERE account_id = $1", [accountId])).toHaveLength(0);
  });

  test("twice, or from many windows at once, counts once", async () => {
    const accountId = await someone();
    const attemptId = await open("free", accountId);
    const handed = await Promise.all(
      [allRight, {}, allRight, form({ a: "wrong" }), allRight].map((one) =>
        submitAttempt(db, { attemptId, accountId, form: one }),
      ),
    );
    expect(handed.filter((one) => one.kind === "Submitted" && one.now)).toHaveLength(1);
    const before = await read(attemptId);
    await submitAttempt(db, { attemptId, accountId, form: {} });
    await saveAnswers(db, { attemptId, accountId, form: {} });
    expect(await read(attemptId)).toEqual(before);
  });

  test("an attempt is graded by the quiz it began with, however the quiz was edited meanwhile", async () => {
    const accountId = await someone();
    const attemptId = await open("edited", accountId);
    await reviseQuiz(db, item("edited"), aQuiz([single("a", "wrong", ["right"])], { passPercent: 100 }));
    await submitAttempt(db, { attemptId, accountId, form: allRight });
    expect(await read(attemptId)).toMatchObject({ percent: 100, passed: true });
    const next = await open("edited", accountId);
    await submitAttempt(db, { attemptId: next, accountId, form: allRight });
    expect(await read(next)).toMatchObject({ percent: 0, passed: false, number: 2 });
    expect(await read(attemptId)).toMatchObject({ percent: 100 });
  });
});

describe("a time limit", () => {
  test("is set at the start", async () => {
    const before = Date.now();
    const { deadline_at } = await read(await open("timed", await someone()));
    expect(Math.abs((deadline_at?.getTime() ?? 0) - before - 600_000)).toBeLessThan(5_000);
  });

  test("leaves a few seconds for answers on their way", async () => {
    const accountId = await someone();
    const attemptId = await open("timed", accountId);
    await age(attemptId, 602);
    expect(await submitAttempt(db, { attemptId, accountId, form: allRight })).toMatchObject({ late: false });
    expect(await read(attemptId)).toMatchObject({ percent: 100 });
  });

  test("then only what was saved counts, handed in at the deadline", async () => {
    const accountId = await someone();
    const attemptId = await open("timed", accountId);
    await saveAnswers(db, { attemptId, accountId, form: form({ a: "right" }) });
    await age(attemptId, 660);
    expect(await submitAttempt(db, { attemptId, accountId, form: allRight })).toEqual({
      kind: "Submitted",
      now: true,
      late: true,
    });
    const row = await read(attemptId);
    expect(row).toMatchObject({ percent: 33.33, answers: { a: "right" } });
    expect(row.submitted_at).toEqual(row.deadline_at);
  });

  test("late answers are not saved either", async () => {
    const accountId = await someone();
    const attemptId = await open("timed", accountId);
    await age(attemptId, 660);
    expect(await saveAnswers(db, { attemptId, accountId, form: allRight })).toMatchObject({
      kind: "Submitted",
      late: true,
    });
    expect(await read(attemptId)).toMatchObject({ percent: 0 });
  });

  test("an attempt nobody came back to is handed in by housekeeping, on however many replicas", async () => {
    const [one, two, still] = [await someone(), await someone(), await someone()];
    const overdue = [await open("timed", one), await open("timed", two)];
    const running = await open("timed", still);
    await saveAnswers(db, { attemptId: overdue[0] ?? 0, accountId: one, form: allRight });
    for (const id of overdue) await age(id, 700);
    const counts = await Promise.all([
      submitOverdueAttempts(db),
      submitOverdueAttempts(db),
      submitOverdueAttempts(db),
    ]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(await read(overdue[0] ?? 0)).toMatchObject({ percent: 100 });
    expect(await read(overdue[1] ?? 0)).toMatchObject({ percent: 0 });
    expect(await read(running)).toMatchObject({ submitted_at: null });
  });

  test("starting again closes the overdue attempt first", async () => {
    const accountId = await someone();
    const first = await open("timed", accountId);
    await age(first, 700);
    const second = await open("timed", accountId);
    expect(second).not.toBe(first);
    expect((await read(first)).submitted_at).not.toBeNull();
  });

  test("the end of the course ends open attempts", async () => {
    const closing = await makeCourse(db, "closing", { modules: [{ key: "m", items: [{ key: "q", quiz }] }] });
    const accountId = await someone();
    const started = await startAttempt(db, { itemId: closing.items["q"] ?? 0, accountId });
    const attemptId = started.kind === "Open" ? started.attemptId : 0;
    await saveAnswers(db, { attemptId, accountId, form: allRight });
    await db.execute("UPDATE course SET closes_at = now() - interval '1 minute' WHERE id = $1", [closing.id]);
    expect(await submitAttempt(db, { attemptId, accountId, form: {} })).toMatchObject({ late: true });
    expect(await read(attemptId)).toMatchObject({ percent: 100 });
  });
});
