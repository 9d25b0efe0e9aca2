// A university course of Markdown lessons and question files, as it lies in its repository (`content/`), as a Course.
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parse } from "yaml";
import { API_VERSION, type CourseSpecInput } from "../../../api/index.ts";
import type { MappedCourse } from "./mapped-course.ts";
import { readQuestion } from "./question-file.ts";

type Item = CourseSpecInput["modules"][number]["items"][number];

/** Maps the folder `operating-systems` to a Course on `tenant`: a module per chapter, a quiz per folder of questions. */
export function operatingSystems(folder: string, tenant: string, namespace: string): MappedCourse {
  const leftOut: string[] = [];
  const modules = chapters(folder).map((chapter) => {
    const lessons = files(folder, `${chapter}/**/{reading,content}/*.md`).map((file) => lesson(folder, file));
    const quizzes = [...Map.groupBy(files(folder, `${chapter}/**/{quiz,questions}/*.md`), dirname)].map(
      ([place, list]) => quiz(folder, place, list, leftOut),
    );
    return { key: chapter, title: titleOf(chapter), items: [...lessons, ...quizzes.flat()] };
  });
  const spec: CourseSpecInput = {
    tenantRef: { name: tenant },
    title: "Operating Systems",
    summary: "A university course of the Open Education Hub.",
    modules,
  };
  return {
    course: {
      apiVersion: API_VERSION,
      kind: "Course",
      metadata: { name: "operating-systems", namespace },
      spec,
    },
    configMaps: [],
    leftOut,
  };
}

/** The chapters in the order the course's own configuration names them. */
function chapters(folder: string): string[] {
  const config = parse(readFileSync(join(folder, "config.yaml"), "utf8")) as {
    make_assets: { options: { locations: string[] } };
  };
  return config.make_assets.options.locations.map((location) => location.split("/")[1] ?? "");
}

const files = (folder: string, pattern: string): string[] => globSync(pattern, { cwd: folder }).sort();

function lesson(folder: string, file: string): Item {
  const text = readFileSync(join(folder, file), "utf8");
  const title = /^# +(.*)$/m.exec(text)?.[1] ?? titleOf(basename(file, ".md"));
  // Its pictures are made by a build of its own and are not here: what they show stays in words.
  const markdown = text
    .replace(/^# +.*\n/m, "")
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, "(Picture: $1)")
    .replace(/(?<!!)\[([^\]]*)\]\((?!https?:|mailto:|#)[^)]*\)/g, "$1")
    .trim();
  return { key: keyOf(file), title: title.replaceAll("`", ""), lesson: { markdown } };
}

/** At most one quiz; none when no question of the folder can be graded. */
function quiz(folder: string, place: string, list: readonly string[], leftOut: string[]): Item[] {
  const questions = list.flatMap((file) => {
    const question = readQuestion(
      basename(file, ".md").replaceAll("_", "-"),
      readFileSync(join(folder, file), "utf8"),
    );
    if (!question) leftOut.push(file);
    return question ? [question] : [];
  });
  const about = titleOf(
    place
      .split("/")
      .filter((part) => !/^(drills|quiz|questions)$/.test(part))
      .at(-1) ?? "",
  );
  return questions.length === 0
    ? []
    : [{ key: keyOf(`${place}.md`), title: `Questions: ${about}`, quiz: { questions } }];
}

const keyOf = (file: string): string =>
  file
    .replace(/\.md$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/-$/, "");

const titleOf = (slug: string): string => {
  const words = slug.replace(/[-_]+/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};
