// Somebody reads a whole course on a site: every lesson, every picture, every quiz with right answers.
import { rightAnswers, takeQuiz } from "../learner.ts";
import { textOf, type Visitor } from "../visitor.ts";
import type { MappedCourse } from "./mapped-course.ts";

/** What a reader met that should not be on a page, as lines to read; empty when all is well. */
export async function readCourse(visitor: Visitor, { course }: MappedCourse): Promise<string[]> {
  const key = course.metadata.name;
  const faults: string[] = [];
  const pictures = new Set<string>();
  for (const module of course.spec.modules)
    for (const item of module.items) {
      if (item.quiz) {
        const { result } = await takeQuiz(visitor, key, item.key, rightAnswers(item.quiz));
        const points = item.quiz.questions.reduce((sum, question) => sum + (question.points ?? 1), 0);
        if (!textOf(result.html).includes(`${points} of ${points} point`))
          faults.push(`${item.key}: right answers do not have all of the ${points} points`);
        continue;
      }
      const page = await visitor.get(`/courses/${key}/items/${item.key}`);
      const prose = textOf(page.html.replace(/<pre\b[\s\S]*?<\/pre>/g, " "));
      if (page.status !== 200) faults.push(`${item.key}: HTTP ${page.status}`);
      if (!prose.includes(textOf(item.title))) faults.push(`${item.key}: its title is not on the page`);
      for (const [remains] of prose.matchAll(/:{3,}|\{alt=|```|!\[/g))
        faults.push(`${item.key}: "${remains}" is left of its Markdown`);
      for (const [, address = ""] of page.html.matchAll(/<img\b[^>]*\bsrc="(\/courses\/[^"]+)"/g))
        pictures.add(address);
    }
  for (const picture of pictures) {
    const { status } = await visitor.get(picture);
    if (status !== 200) faults.push(`${picture}: HTTP ${status}`);
  }
  const wanted = course.spec.files?.length ?? 0;
  if (pictures.size !== wanted) faults.push(`${pictures.size} pictures are shown, ${wanted} were declared`);
  return faults;
}
