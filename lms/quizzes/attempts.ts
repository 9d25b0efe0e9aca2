// Attempts: start, save, hand in. Learner work is sacred: what was answered with success has been committed before.
import { randomInt } from "node:crypto";
import type { Quiz } from "../../api/index.ts";
import type { Database, Transaction } from "../db/index.ts";
import { answersOf, type Form } from "./answers.ts";
import { type Answers, grade } from "./grade.ts";

/** Seconds after the deadline in which answers already on their way are still taken. */
export const GRACE_SECONDS = 5;

/**
 * Until when an attempt may be worked on: its own time limit or the course's end, whichever comes first. Over the rows
 * `t` (attempt) and `c` (course), so that a course closed or prolonged meanwhile counts at once.
 */
export const DEADLINE_SQL = "least(t.deadline_at, c.closes_at)";

export type Started =
  | { readonly kind: "Open"; readonly attemptId: number; readonly resumed: boolean }
  | { readonly kind: "NoneLeft"; readonly allowed: number }
  | { readonly kind: "NotFound" };

interface QuizRow {
  readonly revision_id: number;
  readonly document: Quiz;
  readonly used: number;
  readonly last: number;
  readonly open_id: number | null;
}

/**
 * Opens an attempt at the quiz as it is now, or returns the one already open (which keeps the revision, the order and
 * the deadline it began with). Two calls at once open one attempt.
 */
export async function startAttempt(
  db: Database,
  { itemId, accountId }: { readonly itemId: number; readonly accountId: number },
): Promise<Started> {
  await submitOverdueAttempts(db, { itemId, accountId });
  const found = await db.first<QuizRow>(
    `SELECT r.id AS revision_id, r.document,
       (SELECT count(*) FROM attempt t WHERE t.item_id = i.id AND t.account_id = $2) AS used,
       (SELECT coalesce(max(number), 0) FROM attempt t WHERE t.item_id = i.id AND t.account_id = $2) AS last,
       (SELECT id FROM attempt t WHERE t.item_id = i.id AND t.account_id = $2 AND submitted_at IS NULL) AS open_id
     FROM item i JOIN quiz_revision r ON r.id = i.quiz_id
     WHERE i.id = $1 AND i.archived_at IS NULL`,
    [itemId, accountId],
  );
  if (!found) return { kind: "NotFound" };
  if (found.open_id !== null) return { kind: "Open", attemptId: found.open_id, resumed: true };
  const { attempts: allowed, timeLimitMinutes } = found.document;
  if (allowed > 0 && found.used >= allowed) return { kind: "NoneLeft", allowed };
  const made = await db.first<{ id: number }>(
    `INSERT INTO attempt (item_id, account_id, revision_id, number, seed, deadline_at)
     VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 minute')
     ON CONFLICT DO NOTHING RETURNING id`,
    [itemId, accountId, found.revision_id, found.last + 1, randomInt(2 ** 31), timeLimitMinutes ?? null],
  );
  if (made) return { kind: "Open", attemptId: made.id, resumed: false };
  // Another request of the same person was quicker: theirs is the attempt (or, submitted already, it was one of theirs).
  return startAttempt(db, { itemId, accountId });
}

/** What became of answers sent in. */
export type Handed =
  | { readonly kind: "Saved"; readonly savedAt: Date }
  /** `now`: by this very call; otherwise it had been before and nothing changed. */
  | { readonly kind: "Submitted"; readonly now: boolean; readonly late: boolean }
  | { readonly kind: "NotFound" };

interface AttemptRow {
  readonly id: number;
  readonly item_id: number;
  readonly account_id: number;
  readonly answers: Answers;
  readonly submitted_at: Date | null;
  readonly document: Quiz;
  /** The moment it counts as handed in when that is the deadline. */
  readonly deadline: Date | null;
  readonly overdue: boolean;
}

const LOCK_ATTEMPT = `
  SELECT t.id, t.item_id, t.account_id, t.answers, t.submitted_at, r.document, ${DEADLINE_SQL} AS deadline,
    coalesce(${DEADLINE_SQL} + interval '${GRACE_SECONDS} seconds' < now(), false) AS overdue
  FROM attempt t JOIN quiz_revision r ON r.id = t.revision_id
    JOIN item i ON i.id = t.item_id JOIN course c ON c.id = i.course_id`;

interface Work {
  readonly attemptId: number;
  readonly accountId: number;
  readonly form: Form;
}

/** Keeps the answers of a form in an open attempt. After the deadline nothing is kept and the attempt is handed in. */
export async function saveAnswers(db: Database, work: Work): Promise<Handed> {
  return db.transaction((tx) => receive(tx, work, false));
}

/**
 * Hands an attempt in with the answers of a form and grades it by the revision it began with. Handing in twice, or from
 * two windows at once, counts once; after the deadline only what was saved before counts.
 */
export async function submitAttempt(db: Database, work: Work): Promise<Handed> {
  return db.transaction((tx) => receive(tx, work, true));
}

async function receive(
  tx: Transaction,
  { attemptId, accountId, form }: Work,
  final: boolean,
): Promise<Handed> {
  const row = await tx.first<AttemptRow>(
    `${LOCK_ATTEMPT} WHERE t.id = $1 AND t.account_id = $2 FOR UPDATE OF t`,
    [attemptId, accountId],
  );
  if (!row) return { kind: "NotFound" };
  if (row.submitted_at !== null) return { kind: "Submitted", now: false, late: false };
  if (row.overdue) {
    await close(tx, row, row.answers, row.deadline);
    return { kind: "Submitted", now: true, late: true };
  }
  const answers = answersOf(row.document, form);
  if (final) {
    await close(tx, row, answers, null);
    return { kind: "Submitted", now: true, late: false };
  }
  await tx.execute("UPDATE attempt SET answers = $2 WHERE id = $1", [row.id, JSON.stringify(answers)]);
  return { kind: "Saved", savedAt: new Date() };
}

/** Grades and closes a locked attempt; a passed quiz is a done item. */
async function close(tx: Transaction, row: AttemptRow, answers: Answers, at: Date | null): Promise<void> {
  const { points, maxPoints, percent, byQuestion } = grade(row.document, answers);
  const passed = percent >= row.document.passPercent;
  await tx.execute(
    `UPDATE attempt SET answers = $2, submitted_at = coalesce($3, now()), points = $4, max_points = $5, percent = $6,
       passed = $7, results = $8 WHERE id = $1`,
    [
      row.id,
      JSON.stringify(answers),
      at,
      points,
      maxPoints,
      percent,
      passed,
      JSON.stringify(Object.fromEntries(Object.entries(byQuestion).map(([key, one]) => [key, one.points]))),
    ],
  );
  if (passed)
    await tx.execute(
      "INSERT INTO item_progress (item_id, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
      [row.item_id, row.account_id],
    );
}

/**
 * Hands in open attempts whose time is up, with what was saved; all of them or one person's at one quiz. How many.
 * Safe to run on several replicas at once and beside people handing in themselves.
 */
export async function submitOverdueAttempts(
  db: Database,
  only?: { readonly itemId: number; readonly accountId: number },
): Promise<number> {
  const batch = 50;
  for (let total = 0; ;) {
    const done = await db.transaction(async (tx) => {
      const rows = await tx.query<AttemptRow>(
        `${LOCK_ATTEMPT}
         WHERE t.submitted_at IS NULL AND ${DEADLINE_SQL} + interval '${GRACE_SECONDS} seconds' < now()
           AND ($1::bigint IS NULL OR t.item_id = $1) AND ($2::bigint IS NULL OR t.account_id = $2)
         ORDER BY t.id LIMIT ${batch} FOR UPDATE OF t SKIP LOCKED`,
        [only?.itemId ?? null, only?.accountId ?? null],
      );
      for (const row of rows) await close(tx, row, row.answers, row.deadline);
      return rows.length;
    });
    total += done;
    if (done < batch) return total;
  }
}
