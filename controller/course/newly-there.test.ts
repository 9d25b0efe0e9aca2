// Who waits for a course on a site hears when it is there.
import { expect, test } from "vitest";
import type { Course } from "../kinds.ts";
import { isNewlyThere } from "./newly-there.ts";

const course = (digest: string, ready: "True" | "False"): Pick<Course, "status"> => ({
  status: {
    digest,
    conditions: [
      {
        type: "Ready",
        status: ready,
        reason: "Tested",
        message: "",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ],
  },
});

test.each([
  ["another version", course("a", "True"), course("b", "True"), true],
  [
    "the same version on a site that was deleted and made anew",
    course("a", "False"),
    course("a", "True"),
    true,
  ],
  ["a course that is there already", course("a", "True"), course("a", "True"), false],
  ["a course whose site is not there", course("a", "True"), course("a", "False"), false],
])("%s", (_, before, now, wakes) => {
  expect(isNewlyThere(before, now)).toBe(wakes);
});
