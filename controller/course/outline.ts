// What the cache keeps of a Course: a course may be 1 MB, and what is looked up are its tenant, its key and the
// ConfigMaps it names. A reconcile gets the whole. Pure.
import { findCondition, type Live } from "../engine/index.ts";
import type { Course } from "../kinds.ts";

/**
 * The same Course without texts and quizzes, and of its status only the digest and what `Ready` says: enough for every
 * index of {@link courseIndexers}, and for a RoleBinding that waits until the course is published.
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
  const ready = findCondition(status?.conditions, "Ready");
  const told = {
    ...(status?.digest !== undefined && { digest: status.digest }),
    ...(ready && { conditions: [{ type: ready.type, status: ready.status }] }),
  };
  return { apiVersion, kind, metadata, spec: outline, status: told } as unknown as Live<Course>;
}
