// How much a change may take away at once.
import type { Structural } from "./structural.ts";

/** `spec.guard` of a tenant. */
export const removalGuard = {
  type: "object",
  description:
    "How much a change may take away at once, of declared users, members of groups, items of a course, subjects of a RoleBinding. More is refused with the reason `RemovalGuard` and a digest of what would go, until the annotation `provost.dev/acknowledge-removal` on the LmsTenant, Course or RoleBinding says that digest.",
  default: {},
  properties: {
    maxRemovalPercent: {
      type: "integer",
      format: "int32",
      description: "In percent of those there are.",
      default: 10,
      minimum: 0,
      maximum: 100,
    },
    allowedRemovals: {
      type: "integer",
      format: "int32",
      description: "So many in any case, however few there are.",
      default: 5,
      minimum: 0,
      maximum: 10000,
    },
  },
} as const satisfies Structural;
