// What is tidied up, once for all replicas: sessions, failed sign-ins, attempts whose time is up, files nobody has.
import { lockCourses } from "../admin/apply.ts";
import { THROTTLE } from "../accounts/throttle.ts";
import type { LmsContext } from "../context.ts";
import type { Transaction } from "../db/index.ts";
import { submitOverdueAttempts } from "../quizzes/attempts.ts";

/** What one run did. */
export interface Housekeeping {
  readonly sessions: number;
  readonly signInFailures: number;
  readonly attempts: number;
  readonly blobs: number;
}

/** Held while a replica tidies up; any number as long as nothing else locks it. */
const LOCK = 7_706_880;

/** Tidies up; undefined when another replica is doing it right now. */
export async function keepHouse({ db, site, metrics }: LmsContext): Promise<Housekeeping | undefined> {
  const swept = await db.transaction(async (tx) => {
    const mine = await tx.first<{ mine: boolean }>(`SELECT pg_try_advisory_xact_lock(${LOCK}) AS mine`);
    if (mine?.mine !== true) return undefined;
    const { sessionIdleMinutes, sessionMaxHours } = site.current().document.access;
    const sessions = await tx.execute(
      `DELETE FROM session WHERE expires_at < now() OR created_at < now() - $2 * interval '1 hour'
         OR last_seen_at < now() - $1 * interval '1 minute'`,
      [sessionIdleMinutes, sessionMaxHours],
    );
    const signInFailures = await tx.execute(
      "DELETE FROM sign_in_failure WHERE last_at < now() - $1 * interval '1 second'",
      [THROTTLE.forgetAfterSeconds],
    );
    return { sessions, signInFailures, blobs: await removeBlobs(tx) };
  });
  if (!swept) return undefined;
  // In transactions of its own; safe beside other replicas.
  const attempts = await submitOverdueAttempts(db);
  metrics.attempts.inc({ event: "expired" }, attempts);
  return { ...swept, attempts };
}

/** Removes content that no course refers to any more. Nothing is published meanwhile. */
async function removeBlobs(tx: Transaction): Promise<number> {
  await lockCourses(tx);
  return tx.execute(
    "DELETE FROM blob b WHERE NOT EXISTS (SELECT 1 FROM course_file f WHERE f.sha256 = b.sha256)",
  );
}
