// The HTML of a quiz's texts, made once when a course is applied and kept in quiz_revision.rendered.
import type { Quiz } from "../../api/index.ts";
import { type FileUrl, renderInline, renderMarkdown } from "../content/index.ts";

export interface RenderedChoice {
  readonly text: string;
  /** Empty when the choice has none. */
  readonly feedback: string;
}

export interface RenderedQuestion {
  readonly prompt: string;
  /** Empty when the question has none. */
  readonly explanation: string;
  /** By choice key; empty for questions without choices. */
  readonly choices: Readonly<Record<string, RenderedChoice>>;
}

/** HTML by question key. */
export type RenderedQuiz = Readonly<Record<string, RenderedQuestion>>;

/** Renders every text of a quiz's questions; its instructions are the item's own text. */
export function renderQuiz(quiz: Quiz, fileUrl: FileUrl): RenderedQuiz {
  // A question stands under the quiz's title (h1) and its own number (h2).
  const block = (markdown: string | undefined): string =>
    markdown === undefined ? "" : renderMarkdown(markdown, { fileUrl, topHeading: 3 });
  const line = (markdown: string | undefined): string =>
    markdown === undefined ? "" : renderInline(markdown);
  return Object.fromEntries(
    quiz.questions.map((question) => {
      const choices = question.singleChoice?.choices ?? question.multipleChoice?.choices ?? [];
      return [
        question.key,
        {
          prompt: block(question.prompt),
          explanation: block(question.explanation),
          choices: Object.fromEntries(
            choices.map((choice) => [
              choice.key,
              { text: line(choice.text), feedback: line(choice.feedback) },
            ]),
          ),
        },
      ];
    }),
  );
}
