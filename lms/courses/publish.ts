// Makes the database what a course document says: the course itself; files, modules and items stand beside.
import type { Change } from "../../api/index.ts";
import type { Applied } from "../admin/apply.ts";
import { fieldUpdates } from "../admin/changes.ts";
import { AdminProblem } from "../admin/problem.ts";
import type { Transaction } from "../db/index.ts";
import { publishFiles } from "./files.ts";
import { publishItems } from "./items.ts";
import { archiveModules, publishModules } from "./modules.ts";
import type { CourseFacts, PreparedCourse } from "./prepare.ts";

/** Publishes a course. What learners have work on is archived instead of removed, and comes back when declared again. */
export async function publishCourse(tx: Transaction, course: PreparedCourse): Promise<Applied> {
  const before = await courseRow(tx, course.key);
  refuseForeignCourse(course.key, before, course.facts.manager);
  await requireCategory(tx, course.facts.category);
  const changes: Change[] = [];
  const id = await publishFacts(tx, course, before, changes);
  changes.push(...(await publishFiles(tx, id, course.files)));
  const modules = await publishModules(tx, id, course.modules);
  const items = await publishItems(tx, id, course.items, modules.ids);
  changes.push(...modules.changes, ...items.changes);
  // Last, for by now every item stands in a declared module, is archived or is gone.
  changes.push(...(await archiveModules(tx, id, course.modules)));
  if (before && changes.length > 0)
    await tx.execute("UPDATE course SET updated_at = now() WHERE id = $1", [id]);
  // Everything of a new course is new: one line says it.
  return {
    changes: before ? changes : [{ op: "create", path: `courses/${course.key}` }],
    archivedItems: items.archived,
  };
}

interface CourseRow extends CourseFacts {
  readonly id: number;
  readonly archived: boolean;
}

const FIELDS = [
  "manager",
  "title",
  "summary",
  "description",
  "description_html",
  "category",
  "language",
  "cover_path",
  "visibility",
  "opens_at",
  "closes_at",
  "enrolment_mode",
  "capacity",
  "graded_attempt",
  "pass_percent",
  "completion",
] as const satisfies readonly (keyof CourseFacts)[];

/** How changes name the columns: as the author wrote them. */
const SPOKEN: Readonly<Partial<Record<keyof CourseFacts, string>>> = {
  description_html: "html",
  cover_path: "cover",
  opens_at: "schedule.opensAt",
  closes_at: "schedule.closesAt",
  enrolment_mode: "enrolment.mode",
  capacity: "enrolment.capacity",
  graded_attempt: "grading.attempt",
  pass_percent: "grading.passPercent",
  completion: "completion.requires",
};

const SELECT = `SELECT id, archived_at IS NOT NULL AS archived, ${FIELDS.join(", ")} FROM course WHERE key = $1 FOR UPDATE`;
const INSERT = `INSERT INTO course (key, ${FIELDS.join(", ")})
  VALUES ($1, ${FIELDS.map((_, i) => `$${i + 2}`).join(", ")}) RETURNING id`;
const UPDATE = `UPDATE course SET ${FIELDS.map((field, i) => `${field} = $${i + 2}`).join(", ")}, archived_at = NULL
  WHERE key = $1`;

function courseRow(tx: Transaction, key: string): Promise<CourseRow | undefined> {
  return tx.first<CourseRow>(SELECT, [key]);
}

function refuseForeignCourse(key: string, row: CourseRow | undefined, manager: string): void {
  if (!row || row.manager === manager) return;
  const holder = row.manager === null ? "made on the site itself" : `declared by "${row.manager}"`;
  throw new AdminProblem("ManagedByAnother", {
    detail: `course "${key}" is ${holder}, not by "${manager}"`,
    remedy: "Choose another key, or delete the other declaration first.",
    pointer: "/manager",
  });
}

async function requireCategory(tx: Transaction, category: string | null): Promise<void> {
  if (category === null || (await tx.first("SELECT 1 FROM category WHERE key = $1", [category]))) return;
  const known = await tx.query<{ key: string }>("SELECT key FROM category ORDER BY position LIMIT 20");
  throw new AdminProblem("CategoryNotFound", {
    detail: `there is no category "${category}"; there are: ${known.map((row) => row.key).join(", ") || "none"}`,
    remedy: "Declare the category with the site first, or choose one of those.",
    pointer: "/category",
  });
}

async function publishFacts(
  tx: Transaction,
  { key, facts }: PreparedCourse,
  before: CourseRow | undefined,
  changes: Change[],
): Promise<number> {
  const params = [key, ...FIELDS.map((field) => facts[field])];
  if (!before) {
    const row = await tx.first<{ id: number }>(INSERT, params);
    if (!row) throw new Error(`course ${key} was not made`);
    return row.id;
  }
  const spoken = (row: CourseFacts): Record<string, unknown> =>
    Object.fromEntries(FIELDS.map((field) => [SPOKEN[field] ?? field, row[field]]));
  const updates = fieldUpdates("course", spoken(before), spoken(facts));
  if (before.archived) changes.push({ op: "restore", path: `courses/${key}` });
  changes.push(...withoutEchoes(updates));
  if (before.archived || updates.length > 0) await tx.execute(UPDATE, params);
  return before.id;
}

/** HTML follows from its text: said only where the text itself is the same, and never spelled out. */
function withoutEchoes(updates: readonly Change[]): Change[] {
  const source = updates.some(({ path }) => /\.(description|source|summary)$/.test(path));
  return updates.flatMap((change): Change[] => {
    if (!change.path.endsWith(".html")) return [change];
    return source ? [] : [{ op: "update", path: change.path }];
  });
}

/** Takes a course off the site: archived when learners have work on it, removed otherwise. */
export async function removeCourse(tx: Transaction, key: string, manager: string): Promise<Applied> {
  const row = await courseRow(tx, key);
  if (!row) return { changes: [] };
  refuseForeignCourse(key, row, manager);
  if (row.archived) return { changes: [] };
  const work = await tx.first(
    `SELECT 1 WHERE EXISTS (SELECT 1 FROM enrolment WHERE course_id = $1)
       OR EXISTS (SELECT 1 FROM item_progress p JOIN item i ON i.id = p.item_id WHERE i.course_id = $1)
       OR EXISTS (SELECT 1 FROM attempt t JOIN item i ON i.id = t.item_id WHERE i.course_id = $1)`,
    [row.id],
  );
  if (work) await tx.execute("UPDATE course SET archived_at = now() WHERE id = $1", [row.id]);
  else await tx.execute("DELETE FROM course WHERE id = $1", [row.id]);
  return { changes: [{ op: work ? "archive" : "remove", path: `courses/${key}` }] };
}
