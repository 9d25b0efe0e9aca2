// Pages for when something is not as it should be: what happened and what to do.
import { linkButton } from "../components/parts.ts";
import type { Frame } from "../frame.ts";
import { type Content, html } from "../html.ts";
import { type Page, signInHref } from "../shell.ts";

export type Trouble =
  "NotFound" | "Forbidden" | "NotYetOpen" | "Forged" | "BadRequest" | "Failed" | "Unavailable";

export const STATUS: Record<Trouble, number> = {
  NotFound: 404,
  Forbidden: 403,
  NotYetOpen: 403,
  Forged: 403,
  BadRequest: 400,
  Failed: 500,
  Unavailable: 503,
};

/** `reference` names the request in the log. */
export function errorPage(frame: Frame, trouble: Trouble, reference?: string): Page {
  const { title, text, action } = words(frame, trouble);
  const { contactEmail } = frame.site.document;
  return {
    title,
    layout: "narrow",
    noIndex: true,
    body: html`<div class="trouble">
      <p class="code" aria-hidden="true">${STATUS[trouble]}</p>
      <h1>${title}</h1>
      <p class="lead">${text}</p>
      <p class="actions">${action}</p>
      ${
        reference !== undefined &&
        html`<p class="muted small">
          If it keeps happening, tell the people who run the
          site${contactEmail !== undefined && html` (<a href="mailto:${contactEmail}">${contactEmail}</a>)`}
          and name the reference <code>${reference}</code>.
        </p>`
      }
    </div>`,
  };
}

function words(frame: Frame, trouble: Trouble): { title: string; text: string; action: Content } {
  const home = frame.session
    ? linkButton("/dashboard", "To my courses")
    : linkButton("/", "To the front page");
  const again = linkButton(frame.url, "Try again");
  switch (trouble) {
    case "NotFound":
      return {
        title: "There is no such page",
        text: frame.session
          ? "It may have been moved or archived, or the address has a typing error."
          : "It may have been moved, or you may need to sign in to see it.",
        action: [home, frame.session ? null : linkButton(signInHref(frame.url), "Sign in", "plain")],
      };
    case "Forbidden":
      return {
        title: "This is not open to you",
        text: "You are signed in, but your role does not include this. Ask the people who run the site if it should.",
        action: home,
      };
    case "NotYetOpen":
      return {
        title: "Not open yet",
        text: "The course has not begun. Its page says when it will.",
        action: home,
      };
    case "Forged":
      return {
        title: "The form is out of date",
        text: "It was made before you signed in, or on another site. Nothing was changed. Go back, reload the page and send it again.",
        action: home,
      };
    case "BadRequest":
      return {
        title: "The request cannot be understood",
        text: "Something in it is missing or too large. Nothing was changed. Go back and try again.",
        action: home,
      };
    case "Failed":
      return {
        title: "Something went wrong here",
        text: "It is our fault, not yours. Saved work is safe.",
        action: again,
      };
    case "Unavailable":
      return {
        title: "The site is not available right now",
        text: "The database cannot be reached; usually that is over within a minute. Saved work is safe.",
        action: again,
      };
  }
}
