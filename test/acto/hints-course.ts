// What is known of the fields of Course beyond their schema.
import {
  bad,
  boundary,
  type Hint,
  type Hints,
  refusal,
  refused,
  valid,
  waiting,
  WITHOUT_EFFECT,
} from "./candidates.ts";
import { METADATA_HINTS } from "./hints-metadata.ts";
import { COURSE } from "./manifests.ts";

const x = (length: number): string => "x".repeat(length);
const quiz = "spec.modules[].items[].quiz";
const questions = `${quiz}.questions[]`;

const invalid = (says: RegExp) => waiting("InvalidContent", says);
const missingFile = invalid(/is not among the course's files/);

/** A path of one of the course's files. */
const path = (other: string): Hint => ({
  instead: [
    valid(other),
    bad("none.svg", "InvalidContent", /"none\.svg" is not among the course's files/),
    bad(x(255), "InvalidContent", /is not among the course's files/, "longest"),
  ],
});

const reference = (key: string): Hints => ({
  "": { instead: [valid({ name: "more-texts", key })] },
  ".name": {
    instead: [
      valid("more-texts"),
      bad("no-texts", "ConfigMapNotFound", /configMapKeyRef: ConfigMap no-texts does not exist/),
      bad(x(253), "ConfigMapNotFound", /does not exist/, "longest"),
    ],
  },
  ".key": {
    instead: [
      valid("other"),
      bad("none", "ConfigMapKeyNotFound", /has no key "none"/),
      bad(x(253), "ConfigMapKeyNotFound", /has no key/, "longest"),
    ],
  },
});

const under = (base: string, hints: Hints): Hints =>
  Object.fromEntries(Object.entries(hints).map(([below, hint]) => [`${base}${below}`, hint]));

const oneOf = (rule: RegExp): Hint => ({ expects: { absent: refusal(rule) } });
const oneItem = oneOf(/exactly one of lesson, quiz, link and file/);
const oneQuestion = oneOf(/exactly one of singleChoice/);
// An apply that takes the last field of an object away takes the object away.
const oneText = oneOf(/exactly one of (markdown|lesson)/);
const oneContent = oneOf(/exactly one of text, base64/);
const noRight = (says: RegExp) => bad(false, "InvalidContent", says);

const [start] = (COURSE.spec as { modules: readonly object[] }).modules;

const content: Hints = {
  "spec.cover": path("notes/first.txt"),
  "spec.files": { expects: { empty: missingFile, absent: missingFile } },
  // Told from the ending of its path, it is the same.
  "spec.files[].mediaType": { expects: { absent: WITHOUT_EFFECT } },
  "spec.files[].text": oneContent,
  "spec.files[].base64": oneContent,
  ...under("spec.files[].configMapKeyRef", reference("notes")),
  "spec.files[].configMapKeyRef": { instead: [valid({ name: "more-texts", key: "notes" })], ...oneContent },
  "spec.modules": {
    expects: { "one more": invalid(/item keys are unique in the whole course/) },
    more: [
      valid(
        [
          { key: "new", title: "New", items: [{ key: "new", title: "New", lesson: { markdown: "New" } }] },
          start,
        ],
        "another in front",
      ),
    ],
  },
  "spec.modules[].items[]": {
    more: [
      valid({ key: "intro", title: "Turned", link: { url: "https://example.org/" } }, "a link instead"),
      bad(
        { key: "last", title: "Twice", lesson: { markdown: "Twice" } },
        "InvalidContent",
        /"last" is also the key of the item at/,
        "a key of another module",
      ),
    ],
  },
  "spec.modules[].items[].lesson": oneItem,
  "spec.modules[].items[].quiz": oneItem,
  "spec.modules[].items[].link": oneItem,
  "spec.modules[].items[].file": oneItem,
  "spec.modules[].items[].lesson.markdown": {
    ...oneText,
    more: [
      valid("# A\n\n- <script>alert(1)</script>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"),
      bad("![none](none.png)", "InvalidContent", /"none\.png" is not among/),
    ],
  },
  ...under("spec.modules[].items[].lesson.configMapKeyRef", reference("lesson")),
  "spec.modules[].items[].lesson.configMapKeyRef": {
    instead: [valid({ name: "more-texts", key: "lesson" })],
    ...oneText,
  },
  "spec.modules[].items[].file.path": path("notes/first.txt"),
};

const quizzes: Hints = {
  ...Object.fromEntries(
    ["singleChoice", "multipleChoice", "trueFalse", "shortAnswer", "numeric"].map((type) => [
      `${questions}.${type}`,
      oneQuestion,
    ]),
  ),
  [`${questions}.singleChoice.choices`]: {
    more: [
      valid(
        [
          { key: "one", text: "One" },
          { key: "two", text: "Two", correct: true },
        ],
        "another right one",
      ),
      bad(
        [
          { key: "one", text: "One", correct: true },
          { key: "two", text: "Two", correct: true },
        ],
        "InvalidContent",
        /2 correct choices/,
        "two right ones",
      ),
    ],
  },
  // The first choice is the right one.
  [`${questions}.singleChoice.choices[]`]: { expects: { absent: invalid(/0 correct choices/) } },
  [`${questions}.singleChoice.choices[].correct`]: {
    instead: [noRight(/needs exactly one/), refused("yes", /typed patch object/)],
    expects: { absent: invalid(/0 correct choices/) },
  },
  [`${questions}.multipleChoice.choices`]: {
    more: [
      bad(
        [
          { key: "one", text: "One" },
          { key: "two", text: "Two" },
        ],
        "InvalidContent",
        /no correct choice/,
        "none right",
      ),
    ],
  },
  [`${questions}.shortAnswer.accepted[]`]: { more: [refused("paris", /[Dd]uplicate/)] },
};

export const COURSE_HINTS: Hints = {
  ...content,
  ...quizzes,
  ...METADATA_HINTS,
  "spec.tenantRef.namespace": { more: [refused("default", /immutable/)] },
  "spec.category": {
    instead: [
      valid("arts"),
      bad("none", "CategoryNotFound", /spec\.category.*no category "none".*arts, science/),
      bad("k".repeat(63), "CategoryNotFound", /no category/, "longest"),
      refused("Not A Key", /should match/),
    ],
  },
  "spec.schedule.opensAt": {
    more: [
      boundary("0001-01-01T00:00:00Z", "earliest"),
      refused("2036-01-01T00:00:00Z", /opensAt must be before closesAt/),
    ],
  },
  "spec.schedule.closesAt": {
    more: [
      boundary("9999-12-31T23:59:59Z", "latest"),
      refused("2025-12-31T23:59:59Z", /opensAt must be before closesAt/),
    ],
  },
};
