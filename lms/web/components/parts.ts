// Small parts that many pages are made of.
import { generatedCover } from "../brand/cover.ts";
import { percentText } from "../format.ts";
import { type Content, html, type Html } from "../html.ts";
import { icon, type IconName } from "./icons.ts";

/** The hidden field every form of a signed-in person carries. */
export const csrfField = (csrf: string): Html => html`<input type="hidden" name="csrf" value="${csrf}" />`;

/** The language of a part of the page, where it is known to be another. */
export const inLanguage = (language: string | null): Content => language !== null && html`lang="${language}"`;

export const linkButton = (href: string, text: Content, style: "primary" | "plain" = "primary"): Html =>
  html`<a class="button ${style}" href="${href}">${text}</a>`;

export type Tone = "good" | "bad" | "warn" | "info" | "quiet";

export const badge = (tone: Tone, text: Content): Html => html`<span class="badge ${tone}">${text}</span>`;

/** A bar with its value in words for those who do not see it. */
export const progressBar = (done: number, of: number, label: string): Html =>
  html`<progress
    class="bar"
    max="${Math.max(of, 1)}"
    value="${of === 0 ? 0 : done}"
    aria-label="${label}"
  ></progress>`;

/** A ring filled to a percentage, with the number in its middle. */
export const progressRing = (
  percent: number,
  label: string,
  tone: "accent" | "good" | "bad" = "accent",
): Html =>
  html`<svg class="ring ${tone}" viewBox="0 0 100 100" role="img" aria-label="${label}">
    <circle class="track" cx="50" cy="50" r="43" />
    ${
      percent > 0 &&
      html`<circle
        class="value"
        cx="50"
        cy="50"
        r="43"
        pathLength="100"
        stroke-dasharray="${Math.min(100, percent)} 100"
      />`
    }
    <text x="50" y="50" aria-hidden="true">${percentText(Math.floor(percent))}</text>
  </svg>`;

/** The cover of a course: its own picture or a drawing made of its key. */
export const cover = (course: { readonly key: string; readonly cover: string | null }): Html =>
  course.cover === null
    ? generatedCover(course.key)
    : html`<img
        class="art"
        src="${fileHref(course.key, course.cover)}"
        alt=""
        loading="lazy"
        decoding="async"
      />`;

export const courseHref = (key: string): string => `/courses/${key}`;
export const itemHref = (course: string, item: string): string => `/courses/${course}/items/${item}`;
export const fileHref = (course: string, path: string): string => `/courses/${course}/files/${path}`;

/** What stands where there is nothing: why, and what to do. */
export const emptyState = (state: {
  readonly icon: IconName;
  readonly title: string;
  readonly text: Content;
  readonly action?: Html;
}): Html =>
  html`<div class="empty">
    <span class="empty-icon">${icon(state.icon)}</span>
    <h2>${state.title}</h2>
    <p>${state.text}</p>
    ${state.action}
  </div>`;

export interface Crumb {
  readonly href: string;
  readonly text: string;
}

export const breadcrumb = (crumbs: readonly Crumb[]): Html =>
  html`<nav class="crumbs" aria-label="Breadcrumb">
    <ol>
      ${crumbs.map((crumb) => html`<li><a href="${crumb.href}">${crumb.text}</a></li>`)}
    </ol>
  </nav>`;

/** Links to the pages of a long list; nothing when one page holds it all. */
export function pagination(page: number, pages: number, href: (page: number) => string): Content {
  if (pages <= 1) return null;
  return html`<nav class="pages" aria-label="Pages">
    ${page > 1 ? html`<a class="button plain" href="${href(page - 1)}" rel="prev">${icon("back")} Previous</a>` : null}
    <span>Page ${page} of ${pages}</span>
    ${page < pages ? html`<a class="button plain" href="${href(page + 1)}" rel="next">Next ${icon("arrow")}</a>` : null}
  </nav>`;
}

/** A line about something, in a colour and with an icon that say how it is meant. */
export const notice = (tone: Tone, text: Content): Html => {
  const icons = { good: "check", bad: "cross", warn: "clock", info: "list", quiet: "list" } as const;
  return html`<div class="notice ${tone}">
    ${icon(icons[tone])}
    <div>${text}</div>
  </div>`;
};
