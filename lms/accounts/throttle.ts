// Slows guessing down: after a few failures each further one doubles a waiting time (OWASP Authentication Cheat Sheet).
import type { Queryable } from "../db/index.ts";

/** Failures that cost nothing, the longest wait, and after how long a subject starts afresh. */
export const THROTTLE = {
  /** An account's owner mistypes; an address may be a whole school behind one router. */
  free: { name: 5, password: 5, address: 50 },
  maxDelaySeconds: 900,
  forgetAfterSeconds: 86_400,
} as const;

export interface Delay {
  /** Whole seconds until the next try is looked at. */
  readonly seconds: number;
}

/** The longest wait any of the subjects (`name:…`, `address:…`, `password:…`) still has, if there is one. */
export async function pendingDelay(on: Queryable, subjects: readonly string[]): Promise<Delay | undefined> {
  const row = await on.first<{ seconds: number }>(
    `SELECT ceil(extract(epoch FROM max(locked_until) - now()))::int AS seconds FROM sign_in_failure
     WHERE subject = ANY($1) AND locked_until > now() HAVING max(locked_until) IS NOT NULL`,
    [subjects],
  );
  return row && { seconds: Math.max(1, row.seconds) };
}

/** Counts one failure for each subject and locks it for 2^(failures beyond the free ones) seconds. */
export async function noteFailure(on: Queryable, subjects: readonly string[]): Promise<void> {
  const free = subjects.map((subject) => {
    const kind = subject.slice(0, subject.indexOf(":"));
    return kind === "name" || kind === "password" || kind === "address" ? THROTTLE.free[kind] : 0;
  });
  await on.execute(
    `INSERT INTO sign_in_failure AS f (subject, failures)
     SELECT subject, 1 FROM unnest($1::text[]) AS subject ORDER BY subject
     ON CONFLICT (subject) DO UPDATE SET
       failures = CASE WHEN f.last_at < now() - $2 * interval '1 second' THEN 1 ELSE f.failures + 1 END,
       last_at = now()`,
    [subjects, THROTTLE.forgetAfterSeconds],
  );
  await on.execute(
    `UPDATE sign_in_failure f SET locked_until =
       now() + least($3, power(2, least(f.failures - t.free, 20))) * interval '1 second'
     FROM unnest($1::text[], $2::int[]) AS t (subject, free)
     WHERE f.subject = t.subject AND f.failures > t.free`,
    [subjects, free, THROTTLE.maxDelaySeconds],
  );
}

export async function clearFailures(on: Queryable, subjects: readonly string[]): Promise<void> {
  await on.execute("DELETE FROM sign_in_failure WHERE subject = ANY($1)", [subjects]);
}
