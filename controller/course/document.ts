// The document a Course's manifest becomes, its references resolved. Pure.
import mime from "mime";
import type { Course, CourseDocument } from "../../api/index.ts";
import { managerOf } from "../attachment/attached.ts";
import { fieldOf } from "../lms/errors.ts";
import type { ContentMap } from "./content.ts";

/** PUT /courses/:key of a Course. `maps` holds every ConfigMap the course names, by name. */
export function courseDocument(course: Course, maps: ReadonlyMap<string, ContentMap>): CourseDocument {
  const { tenantRef: _tenant, key: _key, files = [], modules, ...facts } = course.spec;
  return {
    manager: managerOf("Course", course),
    ...facts,
    files: files.map((file) => ({
      path: file.path,
      mediaType: file.mediaType ?? mime.getType(file.path) ?? "application/octet-stream",
      base64: fileContent(file, maps),
    })),
    modules: modules.map((module) => ({
      ...module,
      items: module.items.map(({ lesson, ...item }) =>
        lesson ? { ...item, lesson: lessonText(lesson, maps) } : item,
      ),
    })),
  };
}

type File = NonNullable<Course["spec"]["files"]>[number];
type Lesson = NonNullable<Course["spec"]["modules"][number]["items"][number]["lesson"]>;

function fileContent(file: File, maps: ReadonlyMap<string, ContentMap>): string {
  if (file.base64 !== undefined) return file.base64;
  if (file.text !== undefined) return Buffer.from(file.text).toString("base64");
  const { name, key } = file.configMapKeyRef ?? { name: "", key: "" };
  const map = maps.get(name);
  return map?.binaryData?.[key] ?? Buffer.from(map?.data?.[key] ?? "").toString("base64");
}

function lessonText(
  { configMapKeyRef: ref, markdown, ...lesson }: Lesson,
  maps: ReadonlyMap<string, ContentMap>,
) {
  return { ...lesson, markdown: markdown ?? (ref && maps.get(ref.name)?.data?.[ref.key]) ?? "" };
}

/** Field of the manifest that a pointer into the document came from: they have one shape. */
export function courseField(pointer: string): string {
  const field = fieldOf(pointer);
  if (field === "") return "spec";
  return field === "manager" ? "spec.key" : `spec.${field}`;
}
