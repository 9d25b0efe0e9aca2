// The documents the LMS admin API takes: whole desired states, self-contained (every reference already resolved).
// The controller builds them from the kinds; the runtime computes the difference and applies it in one transaction.
import { bindingScope, bindingSubjects, bindingTimes } from "../schema/binding.ts";
import { courseFacts, fileItem, filePath, link, quiz } from "../schema/coursework.ts";
import * as f from "../schema/fields.ts";
import { accessPolicy, branding, category, footer, group, role, siteText } from "../schema/site.ts";
import type { Infer, Structural } from "../schema/structural.ts";

/** Who declares an object, e.g. `provost.dev/Course/school/git`. Two managers never share one object. */
const manager = {
  type: "string",
  description: "Who declares this object; a second manager for the same key is refused (ManagedByAnother).",
  minLength: 1,
  maxLength: 600,
} as const satisfies Structural;

const logo = {
  type: "object",
  description: "The logo.",
  required: ["alt", "mediaType", "base64"],
  properties: {
    alt: { type: "string", description: "Text alternative.", maxLength: 200 },
    mediaType: {
      type: "string",
      description: "What the bytes are.",
      enum: ["image/svg+xml", "image/png", "image/jpeg", "image/webp"],
    },
    base64: { type: "string", format: "byte", description: "The picture.", maxLength: 1400000 },
  },
} as const satisfies Structural;

/** PUT /admin/v1/site */
export const siteDocument = {
  type: "object",
  description: "Texts, branding, categories, access policy and housekeeping of the site.",
  required: ["title", "access", "housekeeping"],
  properties: {
    ...siteText,
    branding: { ...branding, properties: { ...branding.properties, logo } },
    footer,
    categories: {
      type: "array",
      description: "Categories in display order.",
      maxItems: 200,
      items: category,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["key"],
    },
    access: accessPolicy,
    readOnly: {
      type: "boolean",
      description: "Visitors can read and change nothing. Absent: they can.",
    },
    housekeeping: {
      type: "object",
      description: "When the runtime tidies up.",
      required: ["schedule"],
      properties: {
        schedule: {
          type: "string",
          description: "Five-field cron in the site's time zone.",
          pattern: f.CRON_PATTERN,
        },
      },
    },
  },
} as const satisfies Structural;

/** PUT /admin/v1/directory */
export const directoryDocument = {
  type: "object",
  description:
    "Every declared role, group and user. Accounts and groups not made by a document are left alone.",
  required: ["roles", "groups", "users"],
  properties: {
    roles: {
      type: "array",
      description: "Roles beside the built-in ones.",
      items: role,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    },
    groups: {
      type: "array",
      description: "Groups and their members.",
      items: group,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    },
    users: {
      type: "array",
      description: "Declared accounts.",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: {
        type: "object",
        description: "One account.",
        required: ["name", "email", "displayName", "suspended", "passwordFingerprint"],
        properties: {
          name: { ...f.key, description: "Sign-in name and stable key.", pattern: f.USER_NAME_PATTERN },
          email: {
            type: "string",
            description: "E-mail address.",
            pattern: "^[^@\\s]+@[^@\\s]+$",
            maxLength: 254,
          },
          displayName: { type: "string", description: "The name others see.", minLength: 1, maxLength: 200 },
          suspended: { type: "boolean", description: "Whether sign-in is closed." },
          passwordFingerprint: {
            type: "string",
            description:
              "Keyed hash (HMAC-SHA-256) of the declared password. The password is set anew only when this differs from the fingerprint last applied, so that a password the person chose stays.",
            minLength: 16,
            maxLength: 128,
          },
          password: {
            type: "string",
            description: "The declared password itself; never stored, never part of the digest.",
            minLength: 8,
            maxLength: 256,
          },
        },
      },
    },
  },
} as const satisfies Structural;

const lesson = {
  type: "object",
  description: "A text to read.",
  required: ["markdown"],
  properties: {
    markdown: { type: "string", description: "The text in Markdown.", minLength: 1, maxLength: 1000000 },
    minutes: { type: "integer", description: "Reading time in minutes.", minimum: 1, maximum: 600 },
  },
} as const satisfies Structural;

const item = {
  type: "object",
  description: "One item; exactly one of lesson, quiz, link and file.",
  required: ["key", "title", "optional"],
  properties: {
    key: f.key,
    title: { type: "string", description: "Title.", minLength: 1, maxLength: 200 },
    optional: { type: "boolean", description: "Does not count for completion." },
    lesson,
    quiz,
    link,
    file: fileItem,
  },
} as const satisfies Structural;

/** PUT /admin/v1/courses/:key */
export const courseDocument = {
  type: "object",
  description: "One course with all its content.",
  required: ["manager", "title", "visibility", "enrolment", "grading", "completion", "files", "modules"],
  properties: {
    manager,
    ...courseFacts,
    files: {
      type: "array",
      description: "Files by path.",
      maxItems: 200,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["path"],
      items: {
        type: "object",
        description: "One file.",
        required: ["path", "mediaType", "base64"],
        properties: {
          path: filePath,
          mediaType: { type: "string", description: "Media type.", maxLength: 127 },
          base64: { type: "string", format: "byte", description: "Content." },
        },
      },
    },
    modules: {
      type: "array",
      description: "Chapters in order.",
      minItems: 1,
      maxItems: 50,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["key"],
      items: {
        type: "object",
        description: "One chapter.",
        required: ["key", "title", "items"],
        properties: {
          key: f.key,
          title: { type: "string", description: "Title.", minLength: 1, maxLength: 200 },
          summary: { type: "string", description: "Markdown.", maxLength: 5000 },
          items: {
            type: "array",
            description: "Items in order.",
            minItems: 1,
            maxItems: 100,
            items: item,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["key"],
          },
        },
      },
    },
  },
} as const satisfies Structural;

/** PUT /admin/v1/bindings/:name (name = `<namespace>.<name>` of the RoleBinding) */
export const bindingDocument = {
  type: "object",
  description: "One grant of a role to subjects within a scope.",
  required: ["manager", "role", "subjects", "scope"],
  properties: {
    manager,
    role: { ...f.key, description: "Name of a built-in or declared role." },
    subjects: bindingSubjects,
    scope: bindingScope,
    ...bindingTimes,
  },
} as const satisfies Structural;

export type SiteDocument = Infer<typeof siteDocument>;
export type DirectoryDocument = Infer<typeof directoryDocument>;
export type CourseDocument = Infer<typeof courseDocument>;
export type BindingDocument = Infer<typeof bindingDocument>;
