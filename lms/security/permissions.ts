// Who may see, learn and grade a course: pure rules over the grants that hold now. How grants are stored is SQL's business.
import type { Permission } from "../../api/index.ts";
import type { Queryable } from "../db/index.ts";

/** A role that holds for somebody on a course, by whatever scope (view course_grant). */
export interface Grant {
  readonly role: string;
  readonly permissions: readonly Permission[];
}

/** What of a course decides about access. */
export interface CourseGate {
  readonly visibility: "Listed" | "Unlisted" | "Draft";
  readonly enrolmentMode: "Open" | "Closed";
  readonly opensAt: Date | null;
  readonly closesAt: Date | null;
}

/** Who asks: undefined when nobody is signed in. */
export interface Asker {
  readonly grants: readonly Grant[];
  /** Joined by themselves. */
  readonly enrolled: boolean;
}

export interface CourseAccess {
  /** The course's own page: title, description, list of items. */
  readonly seesEntry: boolean;
  /** Lessons, files and quizzes, to read. */
  readonly readsContent: boolean;
  /** Marks lessons done and takes quizzes, within the schedule. */
  readonly learns: boolean;
  /** The gradebook of everybody. */
  readonly seesGrades: boolean;
  /** May join by themselves (whether there is room is another question). */
  readonly mayEnrol: boolean;
}

const allows = (grants: readonly Grant[], ...permissions: readonly Permission[]): boolean =>
  grants.some((grant) => permissions.some((permission) => grant.permissions.includes(permission)));

/** Staff are people with a role that is not a learner's: they may look without learning, grade or administer. */
function isStaff({ permissions }: Grant): boolean {
  return (
    permissions.includes("grades.view") ||
    permissions.includes("site.administer") ||
    (permissions.includes("course.view") && !permissions.includes("course.learn"))
  );
}

/** What somebody may do with a course now. An archived course is not asked about: it is gone for everybody. */
export function courseAccess(
  course: CourseGate,
  asker: Asker | undefined,
  catalog: "Public" | "SignedIn",
  now = new Date(),
): CourseAccess {
  const grants = asker?.grants ?? [];
  const staff = grants.some(isStaff);
  const begun = course.opensAt === null || course.opensAt <= now;
  const over = course.closesAt !== null && course.closesAt <= now;
  const draft = course.visibility === "Draft";
  const learner = (asker?.enrolled ?? false) || allows(grants, "course.learn");
  const seesEntry = draft ? staff : asker !== undefined || catalog === "Public";
  return {
    seesEntry,
    readsContent: seesEntry && (staff || (begun && (learner || allows(grants, "course.view")))),
    learns: seesEntry && learner && begun && !over,
    seesGrades: seesEntry && allows(grants, "grades.view"),
    mayEnrol:
      seesEntry && asker !== undefined && !learner && !over && course.enrolmentMode === "Open" && !draft,
  };
}

/** The grants an account has on a course now; an expired binding is not among them. */
export async function courseGrants(on: Queryable, accountId: number, courseId: number): Promise<Grant[]> {
  return on.query<Grant>(
    "SELECT role, permissions FROM course_grant WHERE account_id = $1 AND course_id = $2",
    [accountId, courseId],
  );
}
