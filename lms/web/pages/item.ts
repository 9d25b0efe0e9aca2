// An item of a course: a lesson to read, a link, a file, the start of a quiz. The outline stands beside it.
import type { Access } from "../../catalog/access.ts";
import type { ItemRow } from "../../catalog/item.ts";
import { icon, KINDS } from "../components/icons.ts";
import { sideOutline } from "../components/outline.ts";
import {
  badge,
  breadcrumb,
  courseHref,
  csrfField,
  fileHref,
  itemHref,
  notice,
  inLanguage,
} from "../components/parts.ts";
import { bytesText, minutesText } from "../format.ts";
import type { SignedInFrame } from "../frame.ts";
import { type Content, html, type Html, rendered } from "../html.ts";
import type { Page } from "../shell.ts";
import { quizStart } from "./quiz-start.ts";

export function itemPage(frame: SignedInFrame, item: ItemRow, access: Access): Page {
  const position = item.items.findIndex((one) => one.key === item.key);
  const module = item.modules.find((one) => one.key === item.items[position]?.module);
  return {
    title: `${item.title} · ${item.course_title}`,
    section: "dashboard",
    layout: "wide",
    noIndex: true,
    body: html`<div class="reader">
      ${sideOutline({ course: item.course_key, modules: item.modules, items: item.items, marked: access.work !== "NotALearner" }, item.key)}
      <article ${inLanguage(item.language)}>
        ${breadcrumb([{ href: courseHref(item.course_key), text: item.course_title }])}
        <p class="eyebrow">${module && html`${module.title} · `}${KINDS[item.kind].name}</p>
        <h1>${item.title}</h1>
        <p class="facts">
          ${item.minutes !== null && html`<span>${icon("clock")} ${minutesText(item.minutes)}</span>`}
          ${item.optional && badge("quiet", "Optional")}
          ${item.done && badge("good", html`${icon("check")} Done`)}
        </p>
        ${item.kind !== "quiz" && item.html !== "" && html`<div class="prose">${rendered(item.html)}</div>`}
        ${content(frame, item, access)}
        <footer class="item-end">
          ${item.kind !== "quiz" && marking(frame, item, access)} ${neighbours(item, position)}
        </footer>
      </article>
    </div>`,
  };
}

function content(frame: SignedInFrame, item: ItemRow, access: Access): Content {
  switch (item.kind) {
    case "lesson":
      return null;
    case "quiz":
      return quizStart(frame, item, access);
    case "link":
      return (
        item.link_url !== null &&
        html`<a class="target" href="${item.link_url}" rel="noopener noreferrer">
          ${icon("link")}
          <span
            ><strong>Open ${new URL(item.link_url).hostname}</strong
            ><span class="muted">${item.link_url}</span></span
          >
        </a>`
      );
    case "file":
      return (
        item.file_path !== null &&
        html`<a class="target" href="${fileHref(item.course_key, item.file_path)}" download>
          ${icon("download")}
          <span
            ><strong>Download ${item.file_path.split("/").at(-1)}</strong
            ><span class="muted"
              >${item.file_type}${item.file_bytes !== null && `, ${bytesText(item.file_bytes)}`}</span
            ></span
          >
        </a>`
      );
  }
}

/** The mark that one is done with it, and the way on in one step. */
function marking({ session }: SignedInFrame, item: ItemRow, access: Access): Content {
  if (access.work !== "Open")
    return access.work === "Closed" && !item.done
      ? notice("quiet", "The course is closed: marks and attempts do not count any more.")
      : null;
  return html`<form class="marking" method="post" action="${itemHref(item.course_key, item.key)}/done">
    ${csrfField(session.csrf)}
    ${
      item.done
        ? html`<input type="hidden" name="done" value="no" /> <span class="mark done">${icon("check")}</span>
            <span>Done</span> <button class="link" type="submit">Not done after all</button>`
        : html`<input type="hidden" name="done" value="yes" />
            <button class="button primary" type="submit">${icon("check")} Mark as done and go on</button>`
    }
  </form>`;
}

function neighbours(item: ItemRow, position: number): Html {
  const previous = item.items[position - 1];
  const next = item.items[position + 1];
  return html`<nav class="neighbours" aria-label="Neighbouring items">
    ${
      previous &&
      html`<a class="previous" href="${itemHref(item.course_key, previous.key)}" rel="prev"
        >${icon("back")}<span><span class="muted">Previous</span>${previous.title}</span></a
      >`
    }
    ${
      next
        ? html`<a class="following" href="${itemHref(item.course_key, next.key)}" rel="next"
            ><span><span class="muted">Next</span>${next.title}</span>${icon("arrow")}</a
          >`
        : html`<a class="following" href="${courseHref(item.course_key)}"
            ><span><span class="muted">That was the last item</span>Back to the course</span
            >${icon("arrow")}</a
          >`
    }
  </nav>`;
}
