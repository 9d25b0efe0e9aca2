// What the cache keeps of a Course: a course may be 1 MB, and what is looked up are its tenant, its key and the
// ConfigMaps it names. A reconcile gets the whole. Pure.
import type { Live } from "../engine/index.ts";
import type { Course } from "../kinds.ts";

/**
 * The same Course without texts and quizzes, and of its status only the digest: enough for every index of
 * {@link courseIndexers}, and for a RoleBinding that waits until the course is published.
 */
export function courseOutline(course: Live<Course>): Live<Course> {
  const { apiVersion, kind, metadata, spec, status } = course;
  const { tenantRef, key } = spec;
  const files = (spec.files ?? []).flatMap(({ configMapKeyRef }) =>
    configMapKeyRef ? [{ configMapKeyRef }] : [],
  );
  const items = spec.modules.flatMap((module) =>
    module.items.flatMap(({ lesson }) =>
      lesson?.configMapKeyRef ? [{ lesson: { configMapKeyRef: lesson.configMapKeyRef } }] : [],
    ),
  );
  const outline = { tenantRef, ...(key !== undefined && { key }), files, modules: [{ items }] };
  const told = status?.digest === undefined ? {} : { status: { digest: status.digest } };
  return { apiVersion, kind, metadata, spec: outline, ...told } as unknown as Live<Course>;
}
