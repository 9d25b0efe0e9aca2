// Which pages of which courses are looked at, by whom, and what they should answer: by the application's own decision on
// who may see what, so that a course that is a draft, not open yet or closed is no trouble.
import { type Access, accessTo } from "../../catalog/access.ts";
import { COURSE_ACCESS } from "../../catalog/course.ts";
import { forAccount } from "../../catalog/visitor.ts";
import type { Database } from "../../db/database.ts";
import { courseHref, fileHref, itemHref } from "../../web/components/parts.ts";
import { ACTIVE, type Person } from "./people.ts";

export interface Reading {
  readonly url: string;
  /** Who asks; a stranger when absent. */
  readonly person?: Person;
  readonly status: number;
  /** In the page's title. */
  readonly title?: string;
  /** Of what is sent, in hexadecimal. */
  readonly sha256?: string;
}

/** A quiz that somebody may take now. */
export interface Quiz {
  readonly url: string;
  readonly title: string;
  readonly person: Person;
}

export interface Sample {
  readonly readings: readonly Reading[];
  readonly quizzes: readonly Quiz[];
}

/** Courses that are looked at, spread over all there are. */
const COURSES = 10;

interface Course {
  readonly id: number;
  readonly key: string;
  readonly title: string;
  /** The first of each kind. */
  readonly items: readonly { readonly key: string; readonly title: string; readonly kind: string }[];
  /** The smallest. */
  readonly file: { readonly path: string; readonly sha256: string } | null;
}

export async function coursesToRead(db: Database): Promise<Sample> {
  const courses = await db.query<Course>(
    `SELECT c.id, c.key, c.title,
       (SELECT coalesce(json_agg(i), '[]') FROM (
          SELECT DISTINCT ON (kind) key, title, kind FROM item
          WHERE course_id = c.id AND archived_at IS NULL ORDER BY kind, position) i) AS items,
       (SELECT json_build_object('path', f.path, 'sha256', encode(f.sha256, 'hex'))
        FROM course_file f JOIN blob b ON b.sha256 = f.sha256 WHERE f.course_id = c.id
        ORDER BY b.size_bytes = 0, b.size_bytes, f.path LIMIT 1) AS file
     FROM course c WHERE c.archived_at IS NULL ORDER BY md5(c.key) LIMIT ${COURSES}`,
  );
  const samples: Sample[] = [];
  for (const course of courses) samples.push(await sampleOf(db, course));
  return {
    readings: samples.flatMap(({ readings }) => readings),
    quizzes: samples.flatMap(({ quizzes }) => quizzes),
  };
}

interface Member extends Person {
  readonly sees_grades: boolean;
  readonly learns: boolean;
}

/** Who has the most to see, and who learns: who has nothing open gets a quiz as it is now. */
async function sampleOf(db: Database, course: Course): Promise<Sample> {
  const members = await db.query<Member>(
    `SELECT a.id, a.name, bool_or(m.sees_grades) AS sees_grades, bool_or(m.learns) AS learns
     FROM (SELECT account_id, 'grades.view' = ANY(permissions) AS sees_grades, role <> 'learner' AS is_staff,
             'course.learn' = ANY(permissions) AS learns
           FROM course_grant WHERE course_id = $1
           UNION ALL SELECT account_id, false, false, true FROM enrolment WHERE course_id = $1) m
       JOIN account a ON a.id = m.account_id
     WHERE ${ACTIVE} GROUP BY a.id
     ORDER BY bool_or(m.sees_grades) DESC, bool_or(m.is_staff) DESC,
       EXISTS (SELECT FROM attempt t JOIN item i ON i.id = t.item_id
               WHERE i.course_id = $1 AND t.account_id = a.id AND t.submitted_at IS NULL), a.id`,
    [course.id],
  );
  const learner =
    members.find((one) => one.learns && !one.sees_grades) ?? members.find(({ learns }) => learns);
  const persons = new Set([members[0], learner]);
  const samples: Sample[] = [];
  for (const person of persons) if (person) samples.push(await seenBy(db, course, person));
  return {
    readings: samples.flatMap(({ readings }) => readings),
    quizzes: samples.flatMap(({ quizzes }) => quizzes),
  };
}

async function seenBy(db: Database, course: Course, person: Member): Promise<Sample> {
  const row = await forAccount(db, person.id, COURSE_ACCESS, [course.key]);
  if (!row) throw new Error(`course ${course.key} is not found by ${person.name}`);
  const access = accessTo(row, { signedIn: true });
  const here = courseHref(course.key);
  if (!access.visible) return { readings: [{ url: here, person, status: 404 }], quizzes: [] };
  const result = await db.first<{ id: number }>(
    `SELECT t.id FROM attempt t JOIN item i ON i.id = t.item_id
     WHERE i.course_id = $1 AND (t.account_id = $2 OR $3) AND t.submitted_at IS NOT NULL ORDER BY t.id LIMIT 1`,
    [course.id, person.id, access.gradebook],
  );
  return {
    readings: [
      { url: here, person, status: 200, title: course.title },
      ...contentOf(course, person, access),
      ...(result ? [{ url: `/attempts/${result.id}`, person, status: 200, title: "Result" }] : []),
      ...(access.gradebook
        ? [
            { url: `${here}/gradebook`, person, status: 200, title: "Gradebook" },
            { url: `${here}/gradebook.csv`, person, status: 200 },
          ]
        : []),
    ],
    quizzes:
      access.work === "Open" && access.content === "Open"
        ? course.items
            .filter(({ kind }) => kind === "quiz")
            .map(({ key, title }) => ({ url: itemHref(course.key, key), title, person }))
        : [],
  };
}

/** Items and a file; whoever may not read them is sent back to the course's page. */
function contentOf({ key: course, items, file }: Course, person: Person, { content }: Access): Reading[] {
  const open = content === "Open";
  return [
    ...items.map(({ key, title }) => ({
      url: itemHref(course, key),
      person,
      status: open ? 200 : 303,
      ...(open && { title }),
    })),
    ...(open && file
      ? [
          {
            url: fileHref(course, file.path.split("/").map(encodeURIComponent).join("/")),
            person,
            status: 200,
            sha256: file.sha256,
          },
        ]
      : []),
  ];
}
