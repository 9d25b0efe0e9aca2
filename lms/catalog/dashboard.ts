// A person's own start page: the courses they learn, how far they are, where they left off; those they teach.
import type { CompletionRule, GradedAttempt } from "../grades/course-grade.ts";
import { LEARNING, type QuizFacts, QUIZZES, WORKED_IN } from "./mine.ts";
import { heldOn, ME, pageQuery } from "./visitor.ts";

export interface LearningCourse {
  readonly key: string;
  readonly title: string;
  readonly summary: string | null;
  readonly cover: string | null;
  readonly opensAt: string | null;
  readonly closesAt: string | null;
  readonly gradedAttempt: GradedAttempt;
  readonly passPercent: number;
  readonly completion: CompletionRule;
  readonly required: number;
  readonly done: number;
  /** The first item in order that is not done; optional ones only when nothing else is left. */
  readonly next: { readonly key: string; readonly title: string; readonly kind: string } | null;
  readonly lastWorkAt: string | null;
  readonly quizzes: readonly QuizFacts[];
}

export interface TaughtCourse {
  readonly key: string;
  readonly title: string;
  readonly visibility: "Listed" | "Unlisted" | "Draft";
  readonly gradebook: boolean;
}

interface DashboardRow {
  readonly learning: readonly LearningCourse[];
  readonly teaching: readonly TaughtCourse[];
}

const MOST_TAUGHT = 60;

export const DASHBOARD = pageQuery<DashboardRow>(`
  SELECT
    (SELECT coalesce(json_agg(json_build_object('key', c.key, 'title', c.title, 'summary', c.summary,
        'cover', c.cover_path, 'opensAt', c.opens_at, 'closesAt', c.closes_at, 'gradedAttempt', c.graded_attempt,
        'passPercent', c.pass_percent, 'completion', c.completion, 'required', size.required, 'done', size.done,
        'next', size.next, 'lastWorkAt', greatest(size.last_done, last.started), 'quizzes', ${QUIZZES})
        ORDER BY greatest(size.last_done, last.started) DESC NULLS LAST, lower(c.title)), '[]')
     FROM course c
       LEFT JOIN LATERAL (
         SELECT count(*) FILTER (WHERE NOT i.optional) AS required,
           count(p.item_id) FILTER (WHERE NOT i.optional) AS done, max(p.done_at) AS last_done,
           (array_agg(json_build_object('key', i.key, 'title', i.title, 'kind', i.kind) ORDER BY i.optional, i.position)
             FILTER (WHERE p.item_id IS NULL))[1] AS next
         FROM item i LEFT JOIN item_progress p ON p.item_id = i.id AND p.account_id = ${ME}
         WHERE i.course_id = c.id AND i.archived_at IS NULL
       ) size ON true
       LEFT JOIN LATERAL (
         SELECT max(t.started_at) AS started FROM attempt t JOIN item i ON i.id = t.item_id
         WHERE i.course_id = c.id AND t.account_id = ${ME}
       ) last ON true
     WHERE c.archived_at IS NULL AND c.visibility <> 'Draft' AND (
       c.id IN ${LEARNING}
       OR (EXISTS (SELECT 1 FROM held g WHERE g.scope = 'site' AND 'course.learn' = ANY (g.permissions))
         AND c.id IN ${WORKED_IN}))) AS learning,
    (SELECT coalesce(json_agg(json_build_object('key', t.key, 'title', t.title, 'visibility', t.visibility,
        'gradebook', t.gradebook) ORDER BY lower(t.title)), '[]')
     FROM (
       SELECT c.key, c.title, c.visibility, bool_or('grades.view' = ANY (g.permissions)) AS gradebook
       FROM held g JOIN course c ON ${heldOn("g", "c")}
       WHERE g.role <> 'learner' AND c.archived_at IS NULL
       GROUP BY c.id ORDER BY lower(c.title) LIMIT ${MOST_TAUGHT}
     ) t) AS teaching`);
