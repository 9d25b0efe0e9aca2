// The course page: what it is, how to join, its outline, how far one is.
import type { Access } from "../../catalog/access.ts";
import type { CourseRow } from "../../catalog/course.ts";
import { progressOf, type OutlineItem } from "../../catalog/mine.ts";
import { countingAttempt, courseGrade, isCompleted } from "../../grades/course-grade.ts";
import { icon } from "../components/icons.ts";
import { chapters } from "../components/outline.ts";
import {
  badge,
  breadcrumb,
  courseHref,
  cover,
  csrfField,
  itemHref,
  linkButton,
  notice,
  progressRing,
  inLanguage,
} from "../components/parts.ts";
import { minutesText, percentText, plural } from "../format.ts";
import type { Frame } from "../frame.ts";
import { type Content, html, type Html, rendered } from "../html.ts";
import { type Page, signInHref } from "../shell.ts";

export function coursePage(frame: Frame, course: CourseRow, access: Access): Page {
  const open = access.content === "Open";
  const learning = access.join === "Member";
  const outline = { course: course.key, modules: course.modules, items: course.items, marked: learning };
  return {
    title: course.title,
    section: "catalog",
    description: course.summary ?? undefined,
    layout: "wide",
    noIndex: course.visibility !== "Listed",
    body: html`${breadcrumb([{ href: "/catalog", text: "Catalog" }, ...categoryCrumb(frame, course)])}
      <div class="course">
        <div class="course-main" ${inLanguage(course.language)}>
          <h1>${course.title}</h1>
          ${course.summary !== null && html`<p class="lead">${course.summary}</p>`}
          ${state(frame, course, access)}
          ${
            course.description_html !== "" &&
            html`<section class="prose" aria-label="About this course">
              ${rendered(course.description_html)}
            </section>`
          }
          <section aria-labelledby="content">
            <h2 id="content">Content</h2>
            ${chapters(outline, open, (item) => (learning && open ? quizBadge(course, item) : null))}
          </section>
        </div>
        <aside class="course-side" aria-label="At a glance">
          <div class="cover">${cover({ key: course.key, cover: course.cover_path })}</div>
          <div class="panel">
            ${learning && open ? progress(course) : null} ${action(frame, course, access)}
            ${facts(frame, course, access)}
            ${
              access.gradebook &&
              html`<p>
                <a class="with-icon" href="${courseHref(course.key)}/gradebook">${icon("list")} Gradebook</a>
              </p>`
            }
          </div>
        </aside>
      </div>`,
  };
}

function categoryCrumb(frame: Frame, course: CourseRow) {
  const category = frame.site.document.categories?.find((one) => one.key === course.category);
  return category ? [{ href: `/catalog?category=${category.key}`, text: category.title }] : [];
}

/** What is special about the course right now. */
function state(frame: Frame, course: CourseRow, access: Access): Content {
  const { opens_at: opens, closes_at: closes } = course;
  return [
    course.visibility === "Draft" &&
      notice("warn", "This course is a draft: only people with a role on it, learners aside, see it."),
    opens !== null &&
      opens > new Date() &&
      notice(
        "info",
        html`This course opens on
        ${frame.dates.time(opens)}.${access.isStaff && " You see it because you look after it."}`,
      ),
    closes !== null &&
      closes <= new Date() &&
      notice(
        "quiet",
        html`This course closed on ${frame.dates.time(closes)}. You can still read what you had access to.`,
      ),
  ];
}

function progress(course: CourseRow): Html {
  const done = progressOf(course.items);
  const grade = courseGrade(course.quizzes, {
    attempt: course.graded_attempt,
    passPercent: course.pass_percent,
  });
  const completed = isCompleted(course.completion, done, grade);
  const percent = done.required === 0 ? 0 : (100 * done.done) / done.required;
  return html`<div class="progress">
    ${progressRing(percent, `${done.done} of ${done.required} items done`, completed ? "good" : "accent")}
    <div>
      <p><strong>${done.done} of ${plural(done.required, "item")} done</strong></p>
      ${
        grade.percent !== null &&
        grade.taken > 0 &&
        html`<p class="muted">
          <a href="/grades#${course.key}"
            >${grade.taken < grade.counting ? "Grade so far" : "Grade"} ${percentText(grade.percent)}</a
          >
        </p>`
      }
      ${completed && badge("good", html`${icon("check")} Completed`)}
    </div>
  </div>`;
}

/** The one thing to do next. */
function action(frame: Frame, course: CourseRow, access: Access): Content {
  if (access.join === "Member" && access.content === "Open") {
    const next =
      course.items.find((item) => !item.done && !item.optional) ?? course.items.find((item) => !item.done);
    const target = next ?? course.items[0];
    if (!target) return null;
    const word = course.items.some((item) => item.done) ? (next ? "Continue" : "Look at it again") : "Start";
    return linkButton(itemHref(course.key, target.key), html`${word} ${icon("arrow")}`);
  }
  if (access.content === "Open") {
    const [first] = course.items;
    return first && linkButton(itemHref(course.key, first.key), html`Look inside ${icon("arrow")}`, "plain");
  }
  switch (access.join) {
    case "Yes":
      return html`<form method="post" action="${courseHref(course.key)}/join">
        ${frame.session && csrfField(frame.session.csrf)}
        <button class="button primary" type="submit">Join this course</button>
      </form>`;
    case "SignInFirst":
      return linkButton(signInHref(courseHref(course.key)), "Sign in to join");
    case "Full":
      return html`<p class="locked">
        ${icon("lock")} <span>The course is full. A place may become free later.</span>
      </p>`;
    case "Closed":
      return html`<p class="locked">
        ${icon("lock")} <span>The course is closed and cannot be joined any more.</span>
      </p>`;
    case "ByInvitation":
      return html`<p class="locked">
        ${icon("lock")} <span>Learners are put in this course by the people who run the site.</span>
      </p>`;
    case "Member":
      return html`<p class="locked">
        ${icon("clock")} <span>You are in. The content opens with the course.</span>
      </p>`;
  }
}

/** Joining is, or was until the last place went, a matter for whoever looks. */
const MAY_CARE_FOR_PLACES: ReadonlySet<Access["join"]> = new Set(["Yes", "SignInFirst", "Full"]);

function facts(frame: Frame, course: CourseRow, access: Access): Html {
  const quizzes = course.items.filter((item) => item.kind === "quiz").length;
  const lessons = course.items.filter((item) => item.kind === "lesson").length;
  const minutes = course.items.reduce((sum, item) => sum + (item.minutes ?? 0), 0);
  const fact = (name: string, value: Content): Html =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;
  return html`<dl class="facts-list">
    ${course.instructors.length > 0 && fact(course.instructors.length === 1 ? "Instructor" : "Instructors", course.instructors.join(", "))}
    ${fact("Content", [plural(lessons, "lesson"), quizzes > 0 && `, ${plural(quizzes, "quiz", "quizzes")}`])}
    ${minutes > 0 && fact("Reading time", minutesText(minutes))}
    ${course.opens_at !== null && fact("Opens", frame.dates.time(course.opens_at))}
    ${course.closes_at !== null && fact("Closes", frame.dates.time(course.closes_at))}
    ${course.capacity !== null && MAY_CARE_FOR_PLACES.has(access.join) && fact("Places", `${Math.max(0, course.capacity - (course.joined_count ?? 0))} of ${course.capacity} free`)}
    ${quizzes > 0 && fact("To pass", `${course.pass_percent}% of the course grade`)}
  </dl>`;
}

function quizBadge(course: CourseRow, item: OutlineItem): Content {
  const quiz = course.quizzes.find((one) => one.key === item.key);
  if (!quiz) return null;
  if (quiz.attempts.some((attempt) => attempt.percent === null)) return badge("info", "In progress");
  const counting = countingAttempt(quiz.attempts, course.graded_attempt);
  return (
    counting && badge(counting.percent >= quiz.passPercent ? "good" : "bad", percentText(counting.percent))
  );
}
