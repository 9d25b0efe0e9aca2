// Who may do what with a course: the facts as SQL reads them, the decision as a pure function. No query of its own.
import { heldOn, ME } from "./visitor.ts";

/** Joins to a course `c` what the visitor holds on it: `grants` and `joined`. */
export const ACCESS_JOINS = `
  LEFT JOIN LATERAL (
    SELECT coalesce(bool_or(g.role <> 'learner'), false) AS is_staff,
      coalesce(bool_or('course.view' = ANY (g.permissions)), false) AS may_view,
      coalesce(bool_or('course.learn' = ANY (g.permissions)), false) AS may_learn,
      coalesce(bool_or('grades.view' = ANY (g.permissions)), false) AS may_see_grades
    FROM held g WHERE ${heldOn("g", "c")}
  ) grants ON true
  LEFT JOIN enrolment joined ON joined.course_id = c.id AND joined.account_id = ${ME}`;

/** Columns of AccessRow, after ACCESS_JOINS. */
export const ACCESS_COLUMNS = `
  c.visibility, c.opens_at, c.closes_at, c.archived_at, c.enrolment_mode, c.capacity,
  CASE WHEN c.capacity IS NULL THEN NULL
    ELSE (SELECT count(*) FROM enrolment other WHERE other.course_id = c.id) END AS joined_count,
  grants.is_staff, grants.may_view, grants.may_learn, grants.may_see_grades, joined.account_id IS NOT NULL AS joined`;

export interface AccessRow {
  readonly visibility: "Listed" | "Unlisted" | "Draft";
  readonly opens_at: Date | null;
  readonly closes_at: Date | null;
  readonly archived_at: Date | null;
  readonly enrolment_mode: "Open" | "Closed";
  readonly capacity: number | null;
  /** Only counted where there is a capacity. */
  readonly joined_count: number | null;
  /** Holds a role on the course that is not learner. */
  readonly is_staff: boolean;
  readonly may_view: boolean;
  readonly may_learn: boolean;
  readonly may_see_grades: boolean;
  readonly joined: boolean;
}

export interface Access {
  /** Whether the course exists for this visitor at all. */
  readonly visible: boolean;
  /** Lessons, files and quizzes: open, or why not. */
  readonly content: "Open" | "NotYetOpen" | "NotAMember";
  /** Whether work counts now: marking items as done, quiz attempts. */
  readonly work: "Open" | "NotYetOpen" | "Closed" | "NotALearner";
  readonly join: "Yes" | "SignInFirst" | "Member" | "Full" | "Closed" | "ByInvitation";
  readonly gradebook: boolean;
  readonly isStaff: boolean;
}

/**
 * What a visitor may do with a course now. A stranger is one without a session; the site's access policy has been
 * applied before. Staff (any role but learner) look at a course before it opens and while it is a draft.
 */
export function accessTo(
  course: AccessRow,
  visitor: { readonly signedIn: boolean },
  now = new Date(),
): Access {
  const notYetOpen = course.opens_at !== null && now < course.opens_at;
  const closed = course.closes_at !== null && now >= course.closes_at;
  const learner = course.may_learn || course.joined;
  const member = learner || course.may_view;
  return {
    visible: course.archived_at === null && (course.visibility !== "Draft" || course.is_staff),
    content: !member ? "NotAMember" : notYetOpen && !course.is_staff ? "NotYetOpen" : "Open",
    work: !learner
      ? "NotALearner"
      : closed
        ? "Closed"
        : notYetOpen && !course.is_staff
          ? "NotYetOpen"
          : "Open",
    join: joining(course, learner, closed, visitor.signedIn),
    gradebook: course.may_see_grades,
    isStaff: course.is_staff,
  };
}

function joining(course: AccessRow, learner: boolean, closed: boolean, signedIn: boolean): Access["join"] {
  if (learner) return "Member";
  if (course.enrolment_mode === "Closed") return "ByInvitation";
  if (closed) return "Closed";
  if (course.capacity !== null && (course.joined_count ?? 0) >= course.capacity) return "Full";
  return signedIn ? "Yes" : "SignInFirst";
}
