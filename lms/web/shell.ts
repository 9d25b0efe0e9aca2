// The page around every page: head, header, navigation, message, footer.
import { icon } from "./components/icons.ts";
import { csrfField, notice } from "./components/parts.ts";
import type { Frame } from "./frame.ts";
import { type Content, html, type Html, rendered } from "./html.ts";

export type Section = "dashboard" | "catalog" | "grades" | "people";

export interface Page {
  /** Of the browser's tab; the site's title follows. */
  readonly title: string;
  readonly section?: Section;
  readonly description?: string | undefined;
  /** Class of the main element: how wide and in what columns. */
  readonly layout: "plain" | "wide" | "narrow" | "bare";
  /** Search engines have no business here. */
  readonly noIndex?: boolean;
  /** Seconds after which it is asked for again, where no script does that. */
  readonly againAfter?: number;
  /** `title`: only the name of the site, for a page from which no other can be reached. */
  readonly header?: "full" | "title";
  readonly body: Content;
}

/** The whole document. */
export function shell(frame: Frame, page: Page): string {
  const { document: site, logo, footerHtml, version } = frame.site;
  const icons = logo ? `/brand/logo?v=${version}` : `/favicon.svg?v=${version}`;
  return `<!doctype html>${html`<html lang="${site.language}">
    <head>
      <meta charset="utf-8" />
      <title>${page.title === site.title ? site.title : `${page.title} · ${site.title}`}</title>
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      ${page.description !== undefined && html`<meta name="description" content="${page.description}" />`}
      ${page.noIndex === true && html`<meta name="robots" content="noindex" />`}
      ${page.againAfter !== undefined && html`<noscript><meta http-equiv="refresh" content="${page.againAfter}" /></noscript>`}
      <meta name="color-scheme" content="light dark" />
      <meta name="theme-color" content="${frame.assets.themeColor}" />
      <link rel="stylesheet" href="${frame.assets.css}" />
      <link rel="icon" href="${icons}" />
      <script src="${frame.assets.js}" defer></script>
    </head>
    <body>
      <a class="skip" href="#main">Skip to the content</a>
      ${page.header === "title" ? titleBar(frame) : header(frame, page.section)}
      <main id="main" class="${page.layout}" tabindex="-1">
        ${site.readOnly === true && notice("warn", "This site is read-only for now: you can read everything, and nothing you send is saved.")}
        ${frame.message && html`<div role="status">${notice(frame.message.tone, frame.message.text)}</div>`}
        ${page.body}
      </main>
      <footer class="site-footer">
        <div class="inner">
          ${footerHtml === "" ? html`<div>${site.title}</div>` : html`<div class="prose">${rendered(footerHtml)}</div>`}
          ${footerLinks(frame)}
        </div>
      </footer>
    </body>
  </html>`}`;
}

function titleBar({ site }: Frame): Html {
  return html`<header class="site-header">
    <div class="inner"><span class="home">${brand(site)}</span></div>
  </header>`;
}

const brand = ({ document, logo, version }: Frame["site"]): Html =>
  html`${logo && html`<img src="/brand/logo?v=${version}" alt="${logo.alt}" />`}<span
      >${document.title}</span
    >`;

function header({ site, session, url }: Frame, section: Section | undefined): Html {
  const { access } = site.document;
  const tab = (name: Section, href: string, text: string): Html =>
    html`<li><a href="${href}" ${section === name && html`aria-current="page"`}>${text}</a></li>`;
  return html`<header class="site-header">
    <div class="inner">
      <a class="home" href="${session ? "/dashboard" : "/"}">${brand(site)}</a>
      <nav aria-label="Site">
        <ul>
          ${session && tab("dashboard", "/dashboard", "My courses")}
          ${(session || access.catalog === "Public") && tab("catalog", "/catalog", "Catalog")}
          ${session && tab("grades", "/grades", "Grades")}
          ${session?.isAdministrator === true && tab("people", "/people", "People")}
        </ul>
      </nav>
      ${
        session
          ? html`<details class="menu">
              <summary>
                <span class="avatar" aria-hidden="true">${initials(session.displayName)}</span>
                <span class="who">${session.displayName}</span>${icon("down")}
              </summary>
              <div class="sheet">
                <p><strong>${session.displayName}</strong><br />${session.email}</p>
                <a href="/account">Account and password</a>
                <form method="post" action="/sign-out">
                  ${csrfField(session.csrf)}<button type="submit">Sign out</button>
                </form>
              </div>
            </details>`
          : html`<a class="button on-header" href="${signInHref(url)}">Sign in</a>`
      }
    </div>
  </header>`;
}

/** The sign-in page, coming back to where one is. */
export function signInHref(url: string): string {
  return url === "/" || url.startsWith("/sign-in") ? "/sign-in" : `/sign-in?next=${encodeURIComponent(url)}`;
}

/** One or two letters for somebody. */
function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== "");
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => [...(word ?? "")][0] ?? "",
  );
  return letters.join("").toUpperCase();
}

function footerLinks({ site }: Frame): Content {
  const { footer, contactEmail } = site.document;
  const links = [
    ...(footer?.links ?? []),
    ...(contactEmail === undefined ? [] : [{ title: "Contact", url: `mailto:${contactEmail}` }]),
  ];
  if (links.length === 0) return null;
  return html`<nav aria-label="Footer">
    <ul>
      ${links.map((link) => html`<li><a href="${link.url}" rel="noopener">${link.title}</a></li>`)}
    </ul>
  </nav>`;
}
