// What releases that a test makes have in common: one migration more, one that no release before can work with, a visit that
// finds the release itself not well.
import type { Build } from "./runtime-build.ts";

export const NEXT_MIGRATION = "lms/db/migrations/0004_next.sql";
/** A migration that the release before can work with. */
export const ADDS = "-- compatible-from: 1\nALTER TABLE course ADD COLUMN next text;\n";
/** One that it cannot work with. */
export const BREAKS =
  "ALTER TABLE course RENAME COLUMN summary TO abstract;\nALTER TABLE course ADD COLUMN summary text NOT NULL DEFAULT '';\n";

/** Answers visitors as before, and does not find itself well. */
export const notWell = (detail: string): NonNullable<Build["edits"]> => ({
  "lms/health/probe.ts": [
    [
      "return { ok: checks",
      `checks.push({ name: "Front", ok: false, detail: "${detail}" });\n  return { ok: checks`,
    ],
  ],
});
