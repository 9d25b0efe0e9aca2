// Builders of people and courses in a test database, with good defaults. Rows as publishing a course document leaves them.
import { createHash } from "node:crypto";
import type { Quiz } from "../../api/index.ts";
import { renderMarkdown } from "../content/index.ts";
import type { Database } from "../db/index.ts";
import { renderQuiz } from "../quizzes/rendered.ts";

export interface ItemFixture {
  readonly key: string;
  readonly title?: string;
  readonly optional?: boolean;
  readonly minutes?: number;
  readonly lesson?: string;
  readonly quiz?: Quiz;
  readonly link?: { readonly url: string; readonly description?: string };
  readonly file?: { readonly path: string; readonly description?: string };
}

export interface CourseFixture {
  readonly title?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly category?: string;
  readonly cover?: string;
  readonly visibility?: "Listed" | "Unlisted" | "Draft";
  readonly opensAt?: Date;
  readonly closesAt?: Date;
  readonly mode?: "Open" | "Closed";
  readonly capacity?: number;
  readonly gradedAttempt?: "Highest" | "Latest" | "First";
  readonly passPercent?: number;
  readonly completion?: "AllItems" | "PassingGrade" | "Both";
  readonly files?: Readonly<Record<string, { readonly mediaType: string; readonly bytes: Buffer }>>;
  readonly modules?: readonly {
    readonly key: string;
    readonly title?: string;
    readonly summary?: string;
    readonly items: readonly ItemFixture[];
  }[];
}

export interface MadeCourse {
  readonly id: number;
  readonly key: string;
  /** Ids of the items by key. */
  readonly items: Readonly<Record<string, number>>;
}

/** An account; its id. */
export async function makeAccount(
  db: Database,
  name: string,
  displayName = capitalised(name),
): Promise<number> {
  const row = await db.first<{ id: number }>(
    "INSERT INTO account (name, email, display_name) VALUES ($1, $2, $3) RETURNING id",
    [name, `${name}@example.org`, displayName],
  );
  return row?.id ?? 0;
}

export interface Grant {
  readonly category?: string;
  readonly course?: string;
  readonly notBefore?: Date;
  readonly expiresAt?: Date;
}

/** Binds a role to an account, on the whole site unless a category or a course is named. */
export async function grant(
  db: Database,
  accountId: number,
  role: string,
  where: Grant = {},
): Promise<string> {
  const scope = where.course !== undefined ? "course" : where.category !== undefined ? "category" : "site";
  const key = where.course ?? where.category ?? null;
  const name = `test.${role}.${accountId}.${scope}.${key ?? ""}`;
  await db.execute(
    `INSERT INTO binding (name, manager, role, scope, scope_key, not_before, expires_at)
     VALUES ($1, 'test', $2, $3, $4, $5, $6)`,
    [name, role, scope, key, where.notBefore ?? null, where.expiresAt ?? null],
  );
  await db.execute("INSERT INTO binding_subject (binding, account_id) VALUES ($1, $2)", [name, accountId]);
  return name;
}

export async function makeCategory(db: Database, key: string, title = capitalised(key)): Promise<void> {
  await db.execute("INSERT INTO category (key, title, position) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING", [
    key,
    title,
  ]);
}

/** A course with its content, published. */
export async function makeCourse(
  db: Database,
  key: string,
  fixture: CourseFixture = {},
): Promise<MadeCourse> {
  const fileUrl = (path: string): string | undefined =>
    fixture.files?.[path] ? `/courses/${key}/files/${path}` : undefined;
  if (fixture.category !== undefined) await makeCategory(db, fixture.category);
  const course = await db.first<{ id: number }>(
    `INSERT INTO course (key, title, summary, description, description_html, category, cover_path, visibility, opens_at,
       closes_at, enrolment_mode, capacity, graded_attempt, pass_percent, completion)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id`,
    [
      key,
      fixture.title ?? capitalised(key),
      fixture.summary ?? null,
      fixture.description ?? null,
      renderMarkdown(fixture.description ?? "", { fileUrl }),
      fixture.category ?? null,
      fixture.cover ?? null,
      fixture.visibility ?? "Listed",
      fixture.opensAt ?? null,
      fixture.closesAt ?? null,
      fixture.mode ?? "Closed",
      fixture.capacity ?? null,
      fixture.gradedAttempt ?? "Highest",
      fixture.passPercent ?? 60,
      fixture.completion ?? "AllItems",
    ],
  );
  const id = course?.id ?? 0;
  for (const [path, { mediaType, bytes }] of Object.entries(fixture.files ?? {})) {
    const sha256 = createHash("sha256").update(bytes).digest();
    await db.execute(
      "INSERT INTO blob (sha256, bytes, size_bytes) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
      [sha256, bytes, bytes.length],
    );
    await db.execute(
      "INSERT INTO course_file (course_id, path, media_type, sha256) VALUES ($1, $2, $3, $4)",
      [id, path, mediaType, sha256],
    );
  }
  const items: Record<string, number> = {};
  let position = 0;
  for (const [m, module] of (fixture.modules ?? []).entries()) {
    const row = await db.first<{ id: number }>(
      `INSERT INTO module (course_id, key, title, summary, summary_html, position)
       VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
      [
        id,
        module.key,
        module.title ?? capitalised(module.key),
        module.summary ?? null,
        renderMarkdown(module.summary ?? "", { topHeading: 3 }),
        m,
      ],
    );
    for (const item of module.items)
      items[item.key] = await makeItem(db, id, row?.id ?? 0, item, position++, fileUrl);
  }
  return { id, key, items };
}

async function makeItem(
  db: Database,
  courseId: number,
  moduleId: number,
  item: ItemFixture,
  position: number,
  fileUrl: (path: string) => string | undefined,
): Promise<number> {
  const source =
    item.lesson ?? item.quiz?.instructions ?? item.link?.description ?? item.file?.description ?? "";
  const kind = item.quiz ? "quiz" : item.link ? "link" : item.file ? "file" : "lesson";
  const row = await db.first<{ id: number }>(
    `INSERT INTO item (course_id, module_id, key, title, kind, optional, position, minutes, source, html, link_url, file_path)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id`,
    [
      courseId,
      moduleId,
      item.key,
      item.title ?? capitalised(item.key),
      kind,
      item.optional ?? false,
      position,
      item.minutes ?? null,
      source,
      renderMarkdown(source, { fileUrl }),
      item.link?.url ?? null,
      item.file?.path ?? null,
    ],
  );
  const id = row?.id ?? 0;
  if (item.quiz) await reviseQuiz(db, id, item.quiz);
  return id;
}

/** Makes a quiz what the course now declares; earlier attempts keep their revision. */
export async function reviseQuiz(db: Database, itemId: number, quiz: Quiz): Promise<void> {
  const text = JSON.stringify(quiz);
  const row = await db.first<{ id: number }>(
    `INSERT INTO quiz_revision (item_id, digest, document, rendered) VALUES ($1, $2, $3, $4) RETURNING id`,
    [
      itemId,
      createHash("sha256").update(text).digest("hex"),
      text,
      JSON.stringify(renderQuiz(quiz, () => undefined)),
    ],
  );
  await db.execute("UPDATE item SET quiz_id = $2 WHERE id = $1", [itemId, row?.id]);
}

const capitalised = (key: string): string => key.charAt(0).toUpperCase() + key.slice(1).replaceAll("-", " ");
