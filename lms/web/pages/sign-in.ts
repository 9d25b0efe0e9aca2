// Signing in.
import type { SignInOutcome } from "../../accounts/accounts.ts";
import { notice } from "../components/parts.ts";
import { plural } from "../format.ts";
import type { Frame } from "../frame.ts";
import { html } from "../html.ts";
import type { Page } from "../shell.ts";

export interface SignInView {
  readonly next: string;
  readonly nameOrEmail: string;
  /** Why the last try did not work. */
  readonly refused?: Extract<SignInOutcome, { ok: false }>;
}

export function signInPage(frame: Frame, { next, nameOrEmail, refused }: SignInView): Page {
  const { contactEmail, title } = frame.site.document;
  return {
    title: refused ? "Sign in: try again" : "Sign in",
    layout: "narrow",
    body: html`<div class="sign-in panel">
      <h1>Sign in</h1>
      <p class="muted">to ${title}</p>
      ${refused && html`<div role="alert">${notice("bad", refusal(refused))}</div>`}
      <form class="fields" method="post" action="/sign-in">
        <input type="hidden" name="next" value="${next}" />
        <p>
          <label for="name">User name or e-mail address</label>
          <input
            id="name"
            name="nameOrEmail"
            value="${nameOrEmail}"
            required
            maxlength="254"
            autocomplete="username"
            autocapitalize="off"
            spellcheck="false"
            ${nameOrEmail === "" && html`autofocus`}
          />
        </p>
        <p>
          <label for="password">Password</label>
          <input
            id="password"
            name="password"
            type="password"
            required
            maxlength="256"
            autocomplete="current-password"
            ${nameOrEmail !== "" && html`autofocus`}
          />
        </p>
        <button class="button primary" type="submit">Sign in</button>
      </form>
      <p class="muted small">
        Forgotten your password?
        ${
          contactEmail === undefined
            ? "Ask the people who run this site."
            : html`Write to <a href="mailto:${contactEmail}">${contactEmail}</a>.`
        }
      </p>
    </div>`,
  };
}

function refusal(refused: NonNullable<SignInView["refused"]>): string {
  switch (refused.reason) {
    case "WrongCredentials":
      return "The name or the password is wrong. Check both and try again.";
    case "Suspended":
      return "This account is suspended. Ask the people who run the site.";
    case "Throttled":
      return `There were too many tries. Wait ${waiting(refused.retryAfterSeconds)} and try again.`;
  }
}

export const waiting = (seconds: number): string =>
  seconds < 90 ? plural(seconds, "second") : plural(Math.ceil(seconds / 60), "minute");
