// Subjects, scope and times of a grant: shared by the RoleBinding kind and the admin API.
import * as f from "./fields.ts";
import type { Structural } from "./structural.ts";

export const bindingSubjects = {
  type: "array",
  description: "Who gets the role.",
  minItems: 1,
  maxItems: 1000,
  "x-kubernetes-list-type": "atomic",
  items: {
    type: "object",
    description: "One subject. Exactly one of `user`, `email` and `group`.",
    properties: {
      user: { type: "string", description: "Sign-in name of an account.", minLength: 1, maxLength: 63 },
      email: {
        type: "string",
        description: "E-mail address of an account.",
        pattern: "^[^@\\s]+@[^@\\s]+$",
        maxLength: 254,
      },
      group: { ...f.key, description: "Name of a group." },
    },
    "x-kubernetes-validations": [
      {
        rule: "(has(self.user) ? 1 : 0) + (has(self.email) ? 1 : 0) + (has(self.group) ? 1 : 0) == 1",
        message: "exactly one of user, email and group must be set: set one, remove the others",
      },
    ],
  },
} as const satisfies Structural;

export const bindingScope = {
  type: "object",
  description: "Where the role holds. Exactly one of `site`, `category` and `course`.",
  properties: {
    site: { type: "boolean", description: "`true`: the whole site." },
    category: { ...f.key, description: "Key of a category: all its courses." },
    course: { ...f.key, description: "Key of a course." },
  },
  "x-kubernetes-validations": [
    {
      rule: "((has(self.site) && self.site) ? 1 : 0) + (has(self.category) ? 1 : 0) + (has(self.course) ? 1 : 0) == 1",
      message: "exactly one of site: true, category and course must be set: set one, remove the others",
    },
  ],
} as const satisfies Structural;

export const bindingTimes = {
  notBefore: {
    type: "string",
    format: "date-time",
    description: "The grant begins at this time (RFC 3339); at once when absent.",
  },
  expiresAt: {
    type: "string",
    format: "date-time",
    description: "The grant ends at this time (RFC 3339), effective at the next request; never when absent.",
  },
} as const satisfies Record<string, Structural>;
