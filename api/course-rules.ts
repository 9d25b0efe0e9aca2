// What a schema cannot say about a course: keys unique across modules, one right answer, files that exist.
// Used at the desk (`provost validate`), by the controller (Stalled) and by the runtime (422): one set of rules.
import type { Question, Quiz } from "./schema/coursework.ts";
import type { Finding } from "./schema/validator.ts";

interface Item {
  readonly key: string;
  readonly lesson?: { readonly markdown?: string };
  readonly quiz?: Quiz;
  readonly file?: { readonly path: string };
}

/** The part of a Course or of a course document that the rules look at. */
export interface CourseContent {
  readonly cover?: string;
  readonly files?: readonly { readonly path: string }[];
  readonly modules: readonly { readonly key: string; readonly items: readonly Item[] }[];
}

/** Every contradiction in a course, with JSON pointers relative to the course. Empty when there is none. */
export function courseFindings(course: CourseContent): Finding[] {
  const findings: Finding[] = [];
  const paths = new Set((course.files ?? []).map((file) => file.path));
  const known = paths.size > 0 ? [...paths].join(", ") : "none";
  const needFile = (path: string, pointer: string): void => {
    if (paths.has(path)) return;
    findings.push({
      pointer,
      message: `"${path}" is not among the course's files (${known}): add it to files or correct the path`,
    });
  };
  if (course.cover !== undefined) needFile(course.cover, "/cover");

  const firstUse = new Map<string, string>();
  course.modules.forEach((module, m) =>
    module.items.forEach((item, i) => {
      const at = `/modules/${m}/items/${i}`;
      const earlier = firstUse.get(item.key);
      if (earlier !== undefined)
        findings.push({
          pointer: `${at}/key`,
          message: `"${item.key}" is also the key of the item at ${earlier}: item keys are unique in the whole course, choose another`,
        });
      else firstUse.set(item.key, at);
      if (item.file) needFile(item.file.path, `${at}/file/path`);
      for (const path of imagePaths(item.lesson?.markdown ?? "")) needFile(path, `${at}/lesson/markdown`);
      item.quiz?.questions.forEach((question, q) => {
        const message = questionFault(question);
        if (message) findings.push({ pointer: `${at}/quiz/questions/${q}`, message });
      });
    }),
  );
  return findings;
}

function questionFault(question: Question): string | undefined {
  const single = question.singleChoice?.choices.filter((choice) => choice.correct).length;
  if (single !== undefined && single !== 1)
    return `"${question.key}" has ${single} correct choices: a singleChoice question needs exactly one (use multipleChoice for several)`;
  const multiple = question.multipleChoice?.choices.filter((choice) => choice.correct).length;
  if (multiple === 0) return `"${question.key}" has no correct choice: mark at least one with correct: true`;
  return undefined;
}

/** Relative image paths of a Markdown text, fenced code left out. */
function imagePaths(markdown: string): string[] {
  const prose = markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/!\[[^\]]*\]\(\s*<?([^)\s>]+)/g)]
    .map((match) => match[1] ?? "")
    .filter((path) => path !== "" && !/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(path))
    .map((path) => path.replace(/^\.\//, ""));
}
