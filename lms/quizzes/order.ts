// The order questions and choices are shown in: the declared one, or each attempt's own. Pure.
import type { Question, Quiz } from "../../api/index.ts";

/** Questions and choices as this attempt shows them; the same for the same seed, whenever it is asked. */
export function inAttemptOrder(quiz: Quiz, seed: number): readonly Question[] {
  if (!quiz.shuffle) return quiz.questions;
  const random = randomBySeed(seed);
  return shuffled(quiz.questions, random).map((question) => ({
    ...question,
    ...(question.singleChoice && {
      singleChoice: { ...question.singleChoice, choices: shuffled(question.singleChoice.choices, random) },
    }),
    ...(question.multipleChoice && {
      multipleChoice: {
        ...question.multipleChoice,
        choices: shuffled(question.multipleChoice.choices, random),
      },
    }),
  }));
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const pick = Math.floor(random() * (last + 1));
    [result[last], result[pick]] = [result[pick] as T, result[last] as T];
  }
  return result;
}

/** Numbers in [0, 1) from a linear congruential step (Numerical Recipes) with its high bits mixed down. */
function randomBySeed(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return ((state ^ (state >>> 16)) >>> 0) / 2 ** 32;
  };
}
