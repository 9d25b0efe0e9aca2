// Builders of questions and quizzes for tests.
import type { Question, Quiz } from "../../api/index.ts";

export function aQuiz(questions: readonly Question[], settings: Partial<Quiz> = {}): Quiz {
  return {
    attempts: 0,
    passPercent: 60,
    shuffle: false,
    review: "AfterAttempt",
    weight: 1,
    questions,
    ...settings,
  };
}

export const single = (key: string, correct: string, others: readonly string[], points = 1): Question => ({
  key,
  prompt: `Which one? (${key})`,
  points,
  explanation: `Because of ${correct}.`,
  singleChoice: {
    choices: [correct, ...others].map((choice) => ({
      key: choice,
      text: `Choice *${choice}*`,
      correct: choice === correct,
      ...(choice !== correct && { feedback: `Not ${choice}.` }),
    })),
  },
});

export const multiple = (
  key: string,
  correct: readonly string[],
  others: readonly string[],
  { points = 1, partialCredit = false } = {},
): Question => ({
  key,
  prompt: `Which ones? (${key})`,
  points,
  multipleChoice: {
    partialCredit,
    choices: [...correct, ...others].map((choice) => ({
      key: choice,
      text: `Choice ${choice}`,
      correct: correct.includes(choice),
    })),
  },
});

export const trueFalse = (key: string, answer: boolean, points = 1): Question => ({
  key,
  prompt: `Is it so? (${key})`,
  points,
  trueFalse: { answer },
});

export const short = (
  key: string,
  accepted: readonly string[],
  caseSensitive = false,
  points = 1,
): Question => ({
  key,
  prompt: `What is it called? (${key})`,
  points,
  shortAnswer: { accepted, caseSensitive },
});

export const numeric = (key: string, answer: number, tolerance = 0, unit?: string): Question => ({
  key,
  prompt: `How much? (${key})`,
  points: 1,
  numeric: { answer, tolerance, ...(unit !== undefined && { unit }) },
});
