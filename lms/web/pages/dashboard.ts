// A person's start page.
import type { LearningCourse, TaughtCourse } from "../../catalog/dashboard.ts";
import { courseGrade, isCompleted } from "../../grades/course-grade.ts";
import { learningCard } from "../components/cards.ts";
import { icon, KINDS } from "../components/icons.ts";
import {
  badge,
  courseHref,
  cover,
  emptyState,
  itemHref,
  linkButton,
  progressRing,
} from "../components/parts.ts";
import type { SignedInFrame } from "../frame.ts";
import { type Content, html, type Html } from "../html.ts";
import type { Page } from "../shell.ts";

export interface DashboardView {
  readonly learning: readonly LearningCourse[];
  readonly teaching: readonly TaughtCourse[];
}

export function dashboardPage(frame: SignedInFrame, { learning, teaching }: DashboardView): Page {
  const completed = new Set(learning.filter(hasCompleted));
  const [latest] = learning.filter(
    (course) => course.lastWorkAt !== null && course.next !== null && !completed.has(course),
  );
  const name = frame.session.displayName;
  return {
    title: "My courses",
    section: "dashboard",
    layout: "wide",
    body: html`<h1>${latest ? "Welcome back" : "Welcome"}, ${name}</h1>
      ${latest && goOn(latest)}
      ${
        learning.length > 0 &&
        html`<section aria-labelledby="mine">
          <h2 id="mine">My courses</h2>
          <ul class="cards">
            ${learning.map((course) => learningCard(frame, course, completed.has(course)))}
          </ul>
        </section>`
      }
      ${teaching.length > 0 && taught(teaching)}
      ${
        learning.length === 0 &&
        teaching.length === 0 &&
        emptyState({
          icon: "book",
          title: "You have no courses yet",
          text: "Courses you join, and those somebody puts you in, appear here.",
          action: linkButton("/catalog", "Browse the catalog"),
        })
      }`,
  };
}

function hasCompleted(course: LearningCourse): boolean {
  const rule = { attempt: course.gradedAttempt, passPercent: course.passPercent };
  return isCompleted(course.completion, course, courseGrade(course.quizzes, rule));
}

/** The course worked on last, one click from the next item. */
function goOn(course: LearningCourse): Content {
  const { next } = course;
  if (next === null) return null;
  const percent = course.required === 0 ? 0 : (100 * course.done) / course.required;
  const kind = KINDS[next.kind as keyof typeof KINDS];
  return html`<section class="go-on" aria-labelledby="go-on">
    <div class="cover">${cover(course)}</div>
    <div class="go-on-body">
      <p class="eyebrow">Continue where you left off</p>
      <h2 id="go-on"><a href="${courseHref(course.key)}">${course.title}</a></h2>
      <p class="next-item">${icon(kind.icon)} <span>Next: ${next.title}</span></p>
      ${linkButton(itemHref(course.key, next.key), html`Continue ${icon("arrow")}`)}
    </div>
    ${progressRing(percent, `${course.done} of ${course.required} items done`)}
  </section>`;
}

function taught(courses: readonly TaughtCourse[]): Html {
  return html`<section aria-labelledby="taught">
    <h2 id="taught">Courses you look after</h2>
    <ul class="rows box">
      ${courses.map(
        (course) =>
          html`<li>
            <a href="${courseHref(course.key)}">${course.title}</a>
            ${course.visibility !== "Listed" && badge(course.visibility === "Draft" ? "warn" : "quiet", course.visibility)}
            ${
              course.gradebook &&
              html`<a class="end" href="${courseHref(course.key)}/gradebook"
                >Gradebook<span class="hidden"> of ${course.title}</span></a
              >`
            }
          </li>`,
      )}
    </ul>
  </section>`;
}
