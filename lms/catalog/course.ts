// The course page: what the course is, its outline, and how far the visitor is.
import type { CompletionRule, GradedAttempt } from "../grades/course-grade.ts";
import { ACCESS_COLUMNS, ACCESS_JOINS, type AccessRow } from "./access.ts";
import {
  OUTLINE_ITEMS,
  OUTLINE_MODULES,
  type OutlineItem,
  type OutlineModule,
  QUIZZES,
  type QuizFacts,
} from "./mine.ts";
import { pageQuery } from "./visitor.ts";

export interface CourseRow extends AccessRow {
  readonly id: number;
  readonly key: string;
  readonly title: string;
  readonly summary: string | null;
  readonly description_html: string;
  readonly category: string | null;
  readonly language: string | null;
  readonly cover_path: string | null;
  readonly graded_attempt: GradedAttempt;
  readonly pass_percent: number;
  readonly completion: CompletionRule;
  readonly modules: readonly OutlineModule[];
  readonly items: readonly OutlineItem[];
  readonly quizzes: readonly QuizFacts[];
  /** Display names of those who hold the role instructor on this very course. */
  readonly instructors: readonly string[];
}

/** $4 course key */
export const COURSE = pageQuery<CourseRow>(`
  SELECT c.id, c.key, c.title, c.summary, c.description_html, c.category, c.language, c.cover_path, c.graded_attempt,
    c.pass_percent, c.completion, ${ACCESS_COLUMNS}, ${OUTLINE_MODULES} AS modules, ${OUTLINE_ITEMS} AS items,
    ${QUIZZES} AS quizzes,
    (SELECT coalesce(json_agg(DISTINCT a.display_name), '[]') FROM effective_grant g JOIN account a ON a.id = g.account_id
     WHERE g.scope = 'course' AND g.scope_key = c.key AND g.role = 'instructor' AND a.archived_at IS NULL) AS instructors
  FROM course c ${ACCESS_JOINS}
  WHERE c.key = $4`);

/** $4 course key: who may do what, for actions on a course. */
export const COURSE_ACCESS = pageQuery<
  AccessRow & { readonly id: number; readonly key: string; readonly title: string }
>(`
  SELECT c.id, c.key, c.title, ${ACCESS_COLUMNS} FROM course c ${ACCESS_JOINS} WHERE c.key = $4`);
