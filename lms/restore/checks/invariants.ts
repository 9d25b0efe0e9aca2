// What the application takes for granted and no constraint says. Each query gives examples of what does not hold.
import type { Queryable } from "../../db/database.ts";
import type { Check } from "./check.ts";

interface Invariant {
  /** What does not hold, followed by the example. */
  readonly broken: string;
  /** Gives rows with the text `example`; none when all is well. */
  readonly sql: string;
}

// Only what holds by everything the application ever does: work outlives the role or the enrolment it was done with, and a
// course may be closed before the moment at which somebody began. A whole backup must never fail.
const attemptOf = `a.name || ' in ' || i.key`;
const ATTEMPTS = "attempt t JOIN account a ON a.id = t.account_id JOIN item i ON i.id = t.item_id";
const WITH_QUIZ = `${ATTEMPTS} JOIN quiz_revision q ON q.id = t.revision_id`;

export const OF_GRADES: readonly Invariant[] = [
  {
    broken: "an attempt is of a quiz that the item never was",
    sql: `SELECT ${attemptOf} AS example FROM ${WITH_QUIZ} WHERE q.item_id <> t.item_id`,
  },
  {
    broken: "a graded attempt has no points, or more than there are",
    sql: `SELECT ${attemptOf} AS example FROM ${ATTEMPTS} WHERE t.submitted_at IS NOT NULL
      AND (t.points IS NULL OR t.max_points IS NULL OR t.passed IS NULL OR t.results IS NULL
        OR t.points < 0 OR t.points > t.max_points OR t.percent < 0 OR t.percent > 100)`,
  },
  {
    // To two decimals, and 100 only for full points: never further off than a hundredth.
    broken: "the grade of an attempt is not what its points make",
    sql: `SELECT ${attemptOf} AS example FROM ${ATTEMPTS}
      WHERE t.max_points > 0 AND abs(t.percent - 100 * t.points / t.max_points) > 0.011`,
  },
  {
    broken: "the points of an attempt are not those of its questions",
    sql: `SELECT ${attemptOf} AS example FROM ${ATTEMPTS} WHERE jsonb_typeof(t.results) = 'object'
      AND t.points <> (SELECT coalesce(sum(value::numeric), 0) FROM jsonb_each_text(t.results))`,
  },
  {
    broken: "an attempt has passed that should have failed, or the other way round",
    sql: `SELECT ${attemptOf} AS example FROM ${WITH_QUIZ} WHERE t.passed <> (t.percent >= q.pass_percent)`,
  },
  {
    broken: "a quiz was passed and does not count as done",
    sql: `SELECT ${attemptOf} AS example FROM ${ATTEMPTS} WHERE t.passed
      AND NOT EXISTS (SELECT FROM item_progress p WHERE p.item_id = t.item_id AND p.account_id = t.account_id)`,
  },
  {
    broken: "an attempt that is not handed in has a grade",
    sql: `SELECT ${attemptOf} AS example FROM ${ATTEMPTS} WHERE t.submitted_at IS NULL AND (t.points IS NOT NULL OR t.passed IS NOT NULL)`,
  },
  {
    broken: "somebody has the same attempt twice, or two open ones",
    sql: `SELECT min(${attemptOf}) AS example FROM ${ATTEMPTS} GROUP BY t.item_id, t.account_id
      HAVING count(*) > count(DISTINCT t.number) OR count(*) FILTER (WHERE t.submitted_at IS NULL) > 1`,
  },
  {
    broken: "a quiz in use has no questions, or those of another",
    sql: `SELECT i.key AS example FROM item i LEFT JOIN quiz_revision q ON q.id = i.quiz_id AND q.item_id = i.id
      WHERE i.kind = 'quiz' AND i.archived_at IS NULL AND q.id IS NULL`,
  },
];

export const OF_ENROLMENTS: readonly Invariant[] = [
  {
    broken: "somebody is enrolled twice in one course",
    sql: `SELECT min(a.name) || ' in ' || min(c.key) AS example FROM enrolment e
      JOIN account a ON a.id = e.account_id JOIN course c ON c.id = e.course_id
      GROUP BY e.course_id, e.account_id HAVING count(*) > 1`,
  },
  {
    broken: "an item stands in a module of another course",
    sql: `SELECT i.key AS example FROM item i JOIN module m ON m.id = i.module_id WHERE m.course_id <> i.course_id`,
  },
  {
    broken: "two people share a name or an e-mail address",
    sql: `SELECT min(name) || ' and ' || max(name) AS example FROM account WHERE archived_at IS NULL
      GROUP BY lower(email) HAVING count(*) > 1
      UNION ALL SELECT name FROM account GROUP BY name HAVING count(*) > 1`,
  },
];

export const OF_FILES: readonly Invariant[] = [
  {
    broken: "an item or a cover shows a file that its course does not have",
    sql: `SELECT c.key || ': ' || shown.path AS example
      FROM (SELECT course_id, file_path AS path FROM item WHERE archived_at IS NULL AND file_path IS NOT NULL
            UNION ALL SELECT id, cover_path FROM course WHERE cover_path IS NOT NULL) shown
        JOIN course c ON c.id = shown.course_id
      WHERE c.archived_at IS NULL
        AND NOT EXISTS (SELECT FROM course_file f WHERE f.course_id = shown.course_id AND f.path = shown.path)`,
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

/** @throws Error with the first that does not hold, and an example */
export async function hold(db: Queryable, invariants: readonly Invariant[]): Promise<void> {
  for (const { broken, sql } of invariants) {
    const found = await db.first<{ example: string }>(`SELECT example FROM (${sql}) e ORDER BY 1 LIMIT 1`);
    if (found) throw new Error(`${broken}: ${found.example}`);
  }
}
