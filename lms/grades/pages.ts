// What the grades page and the gradebook read.
import { ACCESS_COLUMNS, ACCESS_JOINS, type AccessRow } from "../catalog/access.ts";
import { LEARNING, type QuizFacts, QUIZZES, WORKED_IN } from "../catalog/mine.ts";
import { ME, pageQuery } from "../catalog/visitor.ts";
import type { CompletionRule, GradedAttempt } from "./course-grade.ts";

export interface GradesCourse {
  readonly key: string;
  readonly title: string;
  readonly archived: boolean;
  readonly gradedAttempt: GradedAttempt;
  readonly passPercent: number;
  readonly completion: CompletionRule;
  readonly required: number;
  readonly done: number;
  readonly quizzes: readonly QuizFacts[];
}

/** Every course the visitor learns or has left work in, archived ones last. */
export const MY_GRADES = pageQuery<{ readonly courses: readonly GradesCourse[] }>(`
  SELECT coalesce(json_agg(json_build_object('key', c.key, 'title', c.title, 'archived', c.archived_at IS NOT NULL,
      'gradedAttempt', c.graded_attempt, 'passPercent', c.pass_percent, 'completion', c.completion,
      'required', size.required, 'done', size.done, 'quizzes', ${QUIZZES})
      ORDER BY c.archived_at IS NOT NULL, lower(c.title)), '[]') AS courses
  FROM course c LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE NOT i.optional) AS required, count(p.item_id) FILTER (WHERE NOT i.optional) AS done
    FROM item i LEFT JOIN item_progress p ON p.item_id = i.id AND p.account_id = ${ME}
    WHERE i.course_id = c.id AND i.archived_at IS NULL
  ) size ON true
  WHERE c.id IN ${WORKED_IN} OR (c.id IN ${LEARNING} AND c.archived_at IS NULL AND c.visibility <> 'Draft')`);

export interface GradebookQuiz {
  readonly id: number;
  readonly key: string;
  readonly title: string;
  readonly archived: boolean;
  readonly weight: number;
}

export interface GradebookLearner {
  readonly id: number;
  readonly name: string;
  readonly displayName: string;
  readonly email: string;
  /** Still takes part; otherwise only work is left. */
  readonly active: boolean;
  /** Items that are not optional and done. */
  readonly done: number;
  readonly attempts: readonly {
    readonly item: number;
    readonly id: number;
    readonly number: number;
    readonly percent: number | null;
    readonly passed: boolean | null;
  }[];
}

export interface GradebookRow extends AccessRow {
  readonly key: string;
  readonly title: string;
  readonly graded_attempt: GradedAttempt;
  readonly pass_percent: number;
  readonly completion: CompletionRule;
  readonly required: number;
  readonly quizzes: readonly GradebookQuiz[];
  readonly learners: readonly GradebookLearner[];
  readonly total: number;
}

/**
 * $4 course key, $5 descending by name, $6 how many learners to skip, $7 how many to show. Learners are those who
 * enrolled, hold a role that learns on the course or its category, or left work; a site-wide role alone makes nobody a
 * learner of every course.
 */
export const GRADEBOOK = pageQuery<GradebookRow>(`
  SELECT c.key, c.title, c.graded_attempt, c.pass_percent, c.completion, ${ACCESS_COLUMNS},
    (SELECT count(*) FROM item i WHERE i.course_id = c.id AND i.archived_at IS NULL AND NOT i.optional) AS required,
    (SELECT coalesce(json_agg(json_build_object('id', i.id, 'key', i.key, 'title', i.title, 'weight', r.weight,
        'archived', i.archived_at IS NOT NULL) ORDER BY i.archived_at IS NOT NULL, i.position), '[]')
     FROM item i JOIN quiz_revision r ON r.id = i.quiz_id WHERE i.course_id = c.id AND i.kind = 'quiz'
       AND (i.archived_at IS NULL OR EXISTS (SELECT 1 FROM attempt t WHERE t.item_id = i.id))) AS quizzes,
    listed.learners, listed.total
  FROM course c ${ACCESS_JOINS}
    LEFT JOIN LATERAL (
      WITH active AS (
        SELECT e.account_id FROM enrolment e WHERE e.course_id = c.id
        UNION
        SELECT g.account_id FROM effective_grant g WHERE 'course.learn' = ANY (g.permissions)
          AND ((g.scope = 'course' AND g.scope_key = c.key) OR (g.scope = 'category' AND g.scope_key = c.category))
      ), worked AS (
        SELECT t.account_id FROM attempt t JOIN item i ON i.id = t.item_id WHERE i.course_id = c.id
        UNION
        SELECT p.account_id FROM item_progress p JOIN item i ON i.id = p.item_id WHERE i.course_id = c.id
      ), learner AS (
        SELECT a.id, a.name, a.display_name, a.email, a.archived_at IS NULL AND a.id IN (SELECT account_id FROM active) AS active,
          count(*) OVER () AS total,
          CASE WHEN $5::boolean THEN row_number() OVER (ORDER BY lower(a.display_name) DESC, a.id DESC)
            ELSE row_number() OVER (ORDER BY lower(a.display_name), a.id) END AS place
        FROM account a WHERE a.id IN (SELECT account_id FROM active UNION SELECT account_id FROM worked)
      )
      SELECT coalesce(max(l.total), 0) AS total,
        coalesce(json_agg(json_build_object('id', l.id, 'name', l.name, 'displayName', l.display_name, 'email', l.email,
          'active', l.active,
          'done', (SELECT count(*) FROM item_progress p JOIN item i ON i.id = p.item_id WHERE i.course_id = c.id
            AND i.archived_at IS NULL AND NOT i.optional AND p.account_id = l.id),
          'attempts', (SELECT coalesce(json_agg(json_build_object('item', t.item_id, 'id', t.id, 'number', t.number,
              'percent', t.percent, 'passed', t.passed) ORDER BY t.number), '[]')
            FROM attempt t JOIN item i ON i.id = t.item_id WHERE i.course_id = c.id AND t.account_id = l.id))
          ORDER BY l.place), '[]') AS learners
      FROM learner l WHERE l.place > $6::int AND l.place <= $6::int + $7::int
    ) listed ON grants.may_see_grades
  WHERE c.key = $4`);
