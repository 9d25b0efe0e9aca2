// Reads a sample of the site's pages over HTTP: those every visitor begins with, and of some courses one of each kind.
import type { SiteDocument } from "../../../api/index.ts";
import { messageOf } from "../../backup/run.ts";
import type { Database } from "../../db/database.ts";
import { html } from "../../web/html.ts";
import { coursesToRead, type Quiz, type Reading } from "./courses.ts";
import type { Answer, Guest } from "../../site/guest.ts";
import type { People, Person } from "./people.ts";

export interface Visit {
  readonly db: Database;
  readonly site: SiteDocument;
  readonly people: People;
  readonly stranger: Guest;
  readonly signal?: AbortSignal;
}

/** How many of the pages that fail are named. */
const NAMED = 3;

/** Reads all of them, also when one fails. @throws Error that names those that fail */
export async function readPages({ db, site, people, stranger, signal }: Visit): Promise<string> {
  const { readings, quizzes } = await coursesToRead(db);
  const guestFor = (person: Person | undefined): Promise<Guest> =>
    person ? people.signedIn(person) : Promise.resolve(stranger);
  const visits = [
    ...[...everybodys(site), ...(await everyones(people)), ...readings].map((reading) => async () => {
      must(reading, await (await guestFor(reading.person)).get(reading.url));
    }),
    // Whoever looks at a site that is read-only begins nothing.
    ...(site.readOnly === true ? [] : quizzes).map((quiz) => async () => {
      await takeQuiz(await guestFor(quiz.person), quiz);
    }),
  ];
  const troubles = new Set<string>();
  for (const visit of visits) {
    signal?.throwIfAborted();
    await visit().catch((error: unknown) => troubles.add(messageOf(error)));
  }
  if (troubles.size > 0) {
    const named = [...troubles].slice(0, NAMED).join("; ");
    throw new Error(
      `${named}${troubles.size > NAMED ? `; and ${troubles.size - NAMED} more of ${visits.length} pages` : ""}`,
    );
  }
  return `${visits.length} pages answer as they should`;
}

/** What strangers begin with. The catalog may ask them to sign in. */
function everybodys({ title, access }: SiteDocument): Reading[] {
  return [
    { url: "/", status: 200, title },
    { url: "/sign-in", status: 200, title: "Sign in" },
    access.catalog === "Public"
      ? { url: "/catalog", status: 200, title: "Catalog" }
      : { url: "/catalog", status: 303 },
  ];
}

/** What everybody has who is signed in. Who of these cannot sign in was told by the check before. */
async function everyones(people: People): Promise<Reading[]> {
  const own = {
    "/dashboard": "My courses",
    "/catalog": "Catalog",
    "/grades": "Grades",
    "/account": "Account",
  };
  const readings: Reading[] = [];
  for (const person of await people.some()) {
    const isIn = await people.signedIn(person).then(
      () => true,
      () => false,
    );
    if (!isIn) continue;
    for (const [url, title] of Object.entries(own)) readings.push({ url, title, person, status: 200 });
    readings.push(
      person.administers
        ? { url: "/people", title: "People", person, status: 200 }
        : { url: "/people", person, status: 403 },
    );
  }
  return readings;
}

function must({ url, person, status, title, sha256 }: Reading, answer: Answer): void {
  const asked = `${url}${person ? ` as ${person.name}` : ""}`;
  if (answer.status !== status)
    throw new Error(`${asked} answers ${answer.status}${status === 200 ? "" : ` instead of ${status}`}`);
  if (title !== undefined && !titleOf(answer).includes(String(html`${title}`)))
    throw new Error(`${asked} has the title "${titleOf(answer)}" and should have "${title}"`);
  if (sha256 !== undefined && answer.sha256 !== sha256)
    throw new Error(`${asked} is sent with other bytes than were stored`);
}

const titleOf = ({ text }: Answer): string => /<title>([^<]*)<\/title>/.exec(text)?.[1] ?? "";

/** Begins an attempt, or goes on with the one that is open, and reads its questions. Nothing is handed in. */
async function takeQuiz(guest: Guest, { url, title, person }: Quiz): Promise<void> {
  const attempt = `${url}/attempt`;
  const start = await guest.get(url);
  must({ url, person, status: 200, title }, start);
  if (start.text.includes(`action="${attempt}/start"`)) {
    const csrf = /name="csrf" value="([^"]+)"/.exec(start.text)?.[1] ?? "";
    const begun = await guest.post(`${attempt}/start`, { csrf });
    must({ url: `${attempt}/start`, person, status: 303 }, begun);
    if (begun.location !== attempt) throw new Error(`${url} cannot be begun as ${person.name}`);
  } else if (!start.text.includes(`href="${attempt}"`)) return; // No attempt is left.
  must({ url: attempt, person, status: 200, title }, await guest.get(attempt));
}
