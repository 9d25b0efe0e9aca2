// The start page of a quiz: what awaits one, the attempts so far, the button.
import type { Access } from "../../catalog/access.ts";
import type { ItemRow, QuizRules } from "../../catalog/item.ts";
import type { AttemptFacts } from "../../catalog/mine.ts";
import { icon } from "../components/icons.ts";
import { badge, csrfField, itemHref, linkButton, notice } from "../components/parts.ts";
import { minutesText, percentText, plural, pointsText } from "../format.ts";
import type { SignedInFrame } from "../frame.ts";
import { type Content, html, type Html, rendered } from "../html.ts";

export function quizStart(frame: SignedInFrame, item: ItemRow, access: Access): Content {
  const { quiz } = item;
  if (quiz === null) return null;
  return html`${item.html !== "" && html`<div class="prose">${rendered(item.html)}</div>`}
    <dl class="quiz-facts">
      ${fact("Questions", quiz.questions)}
      ${fact("Time", quiz.timeLimitMinutes === null ? "No limit" : minutesText(quiz.timeLimitMinutes))}
      ${fact("To pass", `${quiz.passPercent}%`)}
      ${fact("Attempts", quiz.attemptsAllowed === 0 ? "As many as you like" : quiz.attemptsAllowed)}
      ${quiz.weight === 0 && fact("Grade", "Practice: does not count")}
    </dl>
    ${start(frame, item, quiz, access)} ${item.attempts.length > 0 && attempts(frame, item.attempts)}`;
}

const fact = (name: string, value: Content): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;

function start({ session, dates }: SignedInFrame, item: ItemRow, quiz: QuizRules, access: Access): Content {
  const attempt = `${itemHref(item.course_key, item.key)}/attempt`;
  const open = item.attempts.find((one) => one.submittedAt === null);
  switch (access.work) {
    case "NotALearner":
      return notice(
        "info",
        "You can look at this course but do not take part in it, so you cannot take its quizzes.",
      );
    case "NotYetOpen":
      return notice("info", "The quiz opens with the course.");
    case "Closed":
      return notice("quiet", "The course is closed: no further attempts.");
    case "Open":
      break;
  }
  if (open)
    return html`<div class="start">
      ${linkButton(attempt, html`Continue attempt ${open.number} ${icon("arrow")}`)}
      <p class="muted">Begun ${dates.time(open.startedAt)}. Your saved answers are there.</p>
    </div>`;
  const left = quiz.attemptsAllowed - item.attempts.length;
  if (quiz.attemptsAllowed > 0 && left <= 0)
    return notice("quiet", "You have used all your attempts at this quiz.");
  return html`<form class="start" method="post" action="${attempt}/start">
    ${csrfField(session.csrf)}
    <button class="button primary" type="submit">
      ${item.attempts.length === 0 ? "Start the quiz" : "Try again"} ${icon("arrow")}
    </button>
    <p class="muted">
      ${quiz.timeLimitMinutes !== null && "The clock starts at once and does not stop. "}
      ${quiz.attemptsAllowed > 0 && `${plural(left, "attempt")} left. `}Answers are saved as you go.
    </p>
  </form>`;
}

function attempts({ dates }: SignedInFrame, list: readonly AttemptFacts[]): Html {
  return html`<section aria-labelledby="attempts">
    <h2 id="attempts">Your attempts</h2>
    <div class="table" tabindex="0" role="region" aria-label="Attempts, newest first">
      <table>
        <thead>
          <tr>
            <th scope="col">Attempt</th>
            <th scope="col">Handed in</th>
            <th scope="col">Points</th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          ${list.toReversed().map(
            (one) =>
              html`<tr>
                <th scope="row">
                  ${one.submittedAt === null ? one.number : html`<a href="/attempts/${one.id}">${one.number}</a>`}
                </th>
                <td>${one.submittedAt === null ? "In progress" : dates.time(one.submittedAt)}</td>
                <td>
                  ${one.points !== null && `${pointsText(one.points)} of ${pointsText(one.maxPoints ?? 0)}`}
                </td>
                <td>
                  ${one.percent !== null && badge(one.passed === true ? "good" : "bad", percentText(one.percent))}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}
