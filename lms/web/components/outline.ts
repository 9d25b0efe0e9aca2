// The outline of a course: as chapters on the course page, and narrow beside a lesson.
import type { OutlineItem, OutlineModule } from "../../catalog/mine.ts";
import { minutesText } from "../format.ts";
import { type Content, html, type Html, rendered } from "../html.ts";
import { icon, KINDS } from "./icons.ts";
import { itemHref } from "./parts.ts";

export interface Outline {
  readonly course: string;
  readonly modules: readonly OutlineModule[];
  readonly items: readonly OutlineItem[];
  /** Whether the visitor learns here, so that it is shown what is done. */
  readonly marked: boolean;
}

const itemsOf = ({ items }: Outline, module: OutlineModule): readonly OutlineItem[] =>
  items.filter((item) => item.module === module.key);

/** Chapters with their summaries; items link when they may be opened, and `extra` says more about one. */
export function chapters(outline: Outline, linked: boolean, extra: (item: OutlineItem) => Content): Html {
  return html`<ol class="chapters">
    ${outline.modules.map(
      (module, index) =>
        html`<li class="chapter">
          <p class="eyebrow">Module ${index + 1}</p>
          <h3>${module.title}</h3>
          ${module.summaryHtml !== "" && html`<div class="prose small">${rendered(module.summaryHtml)}</div>`}
          <ul class="rows">
            ${itemsOf(outline, module).map((item) => row(outline, item, linked, extra(item)))}
          </ul>
        </li>`,
    )}
  </ol>`;
}

function row({ course, marked }: Outline, item: OutlineItem, linked: boolean, extra: Content): Html {
  const kind = KINDS[item.kind];
  return html`<li>
    <span class="kind">${icon(kind.icon)}<span class="hidden">${kind.name}:</span></span>
    ${linked ? html`<a href="${itemHref(course, item.key)}">${item.title}</a>` : html`<span class="name">${item.title}</span>`}
    <span class="end">
      ${extra} ${item.optional && html`<span class="muted">Optional</span>`}
      ${item.minutes !== null && html`<span class="muted">${minutesText(item.minutes)}</span>`}
      ${linked && marked && mark(item)}
    </span>
  </li>`;
}

const mark = (item: OutlineItem): Html =>
  html`<span class="mark ${item.done && "done"}"
    >${item.done && icon("check")}<span class="hidden">${item.done ? "Done" : "Not done"}</span></span
  >`;

/** The outline beside an item; on a phone it folds. */
export function sideOutline(outline: Outline, current: string): Html {
  const required = outline.items.filter((item) => !item.optional);
  const done = required.filter((item) => item.done).length;
  return html`<details class="outline">
    <summary>
      ${icon("list")} Course outline
      ${outline.marked && html`<span class="muted">${done} of ${required.length} done</span>`}
    </summary>
    <nav aria-label="Course outline">
      ${outline.modules.map(
        (module) =>
          html`<h2>${module.title}</h2>
            <ul>
              ${itemsOf(outline, module).map(
                (item) =>
                  html`<li>
                    <a
                      href="${itemHref(outline.course, item.key)}"
                      ${item.key === current && html`aria-current="page"`}
                      >${outline.marked && mark(item)}<span>${item.title}</span></a
                    >
                  </li>`,
              )}
            </ul>`,
      )}
    </nav>
  </details>`;
}
