// What is known of the fields of RoleBinding beyond their schema.
import { bad, boundary, type Hint, type Hints, refusal, refused, valid } from "./candidates.ts";
import { METADATA_HINTS } from "./hints-metadata.ts";

const x = (length: number): string => "x".repeat(length);
const oneSubject = { absent: refusal(/exactly one of user, email and group/) };
// An apply that takes the last field of an object away takes the object away.
const noScope = /exactly one of site: true|spec\.scope: Required/;
const oneScope = { absent: refusal(noScope) };

/** Something the site must have. */
const known = (
  other: string,
  reason: string,
  [none, longest]: readonly [string, string],
  rest: Pick<Hint, "expects">,
): Hint => ({
  instead: [
    valid(other),
    bad(none, reason, new RegExp(`no (user|group|course|category).*"${none.replace(".", "\\.")}"`)),
    bad(longest, reason, /there is no/, "longest"),
  ],
  ...rest,
});

export const BINDING_HINTS: Hints = {
  ...METADATA_HINTS,
  "spec.tenantRef.namespace": { more: [refused("default", /immutable/)] },
  "spec.roleRef.name": { more: [refused("no-such-role", /immutable/)] },
  "spec.subjects": {
    more: [
      bad(
        [{ user: "nobody" }, { group: "nothing" }],
        "UserNotFound",
        /subjects\[0\].*"nobody".*subjects\[1\].*"nothing"/,
        "nobody",
      ),
      refused([{ user: "ida", group: "staff" }], /exactly one of user, email and group/, "both in one"),
    ],
  },
  "spec.subjects[].user": known("max", "UserNotFound", ["nobody", x(63)], { expects: oneSubject }),
  "spec.subjects[].email": known(
    "MAX@example.org",
    "UserNotFound",
    ["nobody@example.org", `${x(242)}@example.org`],
    { expects: oneSubject },
  ),
  "spec.subjects[].group": known("choir", "GroupNotFound", ["nothing", x(63)], { expects: oneSubject }),
  "spec.scope": {
    more: [
      valid({ site: true }),
      valid({ category: "arts" }),
      refused({ site: true, course: "basics" }, /exactly one of site: true/, "two at once"),
      refused({}, noScope, "none"),
    ],
  },
  "spec.scope.site": {
    instead: [refused(false, /exactly one of site: true/), refused("yes", /typed patch object/)],
    expects: oneScope,
  },
  "spec.scope.category": known("arts", "CategoryNotFound", ["none", x(63)], { expects: oneScope }),
  "spec.scope.course": known("extra", "CourseNotFound", ["none", x(63)], { expects: oneScope }),
  "spec.notBefore": {
    more: [
      boundary("0001-01-01T00:00:00Z", "earliest"),
      valid("2035-12-31T23:59:59Z", "in the future"),
      refused("2036-01-01T00:00:00Z", /notBefore must be before expiresAt/),
    ],
  },
  "spec.expiresAt": {
    more: [
      boundary("9999-12-31T23:59:59Z", "latest"),
      valid("2026-01-01T00:00:01Z", "expired"),
      refused("2025-12-31T23:59:59Z", /notBefore must be before expiresAt/),
    ],
  },
};
