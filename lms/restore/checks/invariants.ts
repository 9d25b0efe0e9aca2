// What the application takes for granted and no constraint says. Each query gives examples of what does not hold.
import type { Database } from "../../db/database.ts";
import type { Check } from "./check.ts";

interface Invariant {
  /** What does not hold, followed by the example. */
  readonly broken: string;
  /** Gives rows with the text `example`; none when all is well. */
  readonly sql: string;
}

const attemptOf = `a.name || ' in ' || i.key`;
const ATTEMPTS = "attempt t JOIN account a ON a.id = t.account_id JOIN item i ON i.id = t.item_id";

const OF_GRADES: readonly Invariant[] = [
  {
    broken: "an attempt is of a quiz that the item never was",
    sql: `SELECT ${attemptOf} AS example FROM ${ATTEMPTS}
      JOIN quiz_revision q ON q.id = t.revision_id WHERE q.item_id <> t.item_id`,
  },
  {
    broken: "a graded attempt has no points, or more than there are",
    sql: `SELECT ${attemptOf} AS example FROM ${ATTEMPTS} WHERE t.submitted_at IS NOT NULL
      AND (t.points IS NULL OR t.max_points IS NULL OR t.passed IS NULL OR t.results IS NULL
        OR t.points < 0 OR t.points > t.max_points OR t.percent < 0 OR t.percent > 100)`,
  },
  {
    broken: "an attempt that is not handed in has a grade",
    sql: `SELECT ${attemptOf} AS example FROM ${ATTEMPTS} WHERE t.submitted_at IS NULL AND (t.points IS NOT NULL OR t.passed IS NOT NULL)`,
  },
  {
    broken: "an attempt was handed in before it was begun",
    sql: `SELECT ${attemptOf} AS example FROM ${ATTEMPTS} WHERE t.submitted_at < t.started_at`,
  },
  {
    broken: "a quiz in use has no questions",
    sql: `SELECT i.key AS example FROM item i WHERE i.kind = 'quiz' AND i.archived_at IS NULL AND i.quiz_id IS NULL`,
  },
];

const OF_ENROLMENTS: readonly Invariant[] = [
  {
    broken: "somebody has done an item of a course that he is not enrolled in",
    sql: `SELECT a.name || ' in ' || i.key AS example FROM item_progress p
      JOIN account a ON a.id = p.account_id JOIN item i ON i.id = p.item_id
      WHERE NOT EXISTS (SELECT FROM enrolment e WHERE e.course_id = i.course_id AND e.account_id = p.account_id)
        AND NOT EXISTS (SELECT FROM course_grant g WHERE g.course_id = i.course_id AND g.account_id = p.account_id)`,
  },
  {
    broken: "an item stands in a module of another course",
    sql: `SELECT i.key AS example FROM item i JOIN module m ON m.id = i.module_id WHERE m.course_id <> i.course_id`,
  },
  {
    broken: "two people share an e-mail address",
    sql: `SELECT min(name) || ' and ' || max(name) AS example FROM account WHERE archived_at IS NULL
      GROUP BY lower(email) HAVING count(*) > 1`,
  },
];

export const grades: Check = {
  name: "Grades",
  async run(db) {
    await hold(db, OF_GRADES);
    const all = await db.first<{ attempts: number; graded: number }>(
      "SELECT count(*) AS attempts, count(submitted_at) AS graded FROM attempt",
    );
    return `${all?.attempts ?? 0} attempts, ${all?.graded ?? 0} of them graded, each with its quiz and its points`;
  },
};

export const enrolments: Check = {
  name: "Enrolments",
  async run(db) {
    await hold(db, OF_ENROLMENTS);
    const all = await db.first<{ enrolments: number; courses: number }>(
      "SELECT count(*) AS enrolments, (SELECT count(*) FROM course) AS courses FROM enrolment",
    );
    return `${all?.enrolments ?? 0} enrolments in ${all?.courses ?? 0} courses`;
  },
};

async function hold(db: Database, invariants: readonly Invariant[]): Promise<void> {
  for (const { broken, sql } of invariants) {
    const found = await db.first<{ example: string }>(`SELECT example FROM (${sql}) e ORDER BY 1 LIMIT 1`);
    if (found) throw new Error(`${broken}: ${found.example}`);
  }
}
