// A sample of the site's pages: those every visitor begins with, and of some courses one of each kind.
import type { Database } from "../../db/database.ts";

export interface Reading {
  readonly url: string;
  /** Who asks; a stranger when absent. */
  readonly person?: { readonly id: number; readonly name: string };
  readonly expected: readonly number[];
}

/** Courses that are looked at; spread over all there are. */
const COURSES = 10;

interface CourseRow {
  readonly key: string;
  readonly id: number;
  readonly name: string;
  readonly sees_grades: boolean;
  readonly item: string | null;
  readonly quiz: string | null;
  readonly file: string | null;
}

export async function pagesToRead(db: Database): Promise<Reading[]> {
  const courses = await db.query<CourseRow>(
    `SELECT * FROM (
       SELECT DISTINCT ON (c.id) c.key, a.id, a.name, 'grades.view' = ANY(g.permissions) AS sees_grades,
         (SELECT i.key FROM item i WHERE i.course_id = c.id AND i.archived_at IS NULL AND i.kind = 'lesson' ORDER BY i.position LIMIT 1) AS item,
         (SELECT i.key FROM item i WHERE i.course_id = c.id AND i.archived_at IS NULL AND i.kind = 'quiz' ORDER BY i.position LIMIT 1) AS quiz,
         (SELECT f.path FROM course_file f WHERE f.course_id = c.id ORDER BY f.path LIMIT 1) AS file
       FROM course c JOIN course_grant g ON g.course_id = c.id JOIN account a ON a.id = g.account_id
       WHERE c.archived_at IS NULL AND NOT a.suspended AND a.archived_at IS NULL AND 'course.view' = ANY(g.permissions)
       ORDER BY c.id, ('grades.view' = ANY(g.permissions)) DESC, a.id
     ) courses ORDER BY md5(key) LIMIT ${COURSES}`,
  );
  // The catalog may ask strangers to sign in.
  const open: Reading[] = ["/", "/sign-in", "/catalog"].map((url) => ({ url, expected: [200, 303] }));
  return [...open, ...courses.flatMap(pagesOf)];
}

function pagesOf({ key, id, name, sees_grades: seesGrades, item, quiz, file }: CourseRow): Reading[] {
  const person = { id, name };
  const course = `/courses/${encodeURIComponent(key)}`;
  // Whoever may not see grades may find a course that is not open yet.
  const expected = seesGrades ? [200] : [200, 303, 403];
  const urls = [
    "/dashboard",
    course,
    ...(item === null ? [] : [`${course}/items/${encodeURIComponent(item)}`]),
    ...(quiz === null ? [] : [`${course}/items/${encodeURIComponent(quiz)}`]),
    ...(file === null ? [] : [`${course}/files/${file.split("/").map(encodeURIComponent).join("/")}`]),
    ...(seesGrades ? [`${course}/gradebook`] : []),
  ];
  return urls.map((url) => ({ url, person, expected }));
}
