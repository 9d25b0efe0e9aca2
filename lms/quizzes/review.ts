// What a person may see of a handed-in attempt. Pure: the policy of the quiz, the attempt, who looks.
import type { Question, Quiz } from "../../api/index.ts";
import { type Answers, isAnswered } from "./grade.ts";
import { inAttemptOrder } from "./order.ts";
import type { RenderedQuiz } from "./rendered.ts";

export type QuestionResult = "Right" | "Partly" | "Wrong" | "Unanswered";

export interface ReviewedChoice {
  readonly key: string;
  readonly html: string;
  readonly chosen: boolean;
  /** Absent when right answers are not shown. */
  readonly correct?: boolean;
  /** HTML; only with a chosen choice that has feedback. */
  readonly feedback?: string;
}

export interface ReviewedQuestion {
  readonly key: string;
  readonly number: number;
  readonly prompt: string;
  readonly choices: readonly ReviewedChoice[];
  /** What was typed, for questions without choices; with the unit of a number. */
  readonly typed?: string;
  readonly maxPoints: number;
  /** Absent when results are not shown; so are the ones below. */
  readonly result?: QuestionResult;
  readonly points?: number;
  /** Right answers in words, for questions without choices. */
  readonly rightAnswers?: readonly string[];
  /** HTML, may be empty. */
  readonly explanation?: string;
}

export interface AttemptToReview {
  readonly quiz: Quiz;
  readonly rendered: RenderedQuiz;
  readonly answers: Answers;
  readonly seed: number;
  /** Points by question key as graded then. */
  readonly results: Readonly<Record<string, number>>;
}

/** Whether right answers may be shown. `passedEver`: this person has passed this quiz in some attempt. */
export function mayReview(
  policy: Quiz["review"],
  { isStaff, passedEver }: { readonly isStaff: boolean; readonly passedEver: boolean },
): boolean {
  if (isStaff) return true;
  switch (policy) {
    case "AfterAttempt":
      return true;
    case "WhenPassed":
      return passedEver;
    case "Never":
      return false;
  }
}

/** The attempt question by question, in the order it was shown in; with results only when `open`. */
export function review(attempt: AttemptToReview, open: boolean): readonly ReviewedQuestion[] {
  return inAttemptOrder(attempt.quiz, attempt.seed).map((question, index) =>
    reviewed(attempt, question, index + 1, open),
  );
}

function reviewed(
  attempt: AttemptToReview,
  question: Question,
  number: number,
  open: boolean,
): ReviewedQuestion {
  const answer = attempt.answers[question.key];
  const html = attempt.rendered[question.key];
  const points = attempt.results[question.key] ?? 0;
  const chosen = new Set(typeof answer === "string" ? [answer] : (answer ?? []));
  const typed = typedAnswer(question, answer === undefined ? "" : String(answer));
  return {
    key: question.key,
    number,
    prompt: html?.prompt ?? "",
    choices: choicesOf(question).map((choice) => ({
      key: choice.key,
      html: html?.choices[choice.key]?.text ?? choice.text,
      chosen: chosen.has(choice.key),
      ...(open && { correct: choice.correct }),
      ...(open && chosen.has(choice.key) && { feedback: html?.choices[choice.key]?.feedback ?? "" }),
    })),
    ...(typed !== undefined && { typed }),
    maxPoints: question.points,
    ...(open && {
      result: resultOf(points, question.points, isAnswered(answer)),
      points,
      rightAnswers: rightAnswers(question),
      explanation: html?.explanation ?? "",
    }),
  };
}

function resultOf(points: number, max: number, answered: boolean): QuestionResult {
  if (!answered) return "Unanswered";
  if (points === max) return "Right";
  return points > 0 ? "Partly" : "Wrong";
}

/** The choices of a question; a statement's are true and false. */
export function choicesOf(
  question: Question,
): readonly { readonly key: string; readonly text: string; readonly correct: boolean }[] {
  if (question.trueFalse)
    return [
      { key: "true", text: "True", correct: question.trueFalse.answer },
      { key: "false", text: "False", correct: !question.trueFalse.answer },
    ];
  return question.singleChoice?.choices ?? question.multipleChoice?.choices ?? [];
}

function typedAnswer(question: Question, answer: string): string | undefined {
  if (question.numeric) return withUnit(answer, question.numeric.unit);
  return question.shortAnswer ? answer : undefined;
}

function rightAnswers(question: Question): readonly string[] {
  const { numeric, shortAnswer } = question;
  if (shortAnswer) return shortAnswer.accepted;
  if (!numeric) return [];
  const tolerance = numeric.tolerance > 0 ? ` ± ${numeric.tolerance}` : "";
  return [withUnit(`${numeric.answer}${tolerance}`, numeric.unit)];
}

const withUnit = (text: string, unit: string | undefined): string =>
  text === "" || unit === undefined || text.endsWith(unit) ? text : `${text} ${unit}`;
