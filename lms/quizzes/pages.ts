// What the quiz pages read: the open attempt to work on, a handed-in attempt to look at.
import type { Quiz } from "../../api/index.ts";
import { ACCESS_COLUMNS, ACCESS_JOINS, type AccessRow } from "../catalog/access.ts";
import { ME, pageQuery } from "../catalog/visitor.ts";
import { DEADLINE_SQL } from "./attempts.ts";
import type { Answers } from "./grade.ts";
import type { RenderedQuiz } from "./rendered.ts";

interface AttemptContent {
  readonly course_key: string;
  readonly course_title: string;
  readonly language: string | null;
  readonly item_key: string;
  readonly item_title: string;
  readonly id: number;
  readonly number: number;
  readonly seed: number;
  readonly answers: Answers;
  readonly started_at: Date;
  readonly quiz: Quiz;
  readonly rendered: RenderedQuiz;
}

export interface OpenAttemptRow extends AttemptContent, AccessRow {
  readonly item_id: number;
  /** Milliseconds left, not below 0; null without a limit. Counted by the database's clock. */
  readonly left_ms: number | null;
}

const CONTENT = `
  c.key AS course_key, c.title AS course_title, c.language, i.key AS item_key, i.title AS item_title,
  t.id, t.number, t.seed, t.answers, t.started_at, r.document AS quiz, r.rendered`;

/** $4 course key, $5 item key */
export const OPEN_ATTEMPT = pageQuery<OpenAttemptRow>(`
  SELECT ${CONTENT}, ${ACCESS_COLUMNS}, i.id AS item_id,
    CASE WHEN ${DEADLINE_SQL} IS NOT NULL
      THEN (greatest(0, extract(epoch FROM ${DEADLINE_SQL} - now())) * 1000)::bigint END AS left_ms
  FROM attempt t JOIN item i ON i.id = t.item_id JOIN course c ON c.id = i.course_id
    JOIN quiz_revision r ON r.id = t.revision_id ${ACCESS_JOINS}
  WHERE c.key = $4 AND i.key = $5 AND t.account_id = ${ME} AND t.submitted_at IS NULL`);

export interface ResultRow extends AttemptContent, AccessRow {
  readonly mine: boolean;
  readonly learner: string;
  readonly submitted_at: Date | null;
  readonly points: number | null;
  readonly max_points: number | null;
  readonly percent: number | null;
  readonly passed: boolean | null;
  readonly results: Readonly<Record<string, number>> | null;
  /** This person has passed this quiz, in this attempt or another. */
  readonly passed_ever: boolean;
  readonly attempts_used: number;
  readonly attempts_allowed: number | null;
  readonly has_open: boolean;
  readonly item_archived: boolean;
  readonly current_revision: boolean;
  readonly next_key: string | null;
}

/** $4 attempt id. Only the learner's own, and those of courses whose grades the visitor may see. */
export const ATTEMPT_RESULT = pageQuery<ResultRow>(`
  SELECT ${CONTENT}, ${ACCESS_COLUMNS}, t.account_id = ${ME} AS mine, a.display_name AS learner, t.submitted_at, t.points,
    t.max_points, t.percent, t.passed, t.results, i.archived_at IS NOT NULL AS item_archived,
    i.quiz_id = t.revision_id AS current_revision, now_r.attempts_allowed, others.passed_ever, others.attempts_used,
    others.has_open,
    (SELECT n.key FROM item n WHERE n.course_id = c.id AND n.archived_at IS NULL AND n.position > i.position
     ORDER BY n.position LIMIT 1) AS next_key
  FROM attempt t JOIN account a ON a.id = t.account_id JOIN item i ON i.id = t.item_id
    JOIN course c ON c.id = i.course_id JOIN quiz_revision r ON r.id = t.revision_id
    LEFT JOIN quiz_revision now_r ON now_r.id = i.quiz_id
    ${ACCESS_JOINS}
    JOIN LATERAL (
      SELECT coalesce(bool_or(o.passed), false) AS passed_ever, count(*) AS attempts_used,
        bool_or(o.submitted_at IS NULL) AS has_open
      FROM attempt o WHERE o.item_id = t.item_id AND o.account_id = t.account_id
    ) others ON true
  WHERE t.id = $4 AND (t.account_id = ${ME} OR grants.may_see_grades)`);
