// Parts of a site that the LmsTenant kind and the admin API's documents share: texts, branding, roles, groups.
import * as f from "./fields.ts";
import type { Structural } from "./structural.ts";

/** What a role may allow. A permission holds within the scope of the binding that grants the role. */
export const PERMISSIONS = ["site.administer", "course.view", "course.learn", "grades.view"] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Roles every site has; a declared role may not take one of these names. */
export const BUILT_IN_ROLES = {
  administrator: { title: "Administrator", permissions: [...PERMISSIONS] },
  instructor: { title: "Instructor", permissions: ["course.view", "grades.view"] },
  learner: { title: "Learner", permissions: ["course.view", "course.learn"] },
  auditor: { title: "Auditor", permissions: ["course.view"] },
} as const satisfies Record<string, { title: string; permissions: readonly Permission[] }>;

export const siteText = {
  title: { type: "string", description: "Name of the site.", minLength: 1, maxLength: 100 },
  tagline: { type: "string", description: "One line under the title on the front page.", maxLength: 200 },
  description: {
    type: "string",
    description: "Welcome text of the front page, in Markdown.",
    maxLength: 20000,
  },
  language: {
    type: "string",
    description: "Language of the site's texts (BCP 47), for browsers and screen readers.",
    pattern: "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
    maxLength: 35,
    default: "en",
  },
  timeZone: {
    type: "string",
    description: "IANA time zone in which dates are shown and schedules run, e.g. `Europe/Berlin`.",
    pattern: "^[A-Za-z][A-Za-z0-9_+/-]*$",
    maxLength: 64,
    default: "UTC",
  },
  contactEmail: {
    type: "string",
    description: "Address shown to people who need help.",
    pattern: "^[^@\\s]+@[^@\\s]+$",
    maxLength: 254,
  },
} as const satisfies Record<string, Structural>;

export const branding = {
  type: "object",
  description: "The site's face.",
  properties: {
    primaryColor: {
      type: "string",
      description:
        "Colour of the header, buttons and links, `#rrggbb`; text on it is made black or white for contrast.",
      pattern: f.COLOR_PATTERN,
      maxLength: 7,
    },
    accentColor: {
      type: "string",
      description: "Colour of highlights and progress bars, `#rrggbb`.",
      pattern: f.COLOR_PATTERN,
      maxLength: 7,
    },
  },
} as const satisfies Structural;

export const footer = {
  type: "object",
  description: "Bottom of every page.",
  properties: {
    text: { type: "string", description: "Markdown, one short paragraph.", maxLength: 2000 },
    links: {
      type: "array",
      description: "Links in display order.",
      maxItems: 20,
      "x-kubernetes-list-type": "atomic",
      items: {
        type: "object",
        description: "One link.",
        required: ["title", "url"],
        properties: {
          title: { type: "string", description: "What the link says.", minLength: 1, maxLength: 100 },
          url: {
            type: "string",
            description: "http or https address.",
            pattern: f.WEB_URL_PATTERN,
            maxLength: 2048,
          },
        },
      },
    },
  },
} as const satisfies Structural;

export const category = {
  type: "object",
  description: "One category of the catalog.",
  required: ["key", "title"],
  properties: {
    key: f.key,
    title: { type: "string", description: "What visitors read.", minLength: 1, maxLength: 100 },
    summary: { type: "string", description: "One sentence about it.", maxLength: 500 },
  },
} as const satisfies Structural;

export const accessPolicy = {
  type: "object",
  description: "Who may look, and how long a sign-in lasts.",
  default: {},
  properties: {
    catalog: {
      type: "string",
      description: "`Public`: anyone may browse the catalog; `SignedIn`: only people with an account.",
      enum: ["Public", "SignedIn"],
      default: "Public",
    },
    sessionIdleMinutes: {
      type: "integer",
      format: "int32",
      description: "A session ends after this many minutes without a request (OWASP session management).",
      default: 120,
      minimum: 5,
      maximum: 43200,
    },
    sessionMaxHours: {
      type: "integer",
      format: "int32",
      description: "A session ends after this many hours in any case.",
      default: 12,
      minimum: 1,
      maximum: 720,
    },
  },
} as const satisfies Structural;

export const role = {
  type: "object",
  description: "A role: a named set of permissions.",
  required: ["name", "title", "permissions"],
  properties: {
    name: { ...f.key, description: "Stable key of the role." },
    title: { type: "string", description: "What people read.", minLength: 1, maxLength: 100 },
    permissions: {
      type: "array",
      description: "What the role allows within the scope it is bound to.",
      minItems: 1,
      maxItems: 20,
      "x-kubernetes-list-type": "set",
      items: { type: "string", description: "One permission.", enum: PERMISSIONS },
    },
  },
  "x-kubernetes-validations": [
    {
      rule: "!(self.name in ['administrator', 'instructor', 'learner', 'auditor'])",
      message: "administrator, instructor, learner and auditor are built in: choose another name",
    },
  ],
} as const satisfies Structural;

export const group = {
  type: "object",
  description: "A group of declared users.",
  required: ["name", "title"],
  properties: {
    name: { ...f.key, description: "Stable key of the group." },
    title: { type: "string", description: "What people read.", minLength: 1, maxLength: 100 },
    members: {
      type: "array",
      description: "Names of users declared on this tenant.",
      maxItems: 2000,
      "x-kubernetes-list-type": "set",
      items: { type: "string", description: "User name.", minLength: 1, maxLength: 63 },
    },
  },
} as const satisfies Structural;
