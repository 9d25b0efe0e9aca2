// The catalog: search, categories, cards.
import { CATALOG_PAGE_SIZE, type CatalogCourse } from "../../catalog/catalog.ts";
import { catalogCard } from "../components/cards.ts";
import { icon } from "../components/icons.ts";
import { emptyState, linkButton, pagination } from "../components/parts.ts";
import { plural } from "../format.ts";
import type { Frame } from "../frame.ts";
import { type Content, html } from "../html.ts";
import type { Page } from "../shell.ts";

export interface CatalogView {
  readonly courses: readonly CatalogCourse[];
  readonly total: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly category: string | undefined;
  readonly words: string;
  readonly page: number;
}

export function catalogPage(frame: Frame, view: CatalogView): Page {
  const chosen = frame.site.document.categories?.find((category) => category.key === view.category);
  return {
    title: chosen ? `${chosen.title} · Catalog` : "Catalog",
    section: "catalog",
    layout: "wide",
    body: html`<div class="head-row">
        <div>
          <h1>${chosen?.title ?? "Catalog"}</h1>
          <p class="lead">${chosen?.summary ?? (chosen ? null : "Everything you can learn here.")}</p>
        </div>
        <form class="search" role="search" action="/catalog">
          ${view.category !== undefined && html`<input type="hidden" name="category" value="${view.category}" />`}
          <label class="hidden" for="q">Search courses</label>
          <input
            id="q"
            type="search"
            name="q"
            value="${view.words}"
            maxlength="200"
            placeholder="Search courses"
          />
          <button class="button plain" type="submit">
            ${icon("search")}<span class="hidden">Search</span>
          </button>
        </form>
      </div>
      ${categories(frame, view)}
      ${
        view.words !== "" &&
        html`<p class="found" role="status">
          ${plural(view.total, "course")} with “${view.words}”.
          <a href="${href({ category: view.category })}">Show all</a>
        </p>`
      }
      ${
        view.courses.length > 0
          ? html`<h2 class="hidden">Courses</h2>
              <ul class="cards">
                ${view.courses.map((course) => catalogCard(frame, course))}
              </ul>
              ${pagination(view.page, Math.ceil(view.total / CATALOG_PAGE_SIZE), (page) => href({ ...view, page }))}`
          : nothing(view)
      }`,
  };
}

function categories(frame: Frame, view: CatalogView): Content {
  const listed = (frame.site.document.categories ?? []).filter(
    (category) => (view.counts[category.key] ?? 0) > 0,
  );
  if (listed.length === 0) return null;
  const chip = (key: string | undefined, title: string, count?: number): Content =>
    html`<li>
      <a
        href="${href({ category: key, words: view.words })}"
        ${view.category === key && html`aria-current="true"`}
        >${title} ${count !== undefined && html`<span class="count">${count}</span>`}</a
      >
    </li>`;
  return html`<nav class="chips" aria-label="Categories">
    <ul>
      ${chip(undefined, "All")}
      ${listed.map((category) => chip(category.key, category.title, view.counts[category.key]))}
    </ul>
  </nav>`;
}

function nothing(view: CatalogView): Content {
  if (view.words !== "")
    return emptyState({
      icon: "search",
      title: "No course matches",
      text: "Try fewer or other words, or look at all courses.",
      action: linkButton("/catalog", "Show all courses", "plain"),
    });
  if (view.category !== undefined)
    return emptyState({
      icon: "book",
      title: "No courses in this category yet",
      text: "Have a look at the other categories.",
      action: linkButton("/catalog", "Show all courses", "plain"),
    });
  return emptyState({
    icon: "book",
    title: "No courses yet",
    text: "Courses appear here as soon as they are published.",
  });
}

function href({
  category,
  words = "",
  page = 1,
}: {
  category?: string | undefined;
  words?: string;
  page?: number;
}): string {
  const query = new URLSearchParams({
    ...(category !== undefined && { category }),
    ...(words !== "" && { q: words }),
    ...(page > 1 && { page: String(page) }),
  });
  return query.size === 0 ? "/catalog" : `/catalog?${query.toString()}`;
}
