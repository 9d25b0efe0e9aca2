// A course document made ready for the database: Markdown rendered, files hashed, positions counted. Touches no database.
import { createHash } from "node:crypto";
import type { CourseDocument, Quiz } from "../../api/index.ts";
import { aside } from "../content/aside.ts";
import type { RenderedQuiz } from "../quizzes/rendered.ts";
import type * as Render from "./render.ts";

/** Columns of `course` that a document decides. */
export interface CourseFacts {
  readonly manager: string;
  readonly title: string;
  readonly summary: string | null;
  readonly description: string | null;
  readonly description_html: string;
  readonly category: string | null;
  readonly language: string | null;
  readonly cover_path: string | null;
  readonly visibility: string;
  readonly opens_at: Date | null;
  readonly closes_at: Date | null;
  readonly enrolment_mode: string;
  readonly capacity: number | null;
  readonly graded_attempt: string;
  readonly pass_percent: number;
  readonly completion: string;
}

export interface PreparedFile {
  readonly path: string;
  readonly mediaType: string;
  readonly sha256: Buffer;
  readonly bytes: Buffer;
}

export interface PreparedModule {
  readonly key: string;
  readonly title: string;
  readonly summary: string | null;
  readonly summary_html: string;
  readonly position: number;
}

export type ItemKind = "lesson" | "quiz" | "link" | "file";

/** Columns of `item` that a document decides, the module by key. */
export interface ItemFacts {
  readonly module: string;
  readonly title: string;
  readonly kind: ItemKind;
  readonly optional: boolean;
  /** Within the course. */
  readonly position: number;
  readonly minutes: number | null;
  readonly source: string | null;
  readonly html: string;
  readonly link_url: string | null;
  readonly file_path: string | null;
}

export interface PreparedQuiz {
  readonly digest: string;
  readonly document: Quiz;
  readonly rendered: RenderedQuiz;
}

export interface PreparedItem {
  readonly key: string;
  /** Where in the document it stands. */
  readonly pointer: string;
  readonly facts: ItemFacts;
  readonly quiz?: PreparedQuiz;
}

export interface PreparedCourse {
  readonly key: string;
  readonly facts: CourseFacts;
  readonly files: readonly PreparedFile[];
  readonly modules: readonly PreparedModule[];
  readonly items: readonly PreparedItem[];
}

/** Renders and hashes all that a course needs; renders aside, for people are reading meanwhile. */
export async function prepareCourse(key: string, course: CourseDocument): Promise<PreparedCourse> {
  const files = course.files.map(({ path, mediaType, base64 }) => {
    const bytes = Buffer.from(base64, "base64");
    return { path, mediaType, bytes, sha256: createHash("sha256").update(bytes).digest() };
  });
  // The texts only ask which files there are.
  const texts = { ...course, files: course.files.map((file) => ({ ...file, base64: "" })) };
  const here = new URL("./render.ts", import.meta.url);
  return {
    ...(await aside<typeof Render, "renderCourse">(here, "renderCourse", key, texts)),
    files,
  };
}
