// What a learner does on a site, whichever cluster it runs in: read a lesson, take a quiz, look at the grade.
import { type Page, textOf, type Visitor } from "./visitor.ts";

interface Choice {
  readonly key: string;
  readonly correct?: boolean | undefined;
}

/** The part of a question, declared or with its defaults, that tells the right answer. */
interface Question {
  readonly key: string;
  readonly singleChoice?: { readonly choices: readonly Choice[] } | undefined;
  readonly multipleChoice?: { readonly choices: readonly Choice[] } | undefined;
  readonly trueFalse?: { readonly answer: boolean } | undefined;
  readonly shortAnswer?: { readonly accepted: readonly string[] } | undefined;
  readonly numeric?: { readonly answer: number } | undefined;
}

/** A right answer to every question of a quiz, as the form fields of the attempt page. */
export function rightAnswers(quiz: {
  readonly questions: readonly Question[];
}): Record<string, string | readonly string[]> {
  return Object.fromEntries(quiz.questions.map((question) => [`q.${question.key}`, rightAnswer(question)]));
}

function rightAnswer(question: Question): string | readonly string[] {
  const { singleChoice, multipleChoice, trueFalse, shortAnswer, numeric } = question;
  if (singleChoice) return singleChoice.choices.find((choice) => choice.correct)?.key ?? "";
  if (multipleChoice)
    return multipleChoice.choices.filter((choice) => choice.correct).map((choice) => choice.key);
  if (trueFalse) return String(trueFalse.answer);
  if (shortAnswer) return shortAnswer.accepted[0] ?? "";
  return String(numeric?.answer ?? "");
}

export interface Attempt {
  /** `/attempts/<id>` */
  readonly path: string;
  readonly result: Page;
}

/** Takes a quiz from its start page to the result. Throws when a page on the way is not what it should be. */
export async function takeQuiz(
  visitor: Visitor,
  course: string,
  item: string,
  answers: Readonly<Record<string, string | readonly string[]>>,
): Promise<Attempt> {
  const start = await visitor.get(`/courses/${course}/items/${item}`);
  const attempt = await visitor.submit(start, "/attempt/start");
  const result = await visitor.submit(attempt, "/attempt/submit", answers);
  if (result.status !== 200 || !/^\/attempts\/\d+/.test(result.path))
    throw new Error(
      `handing in ${course}/${item} led to ${result.path}, HTTP ${result.status}: ${textOf(result.html).slice(0, 300)}`,
    );
  return { path: result.path, result };
}

/** Marks an item as done, as the button under a lesson does. */
export async function finishItem(visitor: Visitor, course: string, item: string): Promise<void> {
  const page = await visitor.get(`/courses/${course}/items/${item}`);
  const after = await visitor.submit(page, "/done");
  if (after.status !== 200) throw new Error(`marking ${course}/${item} as done: HTTP ${after.status}`);
}
