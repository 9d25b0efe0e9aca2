// Taking a quiz: every question on one page, saved as one goes, complete without a script.
import type { Question } from "../../../api/index.ts";
import { fieldOf } from "../../quizzes/answers.ts";
import type { Answer } from "../../quizzes/grade.ts";
import { inAttemptOrder } from "../../quizzes/order.ts";
import type { OpenAttemptRow } from "../../quizzes/pages.ts";
import { choicesOf } from "../../quizzes/review.ts";
import { icon } from "../components/icons.ts";
import { breadcrumb, csrfField, itemHref, inLanguage } from "../components/parts.ts";
import { plural } from "../format.ts";
import type { SignedInFrame } from "../frame.ts";
import { type Content, html, type Html, rendered } from "../html.ts";
import type { Page } from "../shell.ts";

export function attemptPage(frame: SignedInFrame, attempt: OpenAttemptRow): Page {
  const here = `${itemHref(attempt.course_key, attempt.item_key)}/attempt`;
  const questions = inAttemptOrder(attempt.quiz, attempt.seed);
  return {
    title: `${attempt.item_title} · Attempt ${attempt.number}`,
    section: "dashboard",
    layout: "narrow",
    noIndex: true,
    body: html`${breadcrumb([
        { href: `/courses/${attempt.course_key}`, text: attempt.course_title },
        { href: itemHref(attempt.course_key, attempt.item_key), text: attempt.item_title },
      ])}
      <h1>${attempt.item_title}</h1>
      <p class="facts">
        <span>Attempt ${attempt.number}</span><span>${plural(questions.length, "question")}</span>
        <span>${attempt.quiz.passPercent}% to pass</span>
      </p>
      <form
        class="quiz"
        method="post"
        action="${here}/submit"
        data-autosave="${here}/save"
        ${inLanguage(attempt.language)}
      >
        ${csrfField(frame.session.csrf)} <input type="hidden" name="attempt" value="${attempt.id}" />
        ${clock(frame, attempt)} ${questions.map((question, i) => asked(attempt, question, i + 1))}
        <div class="hand-in">
          <button class="button primary" type="submit">Hand in</button>
          <button class="button plain" type="submit" formaction="${here}/save">
            Save and come back later
          </button>
          <p class="muted" role="status" data-save-state></p>
        </div>
      </form>`,
  };
}

/** A course that ends in a month puts nobody under pressure today. */
const SOON_MS = 24 * 3_600_000;

/** The time left; the script counts it down, without it the end stands there in words. */
function clock({ dates }: SignedInFrame, { left_ms: leftMs }: OpenAttemptRow): Content {
  if (leftMs === null || leftMs > SOON_MS) return null;
  return html`<p class="clock" data-left-ms="${leftMs}">
    ${icon("clock")}<span data-clock>Hand in by ${dates.time(new Date(Date.now() + leftMs))}</span>
  </p>`;
}

function asked({ rendered: texts, answers }: OpenAttemptRow, question: Question, number: number): Html {
  const { key } = question;
  return html`<fieldset class="question" id="question-${number}" aria-describedby="prompt-${number}">
    <legend>
      <span>Question ${number}</span> <span class="points">${plural(question.points, "point")}</span>
    </legend>
    <div class="prose" id="prompt-${number}">${rendered(texts[key]?.prompt ?? "")}</div>
    ${
      question.shortAnswer || question.numeric
        ? typed(question, number, answers[key])
        : chosen(question, texts[key]?.choices ?? {}, answers[key])
    }
  </fieldset>`;
}

function chosen(
  question: Question,
  texts: Readonly<Record<string, { readonly text: string }>>,
  answer: Answer | undefined,
): Html {
  const given = new Set(typeof answer === "string" ? [answer] : (answer ?? []));
  const type = question.multipleChoice ? "checkbox" : "radio";
  return html`${question.multipleChoice && html`<p class="hint">Choose all that apply.</p>`}
    <div class="choices">
      ${choicesOf(question).map(
        (choice) =>
          html`<label
            ><input
              type="${type}"
              name="${fieldOf(question.key)}"
              value="${choice.key}"
              ${given.has(choice.key) && html`checked`}
            /><span>${texts[choice.key] ? rendered(texts[choice.key]?.text ?? "") : choice.text}</span></label
          >`,
      )}
    </div>`;
}

function typed({ key, numeric }: Question, number: number, answer: Answer | undefined): Html {
  return html`<p class="typed">
    <label for="answer-${number}">Your answer</label>
    <span
      ><input
        id="answer-${number}"
        type="text"
        name="${fieldOf(key)}"
        value="${typeof answer === "string" ? answer : ""}"
        ${numeric ? html`inputmode="decimal" class="number"` : html`maxlength="500"`}
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        aria-describedby="prompt-${number}"
      />${numeric?.unit !== undefined && html`<span class="unit">${numeric.unit}</span>`}</span
    >
  </p>`;
}
