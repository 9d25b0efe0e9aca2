// A Carpentries lesson, as it lies in its repository (`episodes/`), as a Course with its pictures.
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { API_VERSION, type CourseSpecInput } from "../../../api/index.ts";
import { readEpisode } from "./carpentries.ts";
import type { MappedCourse } from "./mapped-course.ts";

/** A ConfigMap holds 1 MiB; a picture above this is told in words. */
const LARGEST_PICTURE_BYTES = 1_000_000;

/** Maps the folder `git-novice` to a Course on `tenant`. */
export function gitNovice(folder: string, tenant: string, namespace: string): MappedCourse {
  const used = new Map<string, Buffer>();
  const leftOut = new Set<string>();
  const picture = (path: string): string | undefined => {
    const bytes = used.get(path) ?? readFileSync(join(folder, path));
    if (bytes.length > LARGEST_PICTURE_BYTES) leftOut.add(path);
    else used.set(path, bytes);
    return used.has(path) ? path : undefined;
  };
  const items = readdirSync(folder)
    .filter((name) => extname(name) === ".md")
    .sort()
    .map((name) => {
      const { title, minutes, markdown } = readEpisode(readFileSync(join(folder, name), "utf8"), picture);
      return { key: name.replace(/\.md$/, ""), title, lesson: { markdown, minutes } };
    });
  const extra = (item: { title: string }): boolean => item.title.startsWith("Supplemental:");
  const modules = [
    { key: "episodes", title: "Episodes", items: items.filter((item) => !extra(item)) },
    {
      key: "supplemental",
      title: "Supplemental",
      items: items.filter(extra).map((item) => ({ ...item, optional: true })),
    },
  ].filter((module) => module.items.length > 0);

  const pictures = [...used].map(([path, bytes]) => ({ path, bytes, map: mapName(path) }));
  const spec: CourseSpecInput = {
    tenantRef: { name: tenant },
    title: "Version Control with Git",
    summary: "A Software Carpentry lesson.",
    files: pictures.map(({ path, bytes, map }) =>
      // An SVG is text; everything else is bytes and has its place in a ConfigMap.
      extname(path) === ".svg"
        ? { path, text: bytes.toString("utf8") }
        : { path, configMapKeyRef: { name: map, key: "picture" } },
    ),
    modules,
  };
  return {
    course: { apiVersion: API_VERSION, kind: "Course", metadata: { name: "git-novice", namespace }, spec },
    configMaps: pictures
      .filter(({ path }) => extname(path) !== ".svg")
      .map(({ bytes, map }) => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: map, namespace },
        binaryData: { picture: bytes.toString("base64") },
      })),
    leftOut: [...leftOut],
  };
}

const mapName = (path: string): string =>
  `git-novice-${path
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")}`;
