// The result of an attempt and, as far as the quiz allows, what was right.
import type { ResultRow } from "../../quizzes/pages.ts";
import type { QuestionResult, ReviewedChoice, ReviewedQuestion } from "../../quizzes/review.ts";
import { icon, type IconName } from "../components/icons.ts";
import {
  badge,
  breadcrumb,
  csrfField,
  itemHref,
  linkButton,
  notice,
  progressRing,
  type Tone,
  inLanguage,
} from "../components/parts.ts";
import { percentText, plural, pointsText } from "../format.ts";
import type { SignedInFrame } from "../frame.ts";
import { type Content, html, type Html, rendered } from "../html.ts";
import type { Page } from "../shell.ts";

export interface ResultView {
  readonly attempt: ResultRow & { readonly percent: number };
  readonly questions: readonly ReviewedQuestion[];
  /** Right answers are shown. */
  readonly open: boolean;
  readonly mayTryAgain: boolean;
}

export function resultPage(frame: SignedInFrame, view: ResultView): Page {
  const { attempt, questions, open } = view;
  const passed = attempt.passed === true;
  const crumbs = [{ href: `/courses/${attempt.course_key}`, text: attempt.course_title }];
  if (!attempt.item_archived)
    crumbs.push({ href: itemHref(attempt.course_key, attempt.item_key), text: attempt.item_title });
  return {
    title: `Result · ${attempt.item_title}`,
    section: "grades",
    layout: "narrow",
    noIndex: true,
    body: html`${breadcrumb(crumbs)}
      <h1>${attempt.item_title}</h1>
      <p class="facts">
        ${!attempt.mine && html`<span>${icon("people")} ${attempt.learner}</span>`}
        <span>Attempt ${attempt.number}</span>
        ${attempt.submitted_at && html`<span>Handed in ${frame.dates.time(attempt.submitted_at)}</span>`}
      </p>
      <section class="score ${passed ? "good" : "bad"}" aria-label="Result">
        ${progressRing(attempt.percent, percentText(attempt.percent), passed ? "good" : "bad")}
        <div>
          <p class="verdict">${passed ? "Passed" : "Not passed"}</p>
          <p>
            ${pointsText(attempt.points ?? 0)} of ${plural(attempt.max_points ?? 0, "point")}.
            ${attempt.quiz.passPercent}% is needed to pass.
          </p>
          ${attempt.mine && whatNow(frame, view)}
        </div>
      </section>
      ${attempt.item_archived && notice("quiet", "This quiz is no longer part of the course. The attempt is kept.")}
      ${
        !attempt.item_archived &&
        attempt.current_revision === false &&
        notice("quiet", "The quiz was edited since. The attempt is shown and graded as the quiz was then.")
      }
      ${!open && notice("info", closed(attempt))}
      <h2>${open ? "Answers" : attempt.mine ? "Your answers" : "Answers given"}</h2>
      <div ${inLanguage(attempt.language)}>
        ${questions.map((question) => reviewed(question, attempt.mine))}
      </div>`,
  };
}

const closed = ({ quiz }: ResultRow): string =>
  quiz.review === "Never"
    ? "Right answers of this quiz are not shown."
    : "Right answers are shown once you have passed the quiz.";

function whatNow({ session }: SignedInFrame, { attempt, mayTryAgain }: ResultView): Html {
  const item = itemHref(attempt.course_key, attempt.item_key);
  return html`<div class="actions">
    ${
      attempt.next_key !== null &&
      attempt.passed === true &&
      linkButton(itemHref(attempt.course_key, attempt.next_key), html`Go on ${icon("arrow")}`)
    }
    ${
      mayTryAgain &&
      html`<form method="post" action="${item}/attempt/start">
        ${csrfField(session.csrf)}
        <button class="button ${attempt.passed === true ? "plain" : "primary"}" type="submit">
          Try again
        </button>
      </form>`
    }
    ${!attempt.item_archived && linkButton(item, "Back to the quiz", "plain")}
  </div>`;
}

const RESULTS: Record<QuestionResult, { tone: Tone; icon: IconName; text: string }> = {
  Right: { tone: "good", icon: "check", text: "Right" },
  Partly: { tone: "warn", icon: "half", text: "Partly right" },
  Wrong: { tone: "bad", icon: "cross", text: "Wrong" },
  Unanswered: { tone: "quiet", icon: "half", text: "Not answered" },
};

function reviewed(question: ReviewedQuestion, mine: boolean): Html {
  const result = question.result && RESULTS[question.result];
  const points =
    question.points === undefined
      ? plural(question.maxPoints, "point")
      : `${pointsText(question.points)} of ${plural(question.maxPoints, "point")}`;
  return html`<section class="question" aria-labelledby="question-${question.number}">
    <div class="legend">
      <h3 id="question-${question.number}">Question ${question.number}</h3>
      ${result && badge(result.tone, html`${icon(result.icon)} ${result.text}`)}
      <span class="points">${points}</span>
    </div>
    <div class="prose">${rendered(question.prompt)}</div>
    ${
      question.choices.length > 0 &&
      html`<ul class="choices">
        ${question.choices.map((choice) => reviewedChoice(choice, mine))}
      </ul>`
    }
    ${
      question.typed !== undefined &&
      html`<p class="given">
        <span class="muted">${mine ? "You answered" : "Answered"}</span>
        ${question.typed === "" ? html`<em>nothing</em>` : html`<q>${question.typed}</q>`}
      </p>`
    }
    ${
      question.rightAnswers &&
      question.rightAnswers.length > 0 &&
      question.result !== "Right" &&
      html`<p class="given"><span class="muted">Right answer</span> ${question.rightAnswers.join(" or ")}</p>`
    }
    ${
      question.explanation !== undefined &&
      question.explanation !== "" &&
      html`<div class="explanation prose">${rendered(question.explanation)}</div>`
    }
  </section>`;
}

function reviewedChoice(choice: ReviewedChoice, mine: boolean): Html {
  const tone = choice.correct === true ? "right" : choice.chosen && choice.correct === false ? "wrong" : "";
  const words: Content[] = [
    choice.chosen && (mine ? "Your answer" : "Chosen"),
    choice.correct === true && (choice.chosen ? "right" : "Right answer"),
    choice.correct === false && choice.chosen && "wrong",
  ].filter((word) => word !== false);
  return html`<li class="${tone} ${choice.chosen && "chosen"}">
    <span class="dot"
      >${choice.correct === true ? icon("check") : choice.chosen ? icon(tone === "wrong" ? "cross" : "check") : null}</span
    >
    <span class="text"
      >${rendered(choice.html)}
      ${choice.feedback !== undefined && choice.feedback !== "" && html`<span class="feedback">${rendered(choice.feedback)}</span>`}</span
    >
    ${words.length > 0 && html`<span class="tag">${words.map((word, i) => html`${i > 0 && ", "}${word}`)}</span>`}
  </li>`;
}
