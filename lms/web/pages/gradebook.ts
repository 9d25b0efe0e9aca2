// The gradebook of a course for those who look after it.
import { gradebookLines, type GradebookCell, type GradebookLine } from "../../grades/gradebook.ts";
import type { GradebookRow } from "../../grades/pages.ts";
import { icon } from "../components/icons.ts";
import { badge, breadcrumb, courseHref, emptyState, linkButton, pagination } from "../components/parts.ts";
import { percentText, plural } from "../format.ts";
import type { SignedInFrame } from "../frame.ts";
import { type Content, html, type Html } from "../html.ts";
import type { Page } from "../shell.ts";

export const GRADEBOOK_PAGE_SIZE = 50;

export interface GradebookView {
  readonly course: GradebookRow;
  readonly descending: boolean;
  readonly page: number;
}

export function gradebookPage(_frame: SignedInFrame, { course, descending, page }: GradebookView): Page {
  const here = `${courseHref(course.key)}/gradebook`;
  const href = (to: number, down: boolean): string => {
    const query = new URLSearchParams({
      ...(down && { order: "desc" }),
      ...(to > 1 && { page: String(to) }),
    });
    return query.size === 0 ? here : `${here}?${query.toString()}`;
  };
  const policy = { Highest: "best attempt", Latest: "latest attempt", First: "first attempt" }[
    course.graded_attempt
  ];
  return {
    title: `Gradebook · ${course.title}`,
    section: "dashboard",
    layout: "wide",
    noIndex: true,
    body: html`${breadcrumb([{ href: courseHref(course.key), text: course.title }])}
      <div class="head-row">
        <div>
          <h1>Gradebook</h1>
          <p class="lead">
            ${plural(course.total, "learner")}. The ${policy} counts; ${course.pass_percent}% passes.
          </p>
        </div>
        ${course.total > 0 && linkButton(`${here}.csv`, html`${icon("download")} Download CSV`, "plain")}
      </div>
      ${
        course.total === 0
          ? emptyState({
              icon: "people",
              title: "No learners yet",
              text: "Learners appear here as soon as they join the course or are put in it.",
            })
          : html`<div class="table book" tabindex="0" role="region" aria-label="Gradebook">
                <table>
                  <thead>
                    <tr>
                      <th scope="col" aria-sort="${descending ? "descending" : "ascending"}">
                        <a class="sort" href="${href(1, !descending)}">Name ${descending ? "↓" : "↑"}</a>
                      </th>
                      <th scope="col">Course grade</th>
                      <th scope="col">Progress</th>
                      ${course.quizzes.map(
                        (quiz) =>
                          html`<th scope="col">
                            ${quiz.title}
                            ${
                              quiz.archived
                                ? html`<span class="muted">archived</span>`
                                : html`<span class="muted"
                                    >${quiz.weight === 0 ? "practice" : `weight ${quiz.weight}`}</span
                                  >`
                            }
                          </th>`,
                      )}
                    </tr>
                  </thead>
                  <tbody>
                    ${gradebookLines(course).map((line) => row(course, line))}
                  </tbody>
                </table>
              </div>
              ${pagination(page, Math.ceil(course.total / GRADEBOOK_PAGE_SIZE), (to) => href(to, descending))}`
      }`,
  };
}

function row(course: GradebookRow, { learner, grade, completed, cells }: GradebookLine): Html {
  return html`<tr>
    <th scope="row">
      ${learner.displayName} ${!learner.active && badge("quiet", "No longer in the course")}
    </th>
    <td>
      ${
        grade.percent === null || grade.taken === 0
          ? html`<span class="muted">not yet</span>`
          : badge(
              grade.passed === true ? "good" : grade.taken < grade.counting ? "info" : "bad",
              percentText(grade.percent),
            )
      }
    </td>
    <td>
      ${learner.done} of ${course.required}
      ${completed && html`<span class="tick">${icon("check")}<span class="hidden">Completed</span></span>`}
    </td>
    ${cells.map((cell) => html`<td>${quizCell(learner.displayName, cell)}</td>`)}
  </tr>`;
}

function quizCell(name: string, { quiz, counting, attempts, inProgress }: GradebookCell): Content {
  return [
    counting
      ? html`<a href="/attempts/${counting.id}"
          ><span class="hidden">${name}, ${quiz.title}:</span>${percentText(counting.percent)}</a
        >`
      : html`<span class="muted">${inProgress ? "in progress" : "not yet"}</span>`,
    attempts > 1 && html` <span class="muted">${attempts}×</span>`,
  ];
}
