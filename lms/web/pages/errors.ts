// Pages for when something is not as it should be: what happened and what to do.
import { linkButton } from "../components/parts.ts";
import type { Frame } from "../frame.ts";
import { type Content, html } from "../html.ts";
import { type Page, signInHref } from "../shell.ts";

export type Trouble =
  | "NotFound"
  | "Forbidden"
  | "NotYetOpen"
  | "Forged"
  | "BadRequest"
  | "Failed"
  | "Unavailable"
  | "Restoring"
  | "ReadOnly";

export const STATUS: Record<Trouble, number> = {
  NotFound: 404,
  Forbidden: 403,
  NotYetOpen: 403,
  Forged: 403,
  BadRequest: 400,
  Failed: 500,
  Unavailable: 503,
  Restoring: 503,
  ReadOnly: 403,
};

/** What else is known of the request that failed. */
export interface Failure {
  /** Names the request in the log. */
  readonly reference?: string | undefined;
  /** It was a form that was sent: asking for its address again would not send it again. */
  readonly sent?: boolean;
}

export function errorPage(frame: Frame, trouble: Trouble, { reference, sent = false }: Failure = {}): Page {
  const { title, text, action } = words(frame, trouble, sent);
  const { contactEmail } = frame.site.document;
  const away = STATUS[trouble] === 503;
  return {
    title,
    layout: "narrow",
    noIndex: true,
    // Again by GET: a form is not to be sent a second time behind somebody's back.
    ...(away && !sent && { againAfter: 10 }),
    // Who asks is not known then, and everything the header leads to is away as well.
    header: away ? "title" : "full",
    body: html`<div class="trouble">
      <p class="code" aria-hidden="true">${STATUS[trouble]}</p>
      <h1>${title}</h1>
      <p class="lead">${text}</p>
      <p class="actions">${action}</p>
      ${
        away &&
        html`${!sent && html`<p class="muted small" data-away></p>`}
        ${
          contactEmail !== undefined &&
          html`<p class="muted small">
            If it lasts, tell the people who run the site:
            <a href="mailto:${contactEmail}">${contactEmail}</a>.
          </p>`
        }`
      }
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

function words(
  frame: Frame,
  trouble: Trouble,
  sent: boolean,
): { title: string; text: string; action: Content } {
  const home = frame.session
    ? linkButton("/dashboard", "To my courses")
    : linkButton("/", "To the front page");
  const again = sent ? null : linkButton(frame.url, "Try again");
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
        text: sent
          ? "It is our fault, not yours. What you just sent may not have been saved: go back and look."
          : "It is our fault, not yours. Saved work is safe.",
        action: again ?? home,
      };
    case "Unavailable":
      return {
        title: "The site is not available right now",
        text: sent
          ? "What you just sent may not have been saved. Go back with your browser and send it again in a minute; saved work is safe."
          : "It has lost touch with its data; usually that is over within a minute. Saved work is safe.",
        action: again,
      };
    case "ReadOnly":
      return {
        title: "The site is read-only",
        text: "You can read everything, and nothing can be changed for now. What you just sent was not saved: keep a copy of it.",
        action: home,
      };
    case "Restoring":
      return {
        title: "The site is being restored",
        text: sent
          ? "It is being put back to an earlier state, and what you just sent was not saved. Keep a copy of it, and look again in a few minutes."
          : "It is being put back to an earlier state and opens again by itself in a few minutes.",
        action: again,
      };
  }
}
