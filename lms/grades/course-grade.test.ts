import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countingAttempt, courseGrade, isCompleted, type QuizResult } from "./course-grade.ts";

const quiz = (percents: readonly (number | null)[], weight = 1, archived = false): QuizResult => ({
  weight,
  archived,
  attempts: percents.map((percent, i) => ({
    id: i + 1,
    number: i + 1,
    percent,
    passed: percent === null ? null : percent >= 60,
  })),
});
const rule = { attempt: "Highest", passPercent: 60 } as const;

describe("which attempt counts", () => {
  const { attempts } = quiz([50, 80, 80, 70, null]);
  test.each([
    ["First", 1],
    ["Highest", 2],
    ["Latest", 4],
  ] as const)("%s", (policy, number) => expect(countingAttempt(attempts, policy)?.number).toBe(number));
  test("none while nothing was handed in", () => {
    expect(countingAttempt(quiz([null]).attempts, "Highest")).toBeUndefined();
  });
});

describe("the course grade", () => {
  test("is the mean weighted by quiz; a quiz not yet taken counts 0", () => {
    expect(courseGrade([quiz([100], 3), quiz([50], 1)], rule)).toEqual({
      percent: 87.5,
      passed: true,
      counting: 2,
      taken: 2,
    });
    expect(courseGrade([quiz([100]), quiz([])], rule)).toEqual({
      percent: 50,
      passed: false,
      counting: 2,
      taken: 1,
    });
  });

  test("leaves out practice and archived quizzes", () => {
    const counted = courseGrade([quiz([70])], rule);
    expect(courseGrade([quiz([70]), quiz([0], 0), quiz([0], 5, true)], rule)).toEqual(counted);
  });

  test("is absent where nothing counts", () => {
    expect(courseGrade([quiz([100], 0)], rule)).toEqual({
      percent: null,
      passed: null,
      counting: 0,
      taken: 0,
    });
  });

  test("passes exactly at the mark", () => {
    expect(courseGrade([quiz([60])], rule).passed).toBe(true);
    expect(courseGrade([quiz([59.99])], rule).passed).toBe(false);
  });

  test("lies between the lowest and the highest result, and is 100 only when all are", () => {
    const results = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 1, max: 1000 })),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(results, (list) => {
        const quizzes = list.map(([hundredths, weight]) => quiz([hundredths / 100], weight));
        const percents = list.map(([hundredths]) => hundredths / 100);
        const { percent } = courseGrade(quizzes, rule);
        expect(percent).toBeGreaterThanOrEqual(Math.min(...percents));
        expect(percent).toBeLessThanOrEqual(Math.max(...percents));
      }),
    );
  });
});

describe("completion", () => {
  const passed = courseGrade([quiz([90])], rule);
  const failed = courseGrade([quiz([10])], rule);
  const none = courseGrade([], rule);
  const all = { required: 4, done: 4 };
  const some = { required: 4, done: 3 };
  test.each([
    ["AllItems", all, failed, true],
    ["AllItems", some, passed, false],
    ["PassingGrade", some, passed, true],
    ["PassingGrade", all, failed, false],
    ["PassingGrade", all, none, true],
    ["PassingGrade", some, none, false],
    ["Both", all, passed, true],
    ["Both", all, failed, false],
    ["Both", some, passed, false],
    ["AllItems", { required: 0, done: 0 }, none, false],
  ] as const)("%s with %j: case %#", (completion, progress, grade, expected) =>
    expect(isCompleted(completion, progress, grade)).toBe(expected),
  );
});
