// A course document made ready for the database: Markdown rendered, files hashed, positions counted. Touches no database.
import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { type CourseDocument, digestOf, type Quiz } from "../../api/index.ts";
import { type FileUrl, renderMarkdown } from "../content/index.ts";
import { type RenderedQuiz, renderQuiz } from "../quizzes/rendered.ts";

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

/** Renders and hashes all that a course needs. Lets other requests in between items: people are reading meanwhile. */
export async function prepareCourse(key: string, course: CourseDocument): Promise<PreparedCourse> {
  const paths = new Set(course.files.map((file) => file.path));
  const fileUrl: FileUrl = (path) => (paths.has(path) ? `/courses/${key}/files/${path}` : undefined);
  const items: PreparedItem[] = [];
  for (const [m, module] of course.modules.entries())
    for (const [i, item] of module.items.entries()) {
      const pointer = `/modules/${m}/items/${i}`;
      items.push(prepareItem(module.key, item, { pointer, position: items.length, fileUrl }));
      await setImmediate();
    }
  return {
    key,
    facts: factsOf(course, fileUrl),
    files: course.files.map(({ path, mediaType, base64 }) => {
      const bytes = Buffer.from(base64, "base64");
      return { path, mediaType, bytes, sha256: createHash("sha256").update(bytes).digest() };
    }),
    modules: course.modules.map((module, position) => ({
      key: module.key,
      title: module.title,
      summary: module.summary ?? null,
      summary_html: renderMarkdown(module.summary ?? "", { fileUrl, topHeading: 3 }),
      position,
    })),
    items,
  };
}

function factsOf(course: CourseDocument, fileUrl: FileUrl): CourseFacts {
  const time = (text: string | undefined): Date | null => (text === undefined ? null : new Date(text));
  return {
    manager: course.manager,
    title: course.title,
    summary: course.summary ?? null,
    description: course.description ?? null,
    description_html: renderMarkdown(course.description ?? "", { fileUrl }),
    category: course.category ?? null,
    language: course.language ?? null,
    cover_path: course.cover ?? null,
    visibility: course.visibility,
    opens_at: time(course.schedule?.opensAt),
    closes_at: time(course.schedule?.closesAt),
    enrolment_mode: course.enrolment.mode,
    capacity: course.enrolment.capacity ?? null,
    graded_attempt: course.grading.attempt,
    pass_percent: course.grading.passPercent,
    completion: course.completion.requires,
  };
}

function prepareItem(
  module: string,
  item: CourseDocument["modules"][number]["items"][number],
  { pointer, position, fileUrl }: { pointer: string; position: number; fileUrl: FileUrl },
): PreparedItem {
  const { lesson, quiz, link, file } = item;
  const source = lesson?.markdown ?? quiz?.instructions ?? link?.description ?? file?.description ?? null;
  return {
    key: item.key,
    pointer,
    facts: {
      module,
      title: item.title,
      kind: quiz ? "quiz" : link ? "link" : file ? "file" : "lesson",
      optional: item.optional,
      position,
      minutes: lesson?.minutes ?? null,
      source,
      html: renderMarkdown(source ?? "", { fileUrl }),
      link_url: link?.url ?? null,
      file_path: file?.path ?? null,
    },
    ...(quiz && {
      quiz: { digest: digestOf(quiz), document: quiz, rendered: renderQuiz(quiz, fileUrl) },
    }),
  };
}
