// What the quickstart promises to a newcomer: a site with a face, and two complete courses that show up as written.
import { describe, expect, test } from "vitest";
import {
  type Course,
  courseKind,
  type LmsTenant,
  lmsTenantKind,
  type Question,
  type RoleBinding,
  roleBindingKind,
} from "../../api/index.ts";
import { courseDocument } from "../../controller/course/document.ts";
import { renderMarkdown } from "../../lms/content/index.ts";
import { libraries } from "../../lms/content/libraries.ts";
import { contrast, parseColor } from "../../lms/web/brand/colors.ts";
import { answersOf } from "../../lms/quizzes/answers.ts";
import { grade } from "../../lms/quizzes/grade.ts";
import { rightAnswers } from "../scenario/learner.ts";
import { asStored, kindOf, readExample } from "./examples.ts";

const { objects } = await readExample("quickstart");
const of = <T>(kind: typeof courseKind | typeof lmsTenantKind | typeof roleBindingKind): T[] =>
  objects.filter((one) => kindOf(one) === kind).map((one) => asStored<T>(kind, one));
const tenants = of<LmsTenant>(lmsTenantKind);
const courses = of<Course>(courseKind);
const bindings = of<RoleBinding>(roleBindingKind);

const QUESTION_TYPES = ["singleChoice", "multipleChoice", "trueFalse", "shortAnswer", "numeric"] as const;
const typeOf = (question: Question) => QUESTION_TYPES.find((type) => question[type] !== undefined);
const itemsOf = (course: Course) => course.spec.modules.flatMap((module) => module.items);
const quizzesOf = (course: Course) => itemsOf(course).flatMap((item) => item.quiz ?? []);
const lessonsOf = (course: Course) =>
  itemsOf(course).flatMap((item) =>
    item.lesson?.markdown === undefined ? [] : [[item.key, item.lesson.markdown] as const],
  );

describe("the site", () => {
  test("is one tenant with a face, three people and no password", () => {
    expect(tenants).toHaveLength(1);
    const spec = tenants[0]?.spec;
    expect(spec?.site.branding?.logo?.svg).toContain("<svg");
    expect(spec?.site.tagline).toBeTruthy();
    expect(spec?.site.description).toBeTruthy();
    expect(spec?.site.footer?.links?.length).toBeGreaterThan(0);
    expect(spec?.users).toHaveLength(3);
    expect(JSON.stringify(objects)).not.toMatch(/"password"/);
  });

  test("has a header colour that white text can be read on", () => {
    const color = tenants[0]?.spec.site.branding?.primaryColor ?? "#ffffff";
    expect(contrast(parseColor(color), parseColor("#ffffff"))).toBeGreaterThanOrEqual(4.5);
  });

  test("gives somebody each role, and the class both courses", () => {
    const granted = (role: string) =>
      bindings.filter((binding) => binding.spec.roleRef.name === role).map((binding) => binding.spec.scope);
    expect(granted("administrator")).toEqual([{ site: true }]);
    const both = courses.map((course) => ({ course: course.metadata.name }));
    expect(granted("instructor")).toEqual(expect.arrayContaining(both));
    expect(granted("learner")).toEqual(expect.arrayContaining(both));
  });

  test("has two courses, together with all five types of question", () => {
    expect(courses).toHaveLength(2);
    const types = new Set(courses.flatMap(quizzesOf).flatMap((quiz) => quiz.questions.map(typeOf)));
    expect([...types].sort()).toEqual([...QUESTION_TYPES].sort());
  });
});

describe.each(courses.map((course) => [course.metadata.name, course] as const))("the course %s", (_name, course) => {
  test("is complete: 3 modules, 8 lessons, 2 quizzes at least, a cover and a description", () => {
    expect(course.spec.modules.length).toBeGreaterThanOrEqual(3);
    expect(lessonsOf(course).length).toBeGreaterThanOrEqual(8);
    expect(quizzesOf(course).length).toBeGreaterThanOrEqual(2);
    expect(course.spec.cover).toBeTruthy();
    expect(course.spec.summary).toBeTruthy();
    expect(course.spec.description).toBeTruthy();
  });

  test("is small enough for a client-side kubectl apply, which keeps a copy in an annotation", () => {
    const manifest = objects.find(({ object }) => object.metadata.name === course.metadata.name)?.object;
    expect(Buffer.byteLength(JSON.stringify(manifest))).toBeLessThan(200_000);
  });

  test("has each item key once, and uses every file", () => {
    const keys = itemsOf(course).map((item) => item.key);
    expect(keys).toEqual([...new Set(keys)]);
    const text = JSON.stringify({ ...course.spec, files: [] });
    for (const { path } of course.spec.files ?? []) expect(text, path).toContain(path);
  });

  test("explains every answer", () => {
    for (const quiz of quizzesOf(course)) {
      expect(quiz.questions.length).toBeGreaterThanOrEqual(4);
      for (const question of quiz.questions) expect(question.explanation, question.key).toBeTruthy();
    }
  });

  test("can be passed: what it declares as right is graded as right", () => {
    for (const item of itemsOf(course))
      if (item.quiz) {
        const answers = answersOf(item.quiz, { ...rightAnswers(item.quiz) });
        expect(grade(item.quiz, answers).percent, item.key).toBe(100);
      }
  });

  test("says in words what each of its pictures shows", () => {
    for (const [key, markdown] of lessonsOf(course))
      for (const [, alt = ""] of markdown.matchAll(/!\[([^\]]*)\]\(/g)) expect(alt.length, key).toBeGreaterThan(20);
  });

  test.each(lessonsOf(course))("shows the lesson %s as it was written: nothing is taken away", (_key, markdown) => {
    const paths = new Set((course.spec.files ?? []).map((file) => file.path));
    const html = renderMarkdown(markdown, { fileUrl: (path) => (paths.has(path) ? `/f/${path}` : undefined) });
    // What Markdown makes of it before anything is cleaned away.
    const { MarkdownIt } = libraries();
    const plain = new MarkdownIt({ html: true }).render(markdown);
    const written = tagsOf(plain);
    const shown = tagsOf(html);
    for (const [tag, count] of written) expect(shown.get(tag) ?? 0, `<${tag}>`).toBeGreaterThanOrEqual(count);
    expect(textOf(html)).toBe(textOf(plain));
    expect(html.match(/<img[^>]* src="\/f\//g)?.length ?? 0).toBe(written.get("img") ?? 0);
    expect(html.match(/<a>/g) ?? [], "links that lead nowhere").toEqual([]);
  });

  test("has code only in languages that are highlighted, or named text", () => {
    for (const [key, markdown] of lessonsOf(course))
      for (const [, language = ""] of markdown.matchAll(/^ *```(\S*)\n[\s\S]*?^ *```$/gm))
        expect(language === "text" || libraries().highlighter.getLanguage(language) !== undefined, `${key}: ${language}`).toBe(true);
  });

  test("has lessons of a size one reads in a sitting", () => {
    for (const [key, markdown] of lessonsOf(course)) {
      const words = markdown.split(/\s+/).length;
      expect(words, key).toBeGreaterThan(200);
      expect(words, key).toBeLessThan(900);
    }
  });

  test("becomes a document that has every picture in it", () => {
    const document = courseDocument(course, new Map());
    expect(document.files.every((file) => file.base64.length > 100)).toBe(true);
    expect(document.files.find((file) => file.path === course.spec.cover)?.mediaType).toBe("image/svg+xml");
  });
});

/** How often each element occurs; headings count as one sort, because their levels are moved. */
function tagsOf(html: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, name = ""] of html.matchAll(/<([a-z][a-z0-9]*)[\s>/]/g)) {
    const tag = /^h[1-6]$/.test(name) ? "heading" : name;
    counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  return counts;
}

const textOf = (html: string): string =>
  html
    .replace(/<[^>]*>/g, "")
    .replaceAll("&quot;", '"')
    .replace(/\s+/g, " ")
    .trim();
