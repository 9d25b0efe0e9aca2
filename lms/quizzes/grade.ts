// Grading: what answers are worth. Pure; attempts, review and storage live beside it.
import type { Question, Quiz } from "../../api/index.ts";
import { decimalOf, parseDecimal, within } from "./decimal.ts";

/**
 * An answer as given: the key of the choice, the keys of the choices, "true" or "false", or the text typed.
 * Kept exactly so in attempt.answers.
 */
export type Answer = string | readonly string[];

/** By question key; a question without an answer is absent. */
export type Answers = Readonly<Record<string, Answer>>;

export interface QuestionGrade {
  readonly points: number;
  readonly maxPoints: number;
  readonly answered: boolean;
}

export interface Grade {
  /** To three decimals. */
  readonly points: number;
  readonly maxPoints: number;
  /** 0-100, to two decimals; 100 only for full points. */
  readonly percent: number;
  readonly byQuestion: Readonly<Record<string, QuestionGrade>>;
}

/** Points for a whole quiz. Answers to questions the quiz does not have are worth nothing. */
export function grade(quiz: Quiz, answers: Answers): Grade {
  const graded = quiz.questions.map((question) => {
    const answer = answers[question.key];
    return {
      key: question.key,
      max: question.points * 1000,
      thousandths: thousandthsOf(question, answer),
      answer,
    };
  });
  // Whole thousandths: sums of shares such as 1/3 neither drift nor pass the maximum.
  const total = graded.reduce((sum, { thousandths }) => sum + thousandths, 0);
  const max = graded.reduce((sum, question) => sum + question.max, 0);
  return {
    points: total / 1000,
    maxPoints: max / 1000,
    percent: total === max ? 100 : Math.min(99.99, Math.round((total * 10_000) / max) / 100),
    byQuestion: Object.fromEntries(
      graded.map(({ key, max, thousandths, answer }) => [
        key,
        { points: thousandths / 1000, maxPoints: max / 1000, answered: isAnswered(answer) },
      ]),
    ),
  };
}

/** Whether anything was chosen or typed. */
export function isAnswered(answer: Answer | undefined): boolean {
  return answer !== undefined && (typeof answer === "string" ? answer.trim() !== "" : answer.length > 0);
}

function thousandthsOf(question: Question, answer: Answer | undefined): number {
  if (answer === undefined || !isAnswered(answer)) return 0;
  const full = question.points * 1000;
  if (question.multipleChoice) return Math.round(full * shareOfChoices(question.multipleChoice, answer));
  return typeof answer === "string" && isRight(question, answer) ? full : 0;
}

function isRight(question: Question, answer: string): boolean {
  const { singleChoice, trueFalse, shortAnswer, numeric } = question;
  if (singleChoice) return singleChoice.choices.some((choice) => choice.correct && choice.key === answer);
  if (trueFalse) return answer === String(trueFalse.answer);
  if (shortAnswer) {
    const typed = folded(answer, shortAnswer.caseSensitive);
    return shortAnswer.accepted.some((accepted) => folded(accepted, shortAnswer.caseSensitive) === typed);
  }
  if (numeric) {
    const value = parseDecimal(withoutUnit(answer, numeric.unit));
    return value !== undefined && within(value, decimalOf(numeric.answer), decimalOf(numeric.tolerance));
  }
  return false;
}

/** 0-1: all or nothing, or each right choice earning and each wrong one costing an equal share. */
function shareOfChoices(
  { choices, partialCredit }: NonNullable<Question["multipleChoice"]>,
  answer: Answer,
): number {
  const chosen = new Set(typeof answer === "string" ? [answer] : answer);
  const correct = choices.filter((choice) => choice.correct);
  const right = correct.filter((choice) => chosen.has(choice.key)).length;
  const wrong = choices.filter((choice) => !choice.correct && chosen.has(choice.key)).length;
  if (right === correct.length && wrong === 0) return 1;
  return partialCredit ? Math.max(0, right - wrong) / correct.length : 0;
}

/** White space at the ends and runs of it do not matter; composed and decomposed letters are the same. */
function folded(text: string, caseSensitive: boolean): string {
  const spaced = text.normalize("NFC").trim().replace(/\s+/g, " ");
  return caseSensitive ? spaced : spaced.toLowerCase();
}

/** People write the unit although it stands behind the field. */
function withoutUnit(answer: string, unit: string | undefined): string {
  const text = answer.trim();
  return unit !== undefined && text.toLowerCase().endsWith(unit.toLowerCase())
    ? text.slice(0, -unit.length)
    : text;
}
