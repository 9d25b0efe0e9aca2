import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Question } from "../../api/index.ts";
import { type Answer, grade } from "./grade.ts";
import { aQuiz, multiple, numeric, short, single, trueFalse } from "./testing.ts";

const points = (question: Question, answer: Answer) =>
  grade(aQuiz([question]), { [question.key]: answer }).points;

describe("single choice", () => {
  const question = single("q", "a", ["b", "c"], 3);
  test.each([
    ["a", 3],
    ["b", 0],
    ["nowhere", 0],
    ["", 0],
    [["a"], 0],
  ] as const)("%j earns %d", (answer, earned) => expect(points(question, answer)).toBe(earned));
});

describe("multiple choice", () => {
  const strict = multiple("q", ["a", "b"], ["c", "d"], { points: 4 });
  const partial = multiple("q", ["a", "b"], ["c", "d"], { points: 4, partialCredit: true });
  test.each([
    [["a", "b"], 4, 4],
    [["b", "a", "a"], 4, 4],
    [["a"], 0, 2],
    [["a", "c"], 0, 0],
    [["a", "b", "c"], 0, 2],
    [["a", "b", "c", "d"], 0, 0],
    [["c"], 0, 0],
    ["a", 0, 2],
    [[], 0, 0],
  ] as const)("%j earns %d all-or-nothing and %d with partial credit", (answer, all, part) => {
    expect(points(strict, answer)).toBe(all);
    expect(points(partial, answer)).toBe(part);
  });

  test("shares that do not divide evenly add up to whole thousandths", () => {
    const question = multiple("q", ["a", "b", "c"], [], { partialCredit: true });
    expect(points(question, ["a"])).toBe(0.333);
    expect(points(question, ["a", "b"])).toBe(0.667);
    expect(points(question, ["a", "b", "c"])).toBe(1);
  });
});

test("true or false", () => {
  expect(points(trueFalse("q", true), "true")).toBe(1);
  expect(points(trueFalse("q", true), "false")).toBe(0);
  expect(points(trueFalse("q", false), "false")).toBe(1);
  expect(points(trueFalse("q", false), "no")).toBe(0);
});

describe("short answer", () => {
  const question = short("q", ["git  commit", "É"]);
  test.each(["git commit", "  GIT \t commit\n", "git\u00a0commit", "E\u0301", "é"])("%j is right", (answer) =>
    expect(points(question, answer)).toBe(1),
  );
  test.each(["gitcommit", "git commit -m", "e", " "])("%j is wrong", (answer) =>
    expect(points(question, answer)).toBe(0),
  );
  test("capitals matter when the question says so", () => {
    expect(points(short("q", ["Ready"], true), "ready")).toBe(0);
    expect(points(short("q", ["Ready"], true), " Ready ")).toBe(1);
  });
});

describe("numeric", () => {
  test.each([
    [0.3, 0, "0.3"],
    [0.3, 0, "0,30"],
    [0.3, 0.1, "0.2"],
    [0.3, 0.1, "0.4"],
    [0.1, 0.2, "0.3"],
    [1.1, 0.1, "1.2"],
    [1000, 0, "1 000"],
    [1000, 0, "1e3"],
    [1234.5, 0, "1,234.5"],
    [1234.5, 0, "1.234,5"],
    [1234567, 0, "1,234,567"],
    [-5, 0, "−5"],
    [-5, 0, " -5.000 "],
    [5, 0, "+5"],
    [0.5, 0, ".5"],
    [0.5, 0, ",5"],
    [1e-7, 0, "0.0000001"],
    [1e21, 0, "1000000000000000000000"],
    [0, 0, "-0"],
  ])("%d ± %d accepts %s", (answer, tolerance, typed) =>
    expect(points(numeric("q", answer, tolerance), typed)).toBe(1),
  );

  test.each([
    [0.3, 0, "0.30000000000000004"],
    [0.3, 0.1, "0.19999999999999999"],
    [0.3, 0.1, "0.40000000000000001"],
    [1000, 0, "1,000.1"],
    [1, 0, "1.0.0"],
    [1, 0, "one"],
    [1, 0, "1 2"],
    [0, 0, ""],
    [0, 0, "."],
    [0, 0, "e1"],
    [1, 0, "Infinity"],
    [16, 0, "0x10"],
    [1, 0, "1e999"],
    [1, 0, "1".repeat(200)],
  ])("%d ± %d refuses %s", (answer, tolerance, typed) =>
    expect(points(numeric("q", answer, tolerance), typed)).toBe(0),
  );

  test("a lone comma is the decimal sign", () => {
    expect(points(numeric("q", 1.5), "1,500")).toBe(1);
    expect(points(numeric("q", 1500), "1,500")).toBe(0);
  });

  test("the unit may be typed too", () => {
    expect(points(numeric("q", 256, 0, "MiB"), "256 mib")).toBe(1);
    expect(points(numeric("q", 256, 0, "MiB"), "256 GiB")).toBe(0);
  });
});

test("answers and the maximum are summed per question, unanswered ones named", () => {
  const quiz = aQuiz([single("a", "x", ["y"], 2), numeric("b", 5), short("c", ["z"])]);
  expect(grade(quiz, { a: "x", b: "4", stray: "x" })).toEqual({
    points: 2,
    maxPoints: 4,
    percent: 50,
    byQuestion: {
      a: { points: 2, maxPoints: 2, answered: true },
      b: { points: 0, maxPoints: 1, answered: true },
      c: { points: 0, maxPoints: 1, answered: false },
    },
  });
});

describe("whatever is asked and answered", () => {
  const keys = ["a", "b", "c", "d", "e"];
  const aQuestion = (key: string): fc.Arbitrary<Question> => {
    const worth = fc.integer({ min: 1, max: 1000 });
    const split = fc.tuple(fc.shuffledSubarray(keys, { minLength: 2 }), fc.integer({ min: 1, max: 5 }));
    return fc.oneof(
      fc.tuple(split, worth).map(([[order], max]) => single(key, order[0] ?? "a", order.slice(1), max)),
      fc
        .tuple(split, worth, fc.boolean())
        .map(([[order, n], max, partialCredit]) =>
          multiple(key, order.slice(0, n), order.slice(n), { points: max, partialCredit }),
        ),
      fc.boolean().map((right) => trueFalse(key, right)),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }).map((n) => numeric(key, n)),
      fc
        .string({ minLength: 1 })
        .filter((text) => text.trim() !== "")
        .map((text) => short(key, [text])),
    );
  };
  const quiz = fc
    .integer({ min: 1, max: 8 })
    .chain((n) =>
      fc
        .tuple(...Array.from({ length: n }, (_, i) => aQuestion(`q${i}`)))
        .map((questions) => aQuiz(questions)),
    );
  const answers = fc.dictionary(
    fc.constantFrom("q0", "q1", "q2", "q3", "zz"),
    fc.oneof(fc.constantFrom(...keys, "true", "false"), fc.string(), fc.array(fc.constantFrom(...keys))),
  );
  const rightAnswer = (question: Question): Answer => {
    if (question.singleChoice)
      return question.singleChoice.choices.find((choice) => choice.correct)?.key ?? "";
    if (question.multipleChoice)
      return question.multipleChoice.choices.filter((choice) => choice.correct).map((choice) => choice.key);
    if (question.trueFalse) return String(question.trueFalse.answer);
    if (question.numeric) return String(question.numeric.answer);
    return question.shortAnswer?.accepted[0] ?? "";
  };

  test("the grade lies between nothing and everything, and the parts make the sum", () => {
    fc.assert(
      fc.property(quiz, answers, (asked, given) => {
        const result = grade(asked, given);
        const sum = Object.values(result.byQuestion).reduce(
          (total, { points: p }) => total + Math.round(p * 1000),
          0,
        );
        expect(Math.round(result.points * 1000)).toBe(sum);
        for (const question of Object.values(result.byQuestion)) {
          expect(question.points).toBeGreaterThanOrEqual(0);
          expect(question.points).toBeLessThanOrEqual(question.maxPoints);
        }
        expect(result.percent === 100).toBe(result.points === result.maxPoints);
      }),
    );
  });

  test("right answers to everything earn everything", () => {
    fc.assert(
      fc.property(quiz, (asked) => {
        const given = Object.fromEntries(
          asked.questions.map((question) => [question.key, rightAnswer(question)]),
        );
        expect(grade(asked, given)).toMatchObject({ percent: 100, points: grade(asked, {}).maxPoints });
      }),
    );
  });

  test("the order in which choices were ticked does not matter", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(keys), fc.boolean(), (chosen, partialCredit) => {
        const question = multiple("q", ["a", "b", "c"], ["d", "e"], { points: 7, partialCredit });
        expect(points(question, chosen)).toBe(points(question, [...chosen].sort()));
      }),
    );
  });
});
