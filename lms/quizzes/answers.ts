// Answers out of a submitted form: only what the quiz asks, only what could be an answer.
import type { Question, Quiz } from "../../api/index.ts";
import type { Answer, Answers } from "./grade.ts";

/** A form as @fastify/formbody parses it: a field sent twice is an array. */
export type Form = Readonly<Record<string, unknown>>;

/** The name of a question's field; the prefix keeps it apart from `csrf` and other fields. */
export const fieldOf = (questionKey: string): string => `q.${questionKey}`;

const MAX_TYPED = 2000;

/** The answers of a form, unanswered questions left out. */
export function answersOf(quiz: Quiz, form: Form): Answers {
  const answers: Record<string, Answer> = {};
  for (const question of quiz.questions) {
    const answer = answerOf(question, form[fieldOf(question.key)]);
    if (answer !== undefined) answers[question.key] = answer;
  }
  return answers;
}

function answerOf(question: Question, value: unknown): Answer | undefined {
  const given = (Array.isArray(value) ? (value as unknown[]) : [value]).filter(
    (one) => typeof one === "string",
  );
  const { singleChoice, multipleChoice, trueFalse } = question;
  if (multipleChoice) {
    const chosen = multipleChoice.choices.map((choice) => choice.key).filter((key) => given.includes(key));
    return chosen.length > 0 ? chosen : undefined;
  }
  const [first] = given;
  if (first === undefined) return undefined;
  if (singleChoice) return singleChoice.choices.some((choice) => choice.key === first) ? first : undefined;
  if (trueFalse) return first === "true" || first === "false" ? first : undefined;
  const typed = first.slice(0, MAX_TYPED);
  return typed.trim() === "" ? undefined : typed;
}
