// A question as a Markdown file: `## Question Text`, `## Question Answers` with `+` right and `-` wrong, `## Feedback`.
import type { CourseSpecInput } from "../../../api/index.ts";

type Item = CourseSpecInput["modules"][number]["items"][number];
export type QuestionInput = NonNullable<Item["quiz"]>["questions"][number];

/** Reads a question; undefined when it has no text, fewer than two answers or no right one. */
export function readQuestion(key: string, text: string): QuestionInput | undefined {
  const prompt = section(text, "Question Text");
  const choices = answers(section(text, "Question Answers")).map(({ right, text: answer }, index) => ({
    key: String.fromCharCode(97 + index),
    text: answer,
    correct: right,
  }));
  const right = choices.filter((choice) => choice.correct).length;
  if (prompt === "" || choices.length < 2 || right === 0) return undefined;
  const explanation = section(text, "Feedback");
  return {
    key,
    prompt,
    ...(explanation !== "" && { explanation }),
    ...(right === 1 ? { singleChoice: { choices } } : { multipleChoice: { choices } }),
  };
}

/** The text under a heading, up to the next of the same level. */
function section(text: string, heading: string): string {
  const from = text.search(new RegExp(`^## ${heading}\\s*$`, "m"));
  if (from === -1) return "";
  const body = text.slice(from).replace(/^.*\n?/, "");
  const end = body.search(/^## /m);
  return (end === -1 ? body : body.slice(0, end)).trim();
}

/** A choice is one line of text, so the lines of an answer are joined. */
function answers(list: string): { right: boolean; text: string }[] {
  return list
    .split(/^(?=[+-] )/m)
    .filter((answer) => /^[+-] /.test(answer))
    .map((answer) => ({ right: answer.startsWith("+"), text: answer.slice(2).replace(/\s+/g, " ").trim() }));
}
