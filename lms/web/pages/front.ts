// The front page for strangers: what this site is, and what one can learn here.
import type { CatalogCourse } from "../../catalog/catalog.ts";
import { catalogCard } from "../components/cards.ts";
import { linkButton } from "../components/parts.ts";
import type { Frame } from "../frame.ts";
import { html, rendered } from "../html.ts";
import type { Page } from "../shell.ts";

export function frontPage(frame: Frame, featured: readonly CatalogCourse[]): Page {
  const { document: site, descriptionHtml } = frame.site;
  const open = site.access.catalog === "Public";
  return {
    title: site.title,
    description: site.tagline,
    layout: "bare",
    body: html`<div class="hero">
        <div class="inner">
          <h1>${site.title}</h1>
          ${site.tagline !== undefined && html`<p class="tagline">${site.tagline}</p>`}
          <p class="actions">
            ${open && linkButton("/catalog", "Browse the catalog")}
            ${linkButton("/sign-in", "Sign in", open ? "plain" : "primary")}
          </p>
        </div>
      </div>
      <div class="inner stack">
        ${descriptionHtml !== "" && html`<section class="prose welcome" aria-label="Welcome">${rendered(descriptionHtml)}</section>`}
        ${
          featured.length > 0 &&
          html`<section aria-labelledby="featured">
            <div class="head-row">
              <h2 id="featured">Courses</h2>
              <a href="/catalog">All courses</a>
            </div>
            <ul class="cards">
              ${featured.map((course) => catalogCard(frame, course))}
            </ul>
          </section>`
        }
      </div>`,
  };
}
