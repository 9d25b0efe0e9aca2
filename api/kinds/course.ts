// Course: one course on one tenant. Schema only; what follows from it lives in controller/course.
import { courseFacts, fileItem, filePath, link, quiz } from "../schema/coursework.ts";
import * as f from "../schema/fields.ts";
import type { Infer, InferInput, Structural } from "../schema/structural.ts";
import { type KindDefinition, readyColumns, type Resource } from "./kind.ts";

const lesson = {
  type: "object",
  description: "A text to read. Exactly one of `markdown` and `configMapKeyRef`.",
  properties: {
    markdown: {
      type: "string",
      description: "The text in Markdown (CommonMark, tables).",
      minLength: 1,
      maxLength: 200000,
    },
    configMapKeyRef: { ...f.keyRef, description: "A ConfigMap key holding the Markdown." },
    minutes: {
      type: "integer",
      format: "int32",
      description: "How long reading takes, in minutes; estimated from the length when absent.",
      minimum: 1,
      maximum: 600,
    },
  },
  "x-kubernetes-validations": [
    {
      rule: "has(self.markdown) != has(self.configMapKeyRef)",
      message: "exactly one of markdown and configMapKeyRef must be set: set one, remove the other",
    },
  ],
} as const satisfies Structural;

const item = {
  type: "object",
  description: "One thing to do. Exactly one of `lesson`, `quiz`, `link` and `file`.",
  required: ["key", "title"],
  properties: {
    key: {
      ...f.key,
      description: "Stable key, unique in the whole course. Attempts, grades and progress hang on it.",
    },
    title: {
      type: "string",
      description: "What learners read; may be changed.",
      minLength: 1,
      maxLength: 200,
    },
    optional: { type: "boolean", description: "Optional items do not count for completion.", default: false },
    lesson,
    quiz,
    link,
    file: fileItem,
  },
  "x-kubernetes-validations": [
    {
      rule: "(has(self.lesson) ? 1 : 0) + (has(self.quiz) ? 1 : 0) + (has(self.link) ? 1 : 0) + (has(self.file) ? 1 : 0) == 1",
      message: "exactly one of lesson, quiz, link and file must be set: set one, remove the others",
    },
  ],
} as const satisfies Structural;

const courseFile = {
  type: "object",
  description: "A file the content refers to. Exactly one of `text`, `base64` and `configMapKeyRef`.",
  required: ["path"],
  properties: {
    path: filePath,
    mediaType: {
      type: "string",
      description: "Media type; told from the file name's ending when absent.",
      pattern: "^[a-z]+/[a-z0-9.+-]+$",
      maxLength: 127,
    },
    text: { type: "string", description: "The content as text, e.g. an SVG.", maxLength: 500000 },
    base64: { type: "string", format: "byte", description: "The content in base64.", maxLength: 1000000 },
    configMapKeyRef: {
      ...f.keyRef,
      description: "A ConfigMap key (`data` or `binaryData`) holding the content.",
    },
  },
  "x-kubernetes-validations": [
    {
      rule: "(has(self.text) ? 1 : 0) + (has(self.base64) ? 1 : 0) + (has(self.configMapKeyRef) ? 1 : 0) == 1",
      message: "exactly one of text, base64 and configMapKeyRef must be set: set one, remove the others",
    },
  ],
} as const satisfies Structural;

const spec = {
  type: "object",
  description: "The course as it should be.",
  required: ["tenantRef", "title", "modules"],
  properties: {
    tenantRef: {
      ...f.tenantRef,
      "x-kubernetes-validations": [
        {
          rule: "self == oldSelf",
          message: "is immutable: delete the Course and create it on the other tenant",
        },
      ],
    },
    key: {
      ...f.key,
      description:
        "Stable key of the course on the site and part of its address; metadata.name when absent. Immutable.",
      "x-kubernetes-validations": [
        { rule: "self == oldSelf", message: "is immutable: learner work hangs on it" },
      ],
    },
    ...courseFacts,
    files: {
      type: "array",
      description: "Files the content refers to by path.",
      maxItems: 200,
      items: courseFile,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["path"],
    },
    modules: {
      type: "array",
      description: "Chapters of the course in order.",
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
          title: {
            type: "string",
            description: "What learners read; may be changed.",
            minLength: 1,
            maxLength: 200,
          },
          summary: {
            type: "string",
            description: "What the chapter is about, in Markdown.",
            maxLength: 5000,
          },
          items: {
            type: "array",
            description: "What to do, in order.",
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
  "x-kubernetes-validations": [
    {
      rule: "has(self.key) == has(oldSelf.key)",
      message: "key cannot be added or removed later: learner work hangs on it",
    },
  ],
} as const satisfies Structural;

const status = {
  type: "object",
  description: "The course as it is on the site.",
  properties: {
    observedGeneration: f.observedGeneration,
    conditions: f.conditions,
    key: { type: "string", description: "Key of the course on the site.", maxLength: 63 },
    url: { type: "string", description: "Address of the course.", maxLength: 1024 },
    modules: { type: "integer", format: "int32", description: "Modules published." },
    items: { type: "integer", format: "int32", description: "Items published." },
    archivedItems: {
      type: "integer",
      format: "int32",
      description: "Items no longer declared that are kept because learners have work on them.",
    },
    digest: { type: "string", description: "SHA-256 of the course document the LMS holds.", maxLength: 80 },
  },
} as const satisfies Structural;

export const courseKind = {
  kind: "Course",
  plural: "courses",
  singular: "course",
  shortNames: ["crs"],
  scope: "Namespaced",
  description:
    "Course declares one course on one tenant: its catalog entry, schedule, enrolment, modules of lessons, quizzes, links and files, grading and completion.",
  spec,
  status,
  columns: [
    { name: "Tenant", type: "string", jsonPath: ".spec.tenantRef.name", description: "The site it is on." },
    { name: "Title", type: "string", jsonPath: ".spec.title" },
    { name: "Items", type: "integer", jsonPath: ".status.items", description: "Items published." },
    { name: "URL", type: "string", jsonPath: ".status.url", priority: 1 },
    ...readyColumns,
  ],
} as const satisfies KindDefinition;

export type CourseSpec = Infer<typeof spec>;
export type CourseSpecInput = InferInput<typeof spec>;
export type CourseStatus = Infer<typeof status>;
export type Course = Resource<"Course", CourseSpec, CourseStatus>;
