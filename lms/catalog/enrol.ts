// Joining an open course by oneself, and marking items as done.
import type { Database } from "../db/index.ts";

export type Joined = "Joined" | "Member" | "Full" | "NotOpen";

/** Joins a course whose enrolment is open; a capacity holds however many join at once. */
export async function joinCourse(db: Database, courseId: number, accountId: number): Promise<Joined> {
  return db.transaction(async (tx) => {
    // The lock on the course lets those who join one after the other see each other in the count.
    const course = await tx.first<{ capacity: number | null }>(
      `SELECT capacity FROM course WHERE id = $1 AND enrolment_mode = 'Open' AND archived_at IS NULL
         AND (closes_at IS NULL OR closes_at > now()) FOR UPDATE`,
      [courseId],
    );
    if (!course) return "NotOpen";
    const counted = await tx.first<{ all: number; mine: number }>(
      `SELECT count(*) AS all, count(*) FILTER (WHERE account_id = $2) AS mine FROM enrolment WHERE course_id = $1`,
      [courseId, accountId],
    );
    if (counted && counted.mine > 0) return "Member";
    if (counted && course.capacity !== null && counted.all >= course.capacity) return "Full";
    await tx.execute("INSERT INTO enrolment (course_id, account_id) VALUES ($1, $2)", [courseId, accountId]);
    return "Joined";
  });
}

/** Marks a lesson, link or file as done or takes the mark back; a quiz is done by passing it. */
export async function markItem(
  db: Database,
  {
    itemId,
    accountId,
    done,
  }: { readonly itemId: number; readonly accountId: number; readonly done: boolean },
): Promise<void> {
  if (done)
    await db.execute(
      `INSERT INTO item_progress (item_id, account_id)
       SELECT id, $2 FROM item WHERE id = $1 AND kind <> 'quiz' AND archived_at IS NULL
       ON CONFLICT DO NOTHING`,
      [itemId, accountId],
    );
  else
    await db.execute(
      `DELETE FROM item_progress p USING item i
       WHERE p.item_id = $1 AND p.account_id = $2 AND i.id = p.item_id AND i.kind <> 'quiz'`,
      [itemId, accountId],
    );
}
