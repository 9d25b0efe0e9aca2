// Quizzes change by revision: an attempt keeps the quiz it was made with, whatever the course declares later.
import type { Change } from "../../api/index.ts";
import { same } from "../admin/changes.ts";
import type { Transaction } from "../db/index.ts";
import type { PreparedItem } from "./prepare.ts";

export interface QuizRow {
  readonly id: number;
  /** Digest of the current revision. */
  readonly quiz_digest: string | null;
  readonly quiz_document: unknown;
  readonly quiz_rendered: unknown;
}

/** Points an item at the revision of its quiz, made unless there was this very quiz before. */
export async function publishQuiz(
  tx: Transaction,
  itemId: number,
  { key, quiz }: PreparedItem,
  before: QuizRow | undefined,
): Promise<Change[]> {
  const path = `items/${key}.quiz`;
  if (!quiz) {
    if (before?.quiz_digest == null) return [];
    await tx.execute("UPDATE item SET quiz_id = NULL WHERE id = $1", [itemId]);
    return [];
  }
  const current = before?.quiz_digest === quiz.digest;
  if (current && same(before.quiz_rendered, quiz.rendered) && same(before.quiz_document, quiz.document))
    return [];
  // A revision's document is what its digest says (put right here if somebody changed the row); what is rendered from
  // it may change: by a file that came, or a mended renderer.
  const revision = await tx.first<{ id: number }>(
    `INSERT INTO quiz_revision (item_id, digest, document, rendered) VALUES ($1, $2, $3, $4)
     ON CONFLICT (item_id, digest) DO UPDATE SET document = excluded.document, rendered = excluded.rendered
     RETURNING id`,
    [itemId, quiz.digest, JSON.stringify(quiz.document), JSON.stringify(quiz.rendered)],
  );
  if (!current) await tx.execute("UPDATE item SET quiz_id = $2 WHERE id = $1", [itemId, revision?.id]);
  return before ? [{ op: "update", path: current ? `${path}.html` : path }] : [];
}
