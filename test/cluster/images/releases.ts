// The releases that the cluster tests update a site to: builds of this checkout, with images of their own.
import { ADDS, NEXT_MIGRATION, notWell } from "../../support/releases.ts";
import type { Build } from "../../support/runtime-build.ts";

const files = { [NEXT_MIGRATION]: ADDS };

/** One migration more, and well. */
export const NEXT: Build = { version: "0.2.0", files };
/** Does not find itself well. */
export const UNWELL: Build = { version: "0.3.0", files, edits: notWell("the front page is upside down") };

export const RELEASES = [NEXT, UNWELL] as const;
