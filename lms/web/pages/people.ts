// Everybody with an account, for administrators. To read only: people are declared, not made in the browser.
import type { Person } from "../people.ts";
import { badge, pagination } from "../components/parts.ts";
import { plural } from "../format.ts";
import type { SignedInFrame } from "../frame.ts";
import { html } from "../html.ts";
import type { Page } from "../shell.ts";

export interface PeopleView {
  readonly people: readonly Person[];
  readonly total: number;
  readonly page: number;
  readonly pages: number;
}

export function peoplePage(_frame: SignedInFrame, { people, total, page, pages }: PeopleView): Page {
  return {
    title: "People",
    section: "people",
    layout: "wide",
    noIndex: true,
    body: html`<h1>People</h1>
      <p class="lead">
        ${plural(total, "account")}. Accounts and roles are declared with the site and changed there.
      </p>
      <div class="table" tabindex="0" role="region" aria-label="People">
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">User name</th>
              <th scope="col">E-mail</th>
              <th scope="col">Roles</th>
              <th scope="col">Groups</th>
            </tr>
          </thead>
          <tbody>
            ${people.map(
              (person) =>
                html`<tr>
                  <th scope="row">
                    ${person.displayName} ${person.suspended && badge("warn", "Suspended")}
                    ${person.archived && badge("quiet", "Archived")}
                  </th>
                  <td>${person.name}</td>
                  <td>${person.email}</td>
                  <td class="roles">
                    ${
                      person.roles.length === 0
                        ? html`<span class="muted">none</span>`
                        : html`<ul class="lines">
                            ${person.roles.map(
                              (role) =>
                                html`<li>
                                  ${role.title}
                                  <span class="muted"
                                    >${role.where === null ? "on the site" : `on ${role.where}`}</span
                                  >
                                </li>`,
                            )}
                          </ul>`
                    }
                  </td>
                  <td>${person.groups.join(", ")}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${pagination(page, pages, (to) => (to > 1 ? `/people?page=${to}` : "/people"))}`,
  };
}
