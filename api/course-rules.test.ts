import { expect, test } from "vitest";
import { type CourseContent, courseFindings } from "./course-rules.ts";
import type { Question } from "./schema/coursework.ts";

function course(...items: CourseContent["modules"][number]["items"][number][]): CourseContent {
  return { files: [{ path: "images/map.svg" }], modules: [{ key: "m", items }] };
}

function quiz(question: Partial<Question>): CourseContent["modules"][number]["items"][number] {
  const full = { key: "q1", prompt: "?", points: 1, ...question } as Question;
  return {
    key: "quiz",
    quiz: {
      attempts: 0,
      passPercent: 60,
      shuffle: false,
      review: "AfterAttempt",
      weight: 1,
      questions: [full],
    },
  };
}

const choice = (key: string, correct: boolean) => ({ key, text: key, correct });

test("a sound course has no findings", () => {
  const findings = courseFindings(
    course(
      { key: "a", lesson: { markdown: "![Map](images/map.svg)" } },
      { key: "b", file: { path: "images/map.svg" } },
    ),
  );
  expect(findings).toEqual([]);
});

test("an item key used in two modules is found, with both places", () => {
  const findings = courseFindings({
    modules: [
      { key: "m1", items: [{ key: "intro" }] },
      { key: "m2", items: [{ key: "intro" }] },
    ],
  });
  expect(findings).toEqual([
    { pointer: "/modules/1/items/0/key", message: expect.stringContaining("/modules/0/items/0") as string },
  ]);
});

test("an image that is not among the files is found, but not in code and not a remote one", () => {
  const markdown =
    "![a](missing.png) ![b](https://example.org/x.png)\n```\n![c](code.png)\n```\n`![d](inline.png)`";
  const findings = courseFindings(course({ key: "a", lesson: { markdown } }));
  expect(findings.map((finding) => finding.message)).toEqual([
    expect.stringContaining('"missing.png" is not among'),
  ]);
});

test.each([
  [
    "no right choice",
    { singleChoice: { choices: [choice("a", false), choice("b", false)] } },
    /0 correct choices/,
  ],
  [
    "two right choices",
    { singleChoice: { choices: [choice("a", true), choice("b", true)] } },
    /use multipleChoice/,
  ],
  [
    "nothing right among many",
    { multipleChoice: { partialCredit: false, choices: [choice("a", false), choice("b", false)] } },
    /at least one/,
  ],
])("a question with %s is found", (_, question, message) => {
  const findings = courseFindings(course(quiz(question)));
  expect(findings).toEqual([
    { pointer: "/modules/0/items/0/quiz/questions/0", message: expect.stringMatching(message) as string },
  ]);
});
