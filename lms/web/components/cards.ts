// Cards of courses: in the catalog and on the front page, and with progress on the dashboard.
import type { CatalogCourse } from "../../catalog/catalog.ts";
import type { LearningCourse } from "../../catalog/dashboard.ts";
import type { Frame } from "../frame.ts";
import { minutesText, plural } from "../format.ts";
import { type Content, html, type Html } from "../html.ts";
import { icon } from "./icons.ts";
import { badge, courseHref, cover, itemHref, progressBar } from "./parts.ts";

/** A card of the catalog; the whole card is the link's target. */
export function catalogCard(frame: Frame, course: CatalogCourse): Html {
  const category = frame.site.document.categories?.find((one) => one.key === course.category);
  return html`<li class="card">
    <div class="cover">${cover(course)}</div>
    <div class="card-body">
      ${category && html`<p class="eyebrow">${category.title}</p>`}
      <h3><a class="stretch" href="${courseHref(course.key)}">${course.title}</a></h3>
      ${course.summary !== null && html`<p class="summary">${course.summary}</p>`}
      <p class="facts">
        <span>${plural(course.items, "item")}</span>
        ${course.minutes > 0 && html`<span>${minutesText(course.minutes)}</span>`} ${standing(frame, course)}
      </p>
    </div>
  </li>`;
}

function standing(frame: Frame, course: CatalogCourse): Content {
  const now = Date.now();
  if (course.learning) return badge("good", "Your course");
  if (course.closesAt !== null && Date.parse(course.closesAt) <= now) return badge("quiet", "Closed");
  if (course.opensAt !== null && Date.parse(course.opensAt) > now)
    return badge("info", html`Opens ${frame.dates.day(course.opensAt)}`);
  return course.enrolment === "Open" ? badge("info", "Open to join") : null;
}

/** A card of somebody's own course: how far, what next. */
export function learningCard(frame: Frame, course: LearningCourse, completed: boolean): Html {
  const opens = course.opensAt !== null && Date.parse(course.opensAt) > Date.now() ? course.opensAt : null;
  return html`<li class="card">
    <div class="cover">${cover(course)}</div>
    <div class="card-body">
      <h3><a class="stretch" href="${courseHref(course.key)}">${course.title}</a></h3>
      ${
        opens !== null
          ? html`<p class="facts">${badge("info", html`Opens ${frame.dates.day(opens)}`)}</p>`
          : html`${progressBar(course.done, course.required, `${course.done} of ${course.required} items done`)}
              <p class="facts">
                <span>${course.done} of ${plural(course.required, "item")}</span>
                ${completed && badge("good", html`${icon("check")} Completed`)}
              </p>
              ${
                course.next !== null &&
                !completed &&
                html`<p class="next">
                  <a href="${itemHref(course.key, course.next.key)}"
                    >${course.done === 0 ? "Start with" : "Next"}: ${course.next.title}</a
                  >
                </p>`
              }`
      }
    </div>
  </li>`;
}
