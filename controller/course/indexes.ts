// Under what a Course is found: its tenant, its key on the site, the ConfigMaps it names. Pure.
import type { Course as CourseObject } from "../../api/index.ts";
import { tenantKeyOf } from "../attachment/attached.ts";
import { keyString, type Live } from "../engine/index.ts";
import type { Course } from "../kinds.ts";
import { contentReferences } from "./content.ts";
import { courseKeyOf } from "./context.ts";

export const BY_TENANT = "tenant";
export const BY_SITE_KEY = "site-key";
export const BY_CONFIG_MAP = "config-map";

/** `namespace/tenant/course`: the course as its site knows it. */
export function siteKeyOf(course: Live<Course>): string {
  return `${keyString(tenantKeyOf(course))}/${courseKeyOf(course)}`;
}

export const courseIndexers = {
  [BY_TENANT]: (course: Live<Course>): string[] => [keyString(tenantKeyOf(course))],
  [BY_SITE_KEY]: (course: Live<Course>): string[] => [siteKeyOf(course)],
  [BY_CONFIG_MAP]: (course: Live<Course>): string[] => {
    const names = new Set(
      contentReferences(course as unknown as CourseObject).map((reference) => reference.name),
    );
    return [...names].map((name) => `${course.metadata.namespace ?? ""}/${name}`);
  },
};
