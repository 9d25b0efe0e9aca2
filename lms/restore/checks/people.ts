// Who visits a restored site, and how they get in: with passwords that only its scratch database knows.
import { randomBytes } from "node:crypto";
import { hashPassword } from "../../accounts/passwords.ts";
import type { Database } from "../../db/database.ts";
import { MAY_ADMINISTER } from "./administrator.ts";
import { type Guest, guestOf } from "../../site/guest.ts";

export interface Person {
  readonly id: number;
  readonly name: string;
}

/** May sign in; of the table `a`. */
export const ACTIVE = "NOT a.suspended AND a.archived_at IS NULL";

export interface Somebody extends Person {
  readonly administers: boolean;
}

export interface People {
  /** An administrator, who sees grades, who learns: one of each, as far as there are any. */
  some(): Promise<readonly Somebody[]>;
  /** Signs somebody in over HTTP, once. @throws Error that says who cannot, and what the site answers */
  signedIn(person: Person): Promise<Guest>;
}

export function peopleOf(db: Database, port: number, signal?: AbortSignal): People {
  const guests = new Map<number, Promise<Guest>>();

  async function signIn({ id, name }: Person): Promise<Guest> {
    const password = randomBytes(18).toString("base64url");
    const hash = await hashPassword(password);
    await db.execute("UPDATE account SET password_hash = $2 WHERE id = $1", [id, hash]);
    const guest = guestOf(port, signal && { signal });
    const { status } = await guest.post("/sign-in", { nameOrEmail: name, password });
    if (status !== 303) throw new Error(`${name} cannot sign in: the answer is ${status}`);
    const dashboard = await guest.get("/dashboard");
    if (dashboard.status !== 200)
      throw new Error(`the dashboard of ${name} answers ${dashboard.status} after signing in`);
    return guest;
  }

  return {
    async some() {
      const found = await Promise.all(
        [
          `SELECT id, name FROM (${MAY_ADMINISTER}) a ORDER BY id LIMIT 1`,
          `SELECT a.id, a.name FROM account a JOIN course_grant g ON g.account_id = a.id
           WHERE ${ACTIVE} AND 'grades.view' = ANY(g.permissions) ORDER BY a.id LIMIT 1`,
          `SELECT a.id, a.name FROM account a JOIN enrolment e ON e.account_id = a.id WHERE ${ACTIVE} ORDER BY a.id LIMIT 1`,
          `SELECT a.id, a.name FROM account a JOIN course_grant g ON g.account_id = a.id
           WHERE ${ACTIVE} AND 'course.learn' = ANY(g.permissions) ORDER BY a.id LIMIT 1`,
          `SELECT a.id, a.name FROM account a WHERE ${ACTIVE} ORDER BY a.id LIMIT 1`,
        ].map((sql) =>
          db.first<Somebody>(
            `SELECT p.id, p.name, EXISTS (SELECT FROM (${MAY_ADMINISTER}) m WHERE m.id = p.id) AS administers FROM (${sql}) p`,
          ),
        ),
      );
      const all = found.filter((person) => person !== undefined);
      return [...new Map(all.map((person) => [person.id, person])).values()];
    },
    signedIn(person) {
      const guest = guests.get(person.id) ?? signIn(person);
      guests.set(person.id, guest);
      return guest;
    },
  };
}
