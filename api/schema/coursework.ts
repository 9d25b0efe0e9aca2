// What a course is made of (quizzes, items' shared parts, catalog entry): shared by the Course kind and the admin API.
import * as f from "./fields.ts";
import type { Infer, Structural } from "./structural.ts";

const choices = {
  type: "array",
  description: "The answers to choose from, in display order.",
  minItems: 2,
  maxItems: 12,
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["key"],
  items: {
    type: "object",
    description: "One answer.",
    required: ["key", "text"],
    properties: {
      key: f.key,
      text: { type: "string", description: "The answer, in inline Markdown.", minLength: 1, maxLength: 2000 },
      correct: { type: "boolean", description: "Whether it is right.", default: false },
      feedback: { type: "string", description: "Shown to a learner who chose it.", maxLength: 2000 },
    },
  },
} as const satisfies Structural;

export const question = {
  type: "object",
  description:
    "One question. Exactly one of `singleChoice`, `multipleChoice`, `trueFalse`, `shortAnswer` and `numeric`.",
  required: ["key", "prompt"],
  properties: {
    key: f.key,
    prompt: { type: "string", description: "The question, in Markdown.", minLength: 1, maxLength: 20000 },
    points: {
      type: "integer",
      format: "int32",
      description: "What a right answer is worth.",
      default: 1,
      minimum: 1,
      maximum: 1000,
    },
    explanation: { type: "string", description: "Shown after the attempt, in Markdown.", maxLength: 20000 },
    singleChoice: {
      type: "object",
      description: "Exactly one of the choices is right.",
      required: ["choices"],
      properties: { choices },
    },
    multipleChoice: {
      type: "object",
      description: "Any number of choices is right; all of them and no other must be chosen for full points.",
      required: ["choices"],
      properties: {
        choices,
        partialCredit: {
          type: "boolean",
          description:
            "Right choices earn and wrong ones cost an equal share of the points, never below zero.",
          default: false,
        },
      },
    },
    trueFalse: {
      type: "object",
      description: "A statement that is true or false.",
      required: ["answer"],
      properties: { answer: { type: "boolean", description: "Whether the statement is true." } },
    },
    shortAnswer: {
      type: "object",
      description:
        "A word or phrase typed by the learner; white space at the ends and runs of it do not matter.",
      required: ["accepted"],
      properties: {
        accepted: {
          type: "array",
          description: "Answers that count as right.",
          minItems: 1,
          maxItems: 50,
          "x-kubernetes-list-type": "set",
          items: { type: "string", description: "One right answer.", minLength: 1, maxLength: 500 },
        },
        caseSensitive: { type: "boolean", description: "Whether capitals matter.", default: false },
      },
    },
    numeric: {
      type: "object",
      description: "A number typed by the learner.",
      required: ["answer"],
      properties: {
        answer: { type: "number", description: "The right number." },
        tolerance: {
          type: "number",
          description: "How far off (absolute) still counts as right.",
          default: 0,
          minimum: 0,
        },
        unit: { type: "string", description: "Shown behind the field, e.g. `MiB`.", maxLength: 30 },
      },
    },
  },
  "x-kubernetes-validations": [
    {
      rule: "(has(self.singleChoice) ? 1 : 0) + (has(self.multipleChoice) ? 1 : 0) + (has(self.trueFalse) ? 1 : 0) + (has(self.shortAnswer) ? 1 : 0) + (has(self.numeric) ? 1 : 0) == 1",
      message:
        "exactly one of singleChoice, multipleChoice, trueFalse, shortAnswer and numeric must be set: set one, remove the others",
    },
  ],
} as const satisfies Structural;

export const quiz = {
  type: "object",
  description: "Questions graded at once. Editing a quiz keeps every attempt and its grade.",
  required: ["questions"],
  properties: {
    instructions: { type: "string", description: "Shown before the start, in Markdown.", maxLength: 20000 },
    attempts: {
      type: "integer",
      format: "int32",
      description: "How many attempts a learner has; 0 means as many as they like.",
      default: 0,
      minimum: 0,
      maximum: 100,
    },
    passPercent: {
      type: "integer",
      format: "int32",
      description: "Percentage of the points that passes.",
      default: 60,
      minimum: 0,
      maximum: 100,
    },
    timeLimitMinutes: {
      type: "integer",
      format: "int32",
      description: "Minutes from start to hand-in; no limit when absent. What was saved by then is graded.",
      minimum: 1,
      maximum: 1440,
    },
    shuffle: {
      type: "boolean",
      description: "Whether each attempt has the questions and choices in an order of its own.",
      default: false,
    },
    review: {
      type: "string",
      description:
        "When learners see right answers and explanations: after each attempt, once passed, or never.",
      enum: ["AfterAttempt", "WhenPassed", "Never"],
      default: "AfterAttempt",
    },
    weight: {
      type: "integer",
      format: "int32",
      description: "Weight of this quiz in the course grade; 0 makes it practice.",
      default: 1,
      minimum: 0,
      maximum: 1000,
    },
    questions: {
      type: "array",
      description: "The questions in order.",
      minItems: 1,
      maxItems: 50,
      items: question,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["key"],
    },
  },
} as const satisfies Structural;

export const link = {
  type: "object",
  description: "A page elsewhere on the web.",
  required: ["url"],
  properties: {
    url: {
      type: "string",
      description: "http or https address.",
      pattern: f.WEB_URL_PATTERN,
      maxLength: 2048,
    },
    description: { type: "string", description: "What is there and why, in Markdown.", maxLength: 5000 },
  },
} as const satisfies Structural;

export const fileItem = {
  type: "object",
  description: "A file to download.",
  required: ["path"],
  properties: {
    path: {
      type: "string",
      description: "Path of one of the course's `files`.",
      minLength: 1,
      maxLength: 255,
    },
    description: { type: "string", description: "What is in it, in Markdown.", maxLength: 5000 },
  },
} as const satisfies Structural;

/** Relative path of a course file: no leading slash, no `..`, plain characters. */
export const filePath = {
  type: "string",
  description: "Path the content refers to, e.g. `images/map.svg`.",
  pattern: "^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$",
  minLength: 1,
  maxLength: 255,
} as const satisfies Structural;

/** The catalog entry and rules of a course: everything but its files and modules. */
export const courseFacts = {
  title: {
    type: "string",
    description: "Title of the course; may be changed at any time.",
    minLength: 1,
    maxLength: 200,
  },
  summary: { type: "string", description: "One or two sentences for the catalog.", maxLength: 500 },
  description: { type: "string", description: "What it is about, in Markdown.", maxLength: 50000 },
  category: { ...f.key, description: "Key of one of the tenant's `categories`." },
  language: {
    type: "string",
    description: "Language of the content (BCP 47); the site's when absent.",
    pattern: "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
    maxLength: 35,
  },
  cover: { ...filePath, description: "Path of one of the course's `files`: the picture in the catalog." },
  visibility: {
    type: "string",
    description:
      "`Listed`: in the catalog; `Unlisted`: only by its address; `Draft`: only for people with a role on it that is not learner.",
    enum: ["Listed", "Unlisted", "Draft"],
    default: "Listed",
  },
  schedule: {
    type: "object",
    description: "When learners may work on it.",
    properties: {
      opensAt: { type: "string", format: "date-time", description: "Not before this time (RFC 3339)." },
      closesAt: {
        type: "string",
        format: "date-time",
        description: "Read-only from this time on (RFC 3339).",
      },
    },
    "x-kubernetes-validations": [
      {
        rule: "!has(self.opensAt) || !has(self.closesAt) || self.opensAt < self.closesAt",
        message: "opensAt must be before closesAt: correct one of the two",
      },
    ],
  },
  enrolment: {
    type: "object",
    description: "Who may join.",
    default: {},
    properties: {
      mode: {
        type: "string",
        description: "`Open`: anyone signed in may join; `Closed`: only by RoleBinding.",
        enum: ["Open", "Closed"],
        default: "Closed",
      },
      capacity: {
        type: "integer",
        format: "int32",
        description: "How many may join by themselves; no limit when absent.",
        minimum: 1,
      },
    },
  },
  grading: {
    type: "object",
    description: "How quiz attempts become the course grade: the weighted mean of the quizzes' percentages.",
    default: {},
    properties: {
      attempt: {
        type: "string",
        description: "Which attempt of a quiz counts.",
        enum: ["Highest", "Latest", "First"],
        default: "Highest",
      },
      passPercent: {
        type: "integer",
        format: "int32",
        description: "Course grade that passes.",
        default: 60,
        minimum: 0,
        maximum: 100,
      },
    },
  },
  completion: {
    type: "object",
    description: "When the course counts as completed.",
    default: {},
    properties: {
      requires: {
        type: "string",
        description:
          "`AllItems`: every item that is not optional is done (lessons marked, quizzes passed); `PassingGrade`: the course grade passes; `Both`.",
        enum: ["AllItems", "PassingGrade", "Both"],
        default: "AllItems",
      },
    },
  },
} as const satisfies Record<string, Structural>;

export type Question = Infer<typeof question>;
export type Quiz = Infer<typeof quiz>;
