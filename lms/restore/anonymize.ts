// Makes a safe copy of a site: people become strangers, their work keeps its shape. What becomes of which column stands in
// columns.ts.
import { randomBytes } from "node:crypto";
import type { Transaction } from "../db/database.ts";

/** Stands where a learner had written something. */
const REMOVED = "[removed]";

/**
 * Replaces whatever says who somebody is, in the transaction that restores it: nobody ever sees the copy with names. The
 * same person is the same stranger in all of one copy; another copy has others, and none can be computed from the names.
 *
 * Sign-in names that a manifest declares now stay, for documents name people by them; so do keys, scores and times. Nobody
 * can sign in until a password is set.
 */
export async function anonymize(tx: Transaction): Promise<void> {
  const salt = randomBytes(32).toString("hex");
  await replacePeople(tx, salt);
  await removeWhatWasTyped(tx);
  await forgetDocuments(tx, salt);
  await tx.script("DELETE FROM session; DELETE FROM sign_in_failure");
  // The planner's samples were taken when the rows came: whoever may read a table may read in pg_stats what stood there.
  await tx.script("ANALYZE account, attempt, document");
}

/** Of those who are archived no document speaks any more: their names go like everybody else's. */
async function replacePeople(tx: Transaction, salt: string): Promise<void> {
  await tx.execute(
    `UPDATE account SET
       name = CASE WHEN managed AND archived_at IS NULL THEN name ELSE 'person-' || pseudonym END,
       email = 'person-' || pseudonym || '@anonymous.invalid',
       display_name = 'Person ' || left(pseudonym, 6),
       password_hash = NULL, password_fingerprint = NULL
     FROM (SELECT id AS person, left(encode(sha256(convert_to($1 || ':' || id, 'UTF8')), 'hex'), 16) AS pseudonym FROM account) p
     WHERE person = id`,
    [salt],
  );
}

/** A choice is one of the quiz's own words, whatever its key may say; all else in an answer, somebody has typed. */
async function removeWhatWasTyped(tx: Transaction): Promise<void> {
  await tx.execute(
    `UPDATE attempt t SET answers = coalesce((
       SELECT jsonb_object_agg(given.key, CASE
         WHEN question ?| '{singleChoice,multipleChoice,trueFalse}'
           AND jsonb_path_query_array(question, '$.*.choices[*].key') || '["true", "false"]' @> given.value THEN given.value
         ELSE to_jsonb($1::text) END)
       FROM jsonb_each(t.answers) given LEFT JOIN jsonb_array_elements(q.document -> 'questions') question
         ON question ->> 'key' = given.key), '{}')
     FROM quiz_revision q WHERE q.id = t.revision_id AND t.answers <> '{}'`,
    [REMOVED],
  );
}

/**
 * A digest of names and addresses tells whoever guesses them that they are right. With digests of nothing, whoever
 * declares people and bindings sends them again, as to a site that has others.
 */
async function forgetDocuments(tx: Transaction, salt: string): Promise<void> {
  await tx.execute(
    `UPDATE document SET applied = d.nothing, expected = d.nothing
     FROM (SELECT kind AS of, key AS named,
             'sha256:' || encode(sha256(convert_to($1 || ':' || kind || ':' || key, 'UTF8')), 'hex') AS nothing
           FROM document) d
     WHERE of = kind AND named = key AND kind IN ('directory', 'binding')`,
    [salt],
  );
}
