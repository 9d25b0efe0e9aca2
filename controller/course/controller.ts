// What wakes a Course: itself, its tenant, its ConfigMaps, a rival for its key that goes, its namespace's labels.
import {
  ConfigMap,
  keyOf,
  keyString,
  type Live,
  type Manager,
  Namespace,
  type ObjectKey,
  watch,
} from "../engine/index.ts";
import { wakesAttached } from "../attachment/wake.ts";
import type { Environment } from "../environment.ts";
import { shardOf } from "../settings.ts";
import { Course, LmsTenant } from "../kinds.ts";
import { BY_CONFIG_MAP, BY_SITE_KEY, BY_TENANT, courseIndexers, siteKeyOf } from "./indexes.ts";
import { courseOutline } from "./outline.ts";
import { reconcileCourse } from "./reconcile.ts";

/** Declares the cache and the controller of Course. */
export function courseController(manager: Manager, env: Environment): void {
  const courses = manager.cache(Course, {
    indexers: courseIndexers,
    outline: courseOutline,
    ...shardOf(env.settings),
  });
  const keys = (found: readonly Live<Course>[]): ObjectKey[] => found.map(keyOf);
  manager.controller({
    name: "course",
    type: Course,
    watches: [
      watch(LmsTenant, (tenant, event) =>
        wakesAttached(event) ? keys(courses.byIndex(BY_TENANT, keyString(keyOf(tenant)))) : [],
      ),
      watch(ConfigMap, (map) => keys(courses.byIndex(BY_CONFIG_MAP, keyString(keyOf(map))))),
      watch(Course, (course, event) =>
        event.type === "delete" ? keys(courses.byIndex(BY_SITE_KEY, siteKeyOf(course))) : [],
      ),
      ...(env.settings.singleNamespace
        ? []
        : [watch(Namespace, (namespace) => keys(courses.list(namespace.metadata.name)))]),
    ],
    // Most of a reconcile is waiting for an answer.
    concurrency: 32,
    resyncMs: env.settings.resyncMs,
    reconcile: (ctx) => reconcileCourse(ctx, env),
  });
}
