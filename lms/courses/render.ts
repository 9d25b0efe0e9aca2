// What of a course needs Markdown: its texts, item by item, module by module. Plain data in and out; runs aside.
import { digestOf } from "../../api/admin/digest.ts";
import type { CourseDocument } from "../../api/index.ts";
import { type FileUrl, renderMarkdown } from "../content/index.ts";
import { renderQuiz } from "../quizzes/rendered.ts";
import type { CourseFacts, PreparedCourse, PreparedItem } from "./prepare.ts";

/** All of a prepared course but the files; of those only the paths are looked at. */
export function renderCourse(key: string, course: CourseDocument): Omit<PreparedCourse, "files"> {
  const paths = new Set(course.files.map((file) => file.path));
  const fileUrl: FileUrl = (path) => (paths.has(path) ? `/courses/${key}/files/${path}` : undefined);
  const items: PreparedItem[] = [];
  for (const [m, module] of course.modules.entries())
    for (const [i, item] of module.items.entries()) {
      const pointer = `/modules/${m}/items/${i}`;
      items.push(prepareItem(module.key, item, { pointer, position: items.length, fileUrl }));
    }
  return {
    key,
    facts: factsOf(course, fileUrl),
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
