// A site of realistic size, as documents of the admin API: 200 learners, 24 courses of 10 items.
import type {
  BindingDocument,
  CourseDocument,
  DirectoryDocument,
  Quiz,
  SiteDocument,
} from "../../../api/index.ts";

export const LEARNERS = 200;
export const COURSES = 24;
/** Every learner is in this many courses. */
export const COURSES_EACH = 6;

export const learnerName = (i: number): string => `learner-${String(i).padStart(3, "0")}`;
export const courseKey = (i: number): string => `course-${String(i).padStart(2, "0")}`;
export const passwordOf = (name: string): string => `${name} orbit mild copper`;
export const groupName = (i: number): string => `class-${i}`;
export const GROUPS = COURSES / COURSES_EACH;

const CATEGORIES = ["land", "sky", "craft", "sea"] as const;

export const site: SiteDocument = {
  title: "Fernhill Field School",
  tagline: "Learn to read the land, the sky and the weather.",
  description: "Each course takes **an evening or two** and ends with a short quiz.",
  language: "en",
  timeZone: "Europe/Berlin",
  contactEmail: "help@example.org",
  branding: { primaryColor: "#17594a", accentColor: "#c8742c" },
  footer: { text: "A charity.", links: [{ title: "Imprint", url: "https://example.org/imprint" }] },
  categories: CATEGORIES.map((key) => ({ key, title: key.toUpperCase() })),
  access: { catalog: "SignedIn", sessionIdleMinutes: 120, sessionMaxHours: 12 },
  housekeeping: { schedule: "15 3 * * *" },
};

export const directory: DirectoryDocument = {
  roles: [],
  groups: Array.from({ length: GROUPS }, (_, g) => ({
    name: groupName(g),
    title: `Class ${g + 1}`,
    members: Array.from({ length: LEARNERS }, (_, i) => i)
      .filter((i) => i % GROUPS === g)
      .map(learnerName),
  })),
  users: Array.from({ length: LEARNERS }, (_, i) => {
    const name = learnerName(i);
    return {
      name,
      displayName: `Learner Number ${i + 1}`,
      email: `${name}@example.org`,
      suspended: false,
      passwordFingerprint: `hmac-sha256:${String(i).padStart(16, "0")}`,
      password: passwordOf(name),
    };
  }),
};

/** Each class is bound to every course of its share. */
export const bindings: Readonly<Record<string, BindingDocument>> = Object.fromEntries(
  Array.from({ length: COURSES }, (_, c) => [
    `bench.${courseKey(c)}`,
    {
      manager: "bench",
      role: "learner",
      subjects: [{ group: groupName(c % GROUPS) }],
      scope: { course: courseKey(c) },
    },
  ]),
);

/** Courses of a learner. */
export const coursesOf = (learner: number): number[] =>
  Array.from({ length: COURSES_EACH }, (_, i) => (learner % GROUPS) + i * GROUPS);

export const LESSON_MARK = "Water flows down, and lines that make a V point to it.";

const LESSON = `## What the gaps say

The height between two lines, the *contour interval*, is the same all over the map. So the **gap** tells you how steep
the ground is. ${LESSON_MARK}

| Gap on the map | Slope | What it feels like |
|---|--:|---|
| 4 mm | 6° | a stroll |
| 1.5 mm | 15° | you notice your breath |
| 0.5 mm | 39° | hands out of pockets |

\`\`\`python
from math import atan, degrees

def slope(gap_mm: float, interval_m: float = 10, scale: int = 25_000) -> float:
    """Slope in degrees between two contour lines."""
    return degrees(atan(interval_m / (gap_mm / 1000 * scale)))
\`\`\`

${"Take the sheet you know best and lay it on a table by the window. Before you look for names, look for shapes: the long ones are ridges and valleys, the round ones are tops, and wherever the lines crowd together there is a reason to slow down.\n\n".repeat(8)}`;

export const quiz: Quiz = {
  attempts: 0,
  passPercent: 60,
  shuffle: true,
  review: "AfterAttempt",
  weight: 1,
  questions: [
    ...Array.from({ length: 6 }, (_, i) => ({
      key: `single-${i}`,
      prompt: `On the same map, slope **A** has contour lines ${i + 1} mm apart, slope **B** 9 mm. Which is steeper?`,
      points: 1,
      explanation: "The closer the lines, the steeper the ground.",
      singleChoice: {
        choices: [
          { key: "a", text: "Slope A", correct: true, feedback: "Exactly." },
          {
            key: "b",
            text: "Slope B",
            correct: false,
            feedback: "Wide gaps mean a long way for the same climb.",
          },
          { key: "same", text: "Neither", correct: false },
        ],
      },
    })),
    {
      key: "legend",
      prompt: "Which of these does the legend tell you?",
      points: 2,
      multipleChoice: {
        partialCredit: true,
        choices: [
          { key: "interval", text: "The contour interval", correct: true },
          { key: "signs", text: "What the signs mean", correct: true },
          { key: "hut", text: "Whether the hut is staffed", correct: false },
        ],
      },
    },
    {
      key: "scale",
      prompt: "At `1:25 000`, how long is 6 cm?",
      points: 1,
      numeric: { answer: 1.5, tolerance: 0.05, unit: "km" },
    },
    {
      key: "north",
      prompt: "Magnetic and true north are the same.",
      points: 1,
      trueFalse: { answer: false },
    },
    {
      key: "saddle",
      prompt: "What is the low point between two summits called?",
      points: 1,
      shortAnswer: { accepted: ["saddle", "col"], caseSensitive: false },
    },
  ],
};

export const RIGHT_ANSWERS: readonly (readonly [question: string, answer: string])[] = [
  ...Array.from({ length: 6 }, (_, i) => [`single-${i}`, "a"] as const),
  ["legend", "interval"],
  ["legend", "signs"],
  ["scale", "1.5"],
  ["north", "false"],
  ["saddle", "col"],
];

export const course = (i: number): CourseDocument => ({
  manager: "bench",
  title: `Reading the land, part ${i + 1}`,
  summary: "Scale, contour lines and the compass: find your way with nothing that needs charging.",
  description: "In four short modules you learn to see the land in a map.\n\n**You need** a map and a ruler.",
  category: CATEGORIES[i % CATEGORIES.length] ?? "land",
  visibility: "Listed",
  enrolment: { mode: "Open" },
  grading: { attempt: "Highest", passPercent: 60 },
  completion: { requires: "AllItems" },
  files: [],
  modules: ["seeing", "walking"].map((key, m) => ({
    key,
    title: `Module ${key}`,
    summary: "What lines and colours stand for.",
    items: [
      ...Array.from({ length: 4 }, (_, l) => ({
        key: `lesson-${m}${l}`,
        title: `Lesson ${l + 1} of ${key}`,
        optional: false,
        lesson: { minutes: 8, markdown: LESSON },
      })),
      { key: `quiz-${m}`, title: `Check: ${key}`, optional: false, quiz },
    ],
  })),
});
