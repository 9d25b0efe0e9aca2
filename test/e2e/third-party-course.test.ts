// Courses written by others for other systems, mapped to Course manifests and read to the end on the sandbox.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { courseFindings, courseKind, validate } from "../../api/index.ts";
import { readEpisode } from "../scenario/content/carpentries.ts";
import { gitNovice } from "../scenario/content/git-novice.ts";
import { type MappedCourse, thirdPartyContent } from "../scenario/content/mapped-course.ts";
import { operatingSystems } from "../scenario/content/operating-systems.ts";
import { readQuestion } from "../scenario/content/question-file.ts";
import { readCourse } from "../scenario/content/read-course.ts";
import { aBinding, aTenant } from "../scenario/school.ts";
import { type EmptySandbox, emptySandbox } from "../support/empty-sandbox.ts";

const COURSES = [
  ["git-novice", gitNovice],
  ["operating-systems", operatingSystems],
] as const;
const present = COURSES.filter(([name]) => thirdPartyContent(name) !== undefined);
for (const [name] of COURSES)
  if (!thirdPartyContent(name)) console.log(`skipped: the course ${name} is not here (PROVOST_TEST_CONTENT)`);

const mapped = (name: string, map: (typeof COURSES)[number][1]): MappedCourse =>
  map(thirdPartyContent(name) ?? "", "hill", "default");

describe("the mapping", () => {
  test("boxes become quotes, solutions can be unfolded, code stays as it is", () => {
    const { title, minutes, markdown } = readEpisode(
      [
        "---",
        "title: Knots",
        "teaching: 5",
        "exercises: 10",
        "---",
        ":::::: challenge",
        "## Tie **one**",
        "Try it.",
        "::: solution",
        "## Answer & more",
        "```sh",
        "::: not a box",
        "```",
        "::::::",
        "::::::::::",
        "See [the rope](../ropes.md) and [the web](https://example.org).",
      ].join("\r\n"),
      () => undefined,
    );
    expect({ title, minutes }).toEqual({ title: "Knots", minutes: 15 });
    expect(markdown.split("\n").filter((line) => !/^(> ?)*$/.test(line))).toEqual([
      "> **Tie **one****",
      "> Try it.",
      "> <details>",
      "> <summary>Answer &amp; more</summary>",
      "> ```sh",
      "> ::: not a box",
      "> ```",
      "> </details>",
      "See the rope and [the web](https://example.org).",
    ]);
  });

  test("a picture keeps its text alternative, and one that is left out is told in words", () => {
    const text = (path: string) =>
      `---\ntitle: A\n---\n![Caption](${path}){alt='A [small] boat\\'s mast' width="40%"}\n`;
    const picture = (path: string): string | undefined => (path === "fig/a.png" ? path : undefined);
    expect(readEpisode(text("fig/a.png"), picture).markdown).toBe("![A small boat's mast](fig/a.png)");
    expect(readEpisode(text("fig/b.png"), picture).markdown).toBe("(Picture: A small boat's mast)");
  });

  test("plus and minus are right and wrong; a question nobody can answer is none", () => {
    const file = (answers: string): string =>
      `# Q\n\n## Question Text\n\nWhich?\n\n## Question Answers\n\n${answers}\n\n## Feedback\n\nBecause.\n`;
    expect(readQuestion("q", file("- this,\n  not that\n\n+ that"))).toEqual({
      key: "q",
      prompt: "Which?",
      explanation: "Because.",
      singleChoice: {
        choices: [
          { key: "a", text: "this, not that", correct: false },
          { key: "b", text: "that", correct: true },
        ],
      },
    });
    expect(readQuestion("q", file("+ a\n+ b\n- c"))?.multipleChoice?.choices).toHaveLength(3);
    expect(readQuestion("q", file("- a\n- b"))).toBeUndefined();
  });

  test.skipIf(present.length === 0).each(present)("%s is a valid Course", (name, map) => {
    const { course } = mapped(name, map);
    const checked = validate(courseKind.spec, structuredClone(course.spec));
    expect(checked).toMatchObject({ ok: true });
    expect(courseFindings(course.spec as never)).toEqual([]);
  });
});

describe.skipIf(present.length === 0)("on the sandbox", () => {
  let sandbox: EmptySandbox;
  beforeAll(async () => {
    sandbox = await emptySandbox();
    await sandbox.cluster.apply(aTenant("hill"));
    await sandbox.cluster.condition("LmsTenant", "hill", "Ready");
  }, 200_000);
  afterAll(() => sandbox?.stop(), 60_000);

  test.each(present)("%s can be read to the end, with its pictures and quizzes", async (name, map) => {
    const content = mapped(name, map);
    await sandbox.cluster.apply(
      ...content.configMaps,
      content.course,
      aBinding(name, "hill", { role: "learner", users: ["lea"], course: name }),
    );
    await sandbox.cluster.condition("Course", name, "Ready");
    await sandbox.cluster.condition("RoleBinding", name, "Ready");
    const learner = await sandbox.signIn("hill", "lea");
    expect(await readCourse(learner, content)).toEqual([]);
    await learner.close();
  });
});
