import { describe, expect, test } from "vitest";
import { inAttemptOrder } from "./order.ts";
import { renderQuiz } from "./rendered.ts";
import { mayReview, review } from "./review.ts";
import { aQuiz, multiple, numeric, short, single } from "./testing.ts";

const quiz = aQuiz([
  single("a", "right", ["wrong"]),
  numeric("b", 5, 0.5, "MiB"),
  short("c", ["Ready", "Stalled"]),
]);
const attempt = {
  quiz,
  rendered: renderQuiz(quiz, () => undefined),
  answers: { a: "wrong", b: "5" },
  seed: 1,
  results: { a: 0, b: 1, c: 0 },
};

describe("who may see right answers", () => {
  test.each([
    ["AfterAttempt", false, false, true],
    ["WhenPassed", false, false, false],
    ["WhenPassed", false, true, true],
    ["Never", false, true, false],
    ["Never", true, false, true],
  ] as const)("%s, staff %s, passed %s: %s", (policy, isStaff, passedEver, expected) =>
    expect(mayReview(policy, { isStaff, passedEver })).toBe(expected),
  );
});

test("an open review shows results, feedback of the chosen choice, right answers and explanations", () => {
  const [a, b, c] = review(attempt, true);
  expect(a).toMatchObject({ result: "Wrong", points: 0, explanation: "<p>Because of right.</p>\n" });
  expect(a?.choices).toEqual([
    { key: "right", html: "Choice <em>right</em>", chosen: false, correct: true },
    { key: "wrong", html: "Choice <em>wrong</em>", chosen: true, correct: false, feedback: "Not wrong." },
  ]);
  expect(b).toMatchObject({ result: "Right", typed: "5 MiB", rightAnswers: ["5 ± 0.5 MiB"] });
  expect(c).toMatchObject({ result: "Unanswered", typed: "", rightAnswers: ["Ready", "Stalled"] });
});

test("a closed review shows one's own answers and gives nothing away", () => {
  const closed = review(attempt, false);
  expect(JSON.stringify(closed)).not.toMatch(/correct|feedback|Because|Ready|"points"|result/);
  expect(closed[0]?.choices[1]).toEqual({ key: "wrong", html: "Choice <em>wrong</em>", chosen: true });
});

describe("shuffling", () => {
  const many = aQuiz(
    Array.from({ length: 12 }, (_, i) => multiple(`q${i}`, ["a", "b"], ["c", "d"])),
    { shuffle: true },
  );
  const keys = (seed: number) => inAttemptOrder(many, seed).map((question) => question.key);

  test("gives each attempt an order of its own, the same at every look", () => {
    expect(keys(7)).toEqual(keys(7));
    expect(keys(7)).not.toEqual(keys(8));
    expect([...keys(7)].sort()).toEqual(many.questions.map((question) => question.key).sort());
    expect(inAttemptOrder(many, 7)[0]?.multipleChoice?.choices).toHaveLength(4);
  });

  test("every question comes first now and then", () => {
    const firsts = new Set(Array.from({ length: 400 }, (_, seed) => keys(seed * 7919)[0]));
    expect(firsts.size).toBe(12);
  });

  test("leaves a quiz alone that does not ask for it", () => {
    expect(inAttemptOrder(quiz, 3)).toBe(quiz.questions);
  });
});
