// One's own account: who the site thinks one is, and the password.
import { PASSWORD_LENGTH, type PasswordOutcome } from "../../accounts/accounts.ts";
import { csrfField, notice } from "../components/parts.ts";
import type { SignedInFrame } from "../frame.ts";
import { type Content, html, type Html } from "../html.ts";
import type { Page } from "../shell.ts";
import { waiting } from "./sign-in.ts";

export type PasswordRefusal = Extract<PasswordOutcome, { ok: false }> | { readonly reason: "Different" };

export function accountPage(frame: SignedInFrame, refused?: PasswordRefusal): Page {
  const { session } = frame;
  const { contactEmail } = frame.site.document;
  return {
    title: refused ? "Account: the password was not changed" : "Account",
    layout: "narrow",
    noIndex: true,
    body: html`<h1>Account</h1>
      <section class="panel" aria-labelledby="profile">
        <h2 id="profile">Profile</h2>
        <dl class="facts-list">
          <div>
            <dt>Name</dt>
            <dd>${session.displayName}</dd>
          </div>
          <div>
            <dt>User name</dt>
            <dd>${session.name}</dd>
          </div>
          <div>
            <dt>E-mail</dt>
            <dd>${session.email}</dd>
          </div>
        </dl>
        <p class="muted small">
          The people who run this site keep these up to date.
          ${contactEmail !== undefined && html`Is something wrong? Write to <a href="mailto:${contactEmail}">${contactEmail}</a>.`}
        </p>
      </section>
      <section class="panel" aria-labelledby="password">
        <h2 id="password">Change password</h2>
        ${refused && html`<div role="alert">${notice("bad", refusal(refused))}</div>`}
        <form class="fields" method="post" action="/account/password">
          ${csrfField(session.csrf)}
          <input
            class="hidden"
            name="username"
            value="${session.name}"
            autocomplete="username"
            tabindex="-1"
            aria-hidden="true"
            readonly
          />
          ${field("current", "Current password", "current-password")}
          ${field("next", "New password", "new-password", html`At least ${PASSWORD_LENGTH.min} characters. Several words are better than odd characters.`)}
          ${field("again", "New password once more", "new-password")}
          <button class="button primary" type="submit">Change password</button>
          <p class="muted small">Other devices on which you are signed in are signed out.</p>
        </form>
      </section>`,
  };
}

function field(name: string, label: string, autocomplete: string, hint?: Content): Html {
  return html`<p>
    <label for="${name}">${label}</label>
    ${hint !== undefined && html`<span class="hint" id="${name}-hint">${hint}</span>`}
    <input
      id="${name}"
      name="${name}"
      type="password"
      required
      maxlength="${PASSWORD_LENGTH.max}"
      autocomplete="${autocomplete}"
      ${hint !== undefined && html`aria-describedby="${name}-hint"`}
    />
  </p>`;
}

function refusal(refused: PasswordRefusal): string {
  switch (refused.reason) {
    case "WrongPassword":
      return "The current password is wrong. Nothing was changed.";
    case "TooShort":
      return `The new password is too short: take at least ${PASSWORD_LENGTH.min} characters.`;
    case "TooLong":
      return `The new password is too long: take at most ${PASSWORD_LENGTH.max} characters.`;
    case "Unchanged":
      return "The new password is the current one. Take another.";
    case "Different":
      return "The new password and its repetition differ. Type the same twice.";
    case "Throttled":
      return `There were too many tries. Wait ${waiting(refused.retryAfterSeconds)} and try again.`;
  }
}
