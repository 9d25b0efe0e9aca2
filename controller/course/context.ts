// What the steps of a Course's reconcile are given.
import type { Course as CourseObject, CourseDocument } from "../../api/index.ts";
import type { Site } from "../attachment/site.ts";
import type { Step } from "../engine/index.ts";
import type { Context } from "../environment.ts";
import type { Course } from "../kinds.ts";

/** `site` and `document` are there for the steps after those that find and build them. */
export type CourseContext = Context<Course> & { found: { site?: Site; document?: CourseDocument } };
export type CourseStep = Step<CourseContext>;

/** The Course as its pure builders see it. */
export function courseOf(ctx: CourseContext): CourseObject {
  return ctx.object as unknown as CourseObject;
}

/** Key of the course on its site. */
export function courseKeyOf(course: {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly key?: string };
}): string {
  return course.spec.key ?? course.metadata.name;
}
