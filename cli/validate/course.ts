// What a course contradicts itself in: the rules of api/course-rules.ts, on a manifest that may have other faults.
import { type CourseContent, courseFindings } from "../../api/course-rules.ts";
import { type FieldPath, formatPath, fromPointer, isMapping, valueAt } from "./field-path.ts";
import type { Fault } from "./finding.ts";

/** Contradictions in a Course that the schema does not see; `known` are its faults found so far. */
export function courseFaults(value: unknown, known: readonly Fault[]): Fault[] {
  const spec = valueAt(value, ["spec"]);
  const told = new Set(known.map((fault) => formatPath(fault.path)));
  return courseFindings(content(spec))
    .map(({ pointer, message }) => {
      const path: FieldPath = ["spec", ...fromPointer(pointer)];
      return { path, message: withFieldPaths(message), ...within(path, message) };
    })
    .filter(({ path }) => !told.has(formatPath(path)));
}

/** A missing image is pointed at where the Markdown names it. */
function within(path: FieldPath, message: string): { within?: string } {
  const image = path.at(-1) === "markdown" ? /^"([^"]+)"/.exec(message)?.[1] : undefined;
  return image === undefined ? {} : { within: image };
}

/** The rules speak in JSON pointers relative to the course; a manifest's author thinks in fields. */
function withFieldPaths(message: string): string {
  return message.replace(/(?<=\bat )\/modules\/\d+\/items\/\d+/g, (pointer) =>
    formatPath(["spec", ...fromPointer(pointer)]),
  );
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** The parts that the rules look at, everything of a wrong type left out but every index kept. */
function content(spec: unknown): CourseContent {
  const cover = text(valueAt(spec, ["cover"]));
  const files = list(valueAt(spec, ["files"])).flatMap((file) => {
    const path = text(valueAt(file, ["path"]));
    return path === undefined ? [] : [{ path }];
  });
  const modules = list(valueAt(spec, ["modules"])).map((module, m) => ({
    key: text(valueAt(module, ["key"])) ?? "",
    items: list(valueAt(module, ["items"])).map((item, i) => ({
      // An item without a key repeats nobody's.
      key: text(valueAt(item, ["key"])) ?? ` ${m}/${i}`,
      ...optional("lesson", markdown(item)),
      ...optional("file", file(item)),
      ...optional("quiz", quiz(item)),
    })),
  }));
  return { ...optional("cover", cover), files, modules } as CourseContent;
}

const optional = (name: string, value: unknown): Record<string, unknown> =>
  value === undefined ? {} : { [name]: value };

function markdown(item: unknown): { markdown: string } | undefined {
  const found = text(valueAt(item, ["lesson", "markdown"]));
  return found === undefined ? undefined : { markdown: found };
}

function file(item: unknown): { path: string } | undefined {
  const path = text(valueAt(item, ["file", "path"]));
  return path === undefined ? undefined : { path };
}

function quiz(item: unknown): { questions: unknown[] } | undefined {
  const questions = valueAt(item, ["quiz", "questions"]);
  if (!Array.isArray(questions)) return undefined;
  return {
    questions: questions.map((question: unknown) => ({
      key: text(valueAt(question, ["key"])) ?? "",
      ...optional("singleChoice", choices(question, "singleChoice")),
      ...optional("multipleChoice", choices(question, "multipleChoice")),
    })),
  };
}

/** Choices are counted only where all of them are sound, else the count would be wrong. */
function choices(question: unknown, type: string): { choices: unknown[] } | undefined {
  const found = valueAt(question, [type, "choices"]);
  if (!Array.isArray(found) || found.length === 0) return undefined;
  const sound = found.every((choice: unknown) => {
    const correct = valueAt(choice, ["correct"]);
    return isMapping(choice) && (correct === undefined || correct === null || typeof correct === "boolean");
  });
  return sound ? { choices: found } : undefined;
}
