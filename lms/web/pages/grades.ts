// A learner's grades: every course, every attempt.
import { countingAttempt, courseGrade, isCompleted } from "../../grades/course-grade.ts";
import type { GradesCourse } from "../../grades/pages.ts";
import type { QuizFacts } from "../../catalog/mine.ts";
import { icon } from "../components/icons.ts";
import { badge, courseHref, emptyState, itemHref, linkButton } from "../components/parts.ts";
import { percentText } from "../format.ts";
import type { SignedInFrame } from "../frame.ts";
import { type Content, html, type Html } from "../html.ts";
import type { Page } from "../shell.ts";

export function gradesPage(_frame: SignedInFrame, courses: readonly GradesCourse[]): Page {
  return {
    title: "Grades",
    section: "grades",
    layout: "wide",
    body: html`<h1>Grades</h1>
      ${
        courses.length === 0
          ? emptyState({
              icon: "list",
              title: "No grades yet",
              text: "As soon as you learn in a course, its quizzes and grades appear here.",
              action: linkButton("/catalog", "Browse the catalog"),
            })
          : courses.map(courseCard)
      }`,
  };
}

function courseCard(course: GradesCourse): Html {
  const grade = courseGrade(course.quizzes, {
    attempt: course.gradedAttempt,
    passPercent: course.passPercent,
  });
  const completed = isCompleted(course.completion, course, grade);
  return html`<section class="panel grade-card" id="${course.key}" aria-labelledby="grade-${course.key}">
    <div class="head-row">
      <div>
        <h2 id="grade-${course.key}">
          ${course.archived ? course.title : html`<a href="${courseHref(course.key)}">${course.title}</a>`}
        </h2>
        <p class="facts">
          ${course.archived && badge("quiet", "Archived")}
          ${completed && badge("good", html`${icon("check")} Completed`)}
          <span>${course.done} of ${course.required} items done</span>
          ${grade.counting > 0 && html`<span>${grade.taken} of ${grade.counting} graded quizzes taken</span>`}
        </p>
      </div>
      ${
        grade.percent !== null &&
        html`<p class="grade">
          <span class="muted">Course grade</span>
          ${
            grade.taken === 0
              ? html`<strong class="not-yet">not yet</strong>`
              : html`<strong>${percentText(grade.percent)}</strong>
                  ${verdict(grade.passed === true, grade.taken < grade.counting)}`
          }
        </p>`
      }
    </div>
    ${course.quizzes.length > 0 && quizTable(course)}
  </section>`;
}

/** A grade that can still rise is not called failed. */
function verdict(passed: boolean, unfinished: boolean): Html {
  if (passed) return badge("good", "Passed");
  return unfinished ? badge("info", "So far") : badge("bad", "Not passed");
}

function quizTable(course: GradesCourse): Html {
  const policy = { Highest: "best", Latest: "latest", First: "first" }[course.gradedAttempt];
  return html`<div class="table" tabindex="0" role="region" aria-label="Quizzes of ${course.title}">
    <table>
      <thead>
        <tr>
          <th scope="col">Quiz</th>
          <th scope="col">Weight</th>
          <th scope="col">Attempts</th>
          <th scope="col">Counts (${policy})</th>
        </tr>
      </thead>
      <tbody>
        ${course.quizzes.map((quiz) => quizRow(course, quiz))}
      </tbody>
    </table>
  </div>`;
}

function quizRow(course: GradesCourse, quiz: QuizFacts): Html {
  const counting = countingAttempt(quiz.attempts, course.gradedAttempt);
  const gone = quiz.archived || course.archived;
  return html`<tr ${quiz.archived && html`class="history"`}>
    <th scope="row">
      ${gone ? quiz.title : html`<a href="${itemHref(course.key, quiz.key)}">${quiz.title}</a>`}
      ${quiz.archived && badge("quiet", "No longer in the course")}
    </th>
    <td>${quiz.archived ? "–" : quiz.weight === 0 ? "Practice" : quiz.weight}</td>
    <td>
      ${
        quiz.attempts.length === 0
          ? html`<span class="muted">not yet</span>`
          : html`<ul class="tries">
              ${quiz.attempts.map((attempt) => html`<li>${attemptLink(course, quiz, attempt)}</li>`)}
            </ul>`
      }
    </td>
    <td>
      ${
        counting
          ? badge(counting.percent >= quiz.passPercent ? "good" : "bad", percentText(counting.percent))
          : html`<span class="muted">not yet</span>`
      }
    </td>
  </tr>`;
}

function attemptLink(course: GradesCourse, quiz: QuizFacts, attempt: QuizFacts["attempts"][number]): Content {
  if (attempt.percent !== null)
    return html`<a href="/attempts/${attempt.id}"
      ><span class="hidden">Attempt ${attempt.number} at ${quiz.title}:</span
      >${percentText(attempt.percent)}</a
    >`;
  return quiz.archived || course.archived
    ? "open"
    : html`<a href="${itemHref(course.key, quiz.key)}/attempt">in progress</a>`;
}
