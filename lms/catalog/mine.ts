// SQL pieces about the visitor's own work that several pages read: items with their marks, quizzes with attempts.
import type { AttemptResult, QuizResult } from "../grades/course-grade.ts";
import { ME } from "./visitor.ts";

export type ItemKind = "lesson" | "quiz" | "link" | "file";

export interface OutlineItem {
  readonly key: string;
  readonly title: string;
  readonly kind: ItemKind;
  /** Key of its module. */
  readonly module: string;
  readonly optional: boolean;
  readonly minutes: number | null;
  readonly done: boolean;
}

/** Items of a course `c` in order, as JSON: OutlineItem[]. */
export const OUTLINE_ITEMS = `
  (SELECT coalesce(json_agg(json_build_object('key', o.key, 'title', o.title, 'kind', o.kind, 'module', m.key,
      'optional', o.optional, 'minutes', o.reading_minutes, 'done', p.item_id IS NOT NULL) ORDER BY o.position), '[]')
   FROM item o JOIN module m ON m.id = o.module_id
     LEFT JOIN item_progress p ON p.item_id = o.id AND p.account_id = ${ME}
   WHERE o.course_id = c.id AND o.archived_at IS NULL)`;

export interface OutlineModule {
  readonly key: string;
  readonly title: string;
  readonly summaryHtml: string;
}

/** Modules of a course `c` in order, as JSON: OutlineModule[]. */
export const OUTLINE_MODULES = `
  (SELECT coalesce(json_agg(json_build_object('key', m.key, 'title', m.title, 'summaryHtml', m.summary_html)
      ORDER BY m.position), '[]')
   FROM module m WHERE m.course_id = c.id AND m.archived_at IS NULL)`;

export interface AttemptFacts extends AttemptResult {
  readonly points: number | null;
  readonly maxPoints: number | null;
  readonly startedAt: string;
  readonly submittedAt: string | null;
}

export interface QuizFacts extends QuizResult {
  readonly key: string;
  readonly title: string;
  readonly passPercent: number;
  readonly attempts: readonly AttemptFacts[];
}

/** Quizzes of a course `c` with the visitor's attempts, archived ones only where there are attempts: QuizFacts[]. */
export const QUIZZES = `
  (SELECT coalesce(json_agg(json_build_object('key', q.key, 'title', q.title, 'archived', q.archived_at IS NOT NULL,
      'weight', r.weight, 'passPercent', r.pass_percent, 'attempts', coalesce(a.attempts, '[]'::json))
      ORDER BY q.archived_at IS NOT NULL, q.position), '[]')
   FROM item q JOIN quiz_revision r ON r.id = q.quiz_id
     LEFT JOIN LATERAL (
       SELECT json_agg(json_build_object('id', t.id, 'number', t.number, 'percent', t.percent, 'passed', t.passed,
         'points', t.points, 'maxPoints', t.max_points, 'startedAt', t.started_at, 'submittedAt', t.submitted_at)
         ORDER BY t.number) AS attempts
       FROM attempt t WHERE t.item_id = q.id AND t.account_id = ${ME}
     ) a ON true
   WHERE q.course_id = c.id AND q.kind = 'quiz' AND (q.archived_at IS NULL OR a.attempts IS NOT NULL))`;

/** Ids of the courses the visitor is learning by enrolment or by a role on the course or its category. */
export const LEARNING = `
  (SELECT course_id FROM enrolment WHERE account_id = ${ME}
   UNION
   SELECT scoped.id FROM held g JOIN course scoped
     ON (g.scope = 'course' AND scoped.key = g.scope_key) OR (g.scope = 'category' AND scoped.category = g.scope_key)
   WHERE 'course.learn' = ANY (g.permissions))`;

/** Ids of the courses the visitor has left work in. */
export const WORKED_IN = `
  (SELECT worked.course_id FROM item_progress p JOIN item worked ON worked.id = p.item_id WHERE p.account_id = ${ME}
   UNION
   SELECT worked.course_id FROM attempt t JOIN item worked ON worked.id = t.item_id WHERE t.account_id = ${ME})`;

/** How far the visitor is, counted over the items that are not optional. */
export function progressOf(items: readonly Pick<OutlineItem, "optional" | "done">[]) {
  const required = items.filter((item) => !item.optional);
  return { required: required.length, done: required.filter((item) => item.done).length };
}
