// One item of a course with the outline beside it.
import { ACCESS_COLUMNS, ACCESS_JOINS, type AccessRow } from "./access.ts";
import {
  type AttemptFacts,
  type ItemKind,
  OUTLINE_ITEMS,
  OUTLINE_MODULES,
  type OutlineItem,
  type OutlineModule,
} from "./mine.ts";
import { ME, pageQuery } from "./visitor.ts";

export interface QuizRules {
  readonly questions: number;
  /** 0: as many as one likes. */
  readonly attemptsAllowed: number;
  readonly passPercent: number;
  readonly timeLimitMinutes: number | null;
  readonly weight: number;
}

export interface ItemRow extends AccessRow {
  readonly course_id: number;
  readonly course_key: string;
  readonly course_title: string;
  readonly language: string | null;
  readonly modules: readonly OutlineModule[];
  readonly items: readonly OutlineItem[];
  readonly id: number;
  readonly key: string;
  readonly title: string;
  readonly kind: ItemKind;
  readonly optional: boolean;
  readonly minutes: number | null;
  readonly html: string;
  readonly link_url: string | null;
  readonly file_path: string | null;
  readonly file_bytes: number | null;
  readonly file_type: string | null;
  readonly done: boolean;
  readonly item_archived: boolean;
  readonly quiz: QuizRules | null;
  /** The visitor's, oldest first. */
  readonly attempts: readonly AttemptFacts[];
}

/** $4 course key, $5 item key */
export const ITEM = pageQuery<ItemRow>(`
  SELECT c.id AS course_id, c.key AS course_key, c.title AS course_title, c.language, ${ACCESS_COLUMNS},
    ${OUTLINE_MODULES} AS modules, ${OUTLINE_ITEMS} AS items,
    i.id, i.key, i.title, i.kind, i.optional, i.reading_minutes AS minutes, i.html, i.link_url, i.file_path, b.size_bytes AS file_bytes,
    f.media_type AS file_type, i.archived_at IS NOT NULL AS item_archived,
    EXISTS (SELECT 1 FROM item_progress p WHERE p.item_id = i.id AND p.account_id = ${ME}) AS done,
    CASE WHEN r.id IS NOT NULL THEN json_build_object('questions', r.question_count, 'attemptsAllowed', r.attempts_allowed,
      'passPercent', r.pass_percent, 'timeLimitMinutes', r.time_limit_minutes, 'weight', r.weight) END AS quiz,
    CASE WHEN r.id IS NOT NULL THEN (
      SELECT coalesce(json_agg(json_build_object('id', t.id, 'number', t.number, 'percent', t.percent, 'passed', t.passed,
        'points', t.points, 'maxPoints', t.max_points, 'startedAt', t.started_at, 'submittedAt', t.submitted_at)
        ORDER BY t.number), '[]')
      FROM attempt t WHERE t.item_id = i.id AND t.account_id = ${ME}) ELSE '[]' END AS attempts
  FROM course c ${ACCESS_JOINS}
    JOIN item i ON i.course_id = c.id AND i.key = $5
    LEFT JOIN quiz_revision r ON r.id = i.quiz_id
    LEFT JOIN course_file f ON f.course_id = c.id AND f.path = i.file_path
    LEFT JOIN blob b ON b.sha256 = f.sha256
  WHERE c.key = $4`);

export interface ItemAccessRow extends AccessRow {
  readonly item_id: number;
  readonly kind: ItemKind;
  /** The item after this one, if there is one. */
  readonly next_key: string | null;
}

/** $4 course key, $5 item key: who may do what, for actions on an item. */
export const ITEM_ACCESS = pageQuery<ItemAccessRow>(`
  SELECT i.id AS item_id, i.kind, ${ACCESS_COLUMNS},
    (SELECT n.key FROM item n WHERE n.course_id = c.id AND n.archived_at IS NULL AND n.position > i.position
     ORDER BY n.position LIMIT 1) AS next_key
  FROM course c ${ACCESS_JOINS} JOIN item i ON i.course_id = c.id AND i.key = $5 AND i.archived_at IS NULL
  WHERE c.key = $4`);
