// What becomes of a course by somebody else: manifests to apply, and what there was no room for.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CourseSpecInput } from "../../../api/index.ts";
import type { Manifest } from "../../support/cluster.ts";

export interface MappedCourse {
  readonly course: Manifest & { readonly spec: CourseSpecInput };
  readonly configMaps: readonly (Manifest & { readonly binaryData: Readonly<Record<string, string>> })[];
  /** Files that could not be taken along. */
  readonly leftOut: readonly string[];
}

/**
 * The folder of a third-party course: under `$PROVOST_TEST_CONTENT`, or `../shared/content` beside the checkout.
 * Nothing of it is part of this project; undefined where it is absent.
 */
export function thirdPartyContent(course: string): string | undefined {
  const base = process.env["PROVOST_TEST_CONTENT"];
  const folder = base
    ? `${base}/${course}`
    : fileURLToPath(new URL(`../../../../shared/content/${course}`, import.meta.url));
  return existsSync(folder) ? folder : undefined;
}
