// A small school with realistic content, as documents of the admin API: what the browser tests look at.
import type {
  BindingDocument,
  CourseDocument,
  DirectoryDocument,
  Quiz,
  SiteDocument,
} from "../../api/index.ts";
import { AWKWARD } from "./demo-awkward.ts";

export const PASSWORD = "lantern orbit mild copper";

const svg = (text: string): string => Buffer.from(text).toString("base64");

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><circle cx="24" cy="24" r="22" fill="#fff"/><path d="M10 32 22 12l7 11 3-4 7 13z" fill="#17594a"/></svg>`;

const CONTOURS = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 320"><rect width="640" height="320" fill="#e9efe2"/><g fill="none" stroke="#7a5c33" stroke-width="2">${[
  0, 1, 2, 3, 4, 5,
]
  .map((i) => `<ellipse cx="${300 - i * 8}" cy="${165 - i * 5}" rx="${250 - i * 40}" ry="${125 - i * 20}"/>`)
  .join(
    "",
  )}</g><path d="M0 250C150 210 260 300 640 230" fill="none" stroke="#3b7ea1" stroke-width="7"/><circle cx="260" cy="140" r="5" fill="#17594a"/></svg>`;

export const site: SiteDocument = {
  title: "Fernhill Field School",
  tagline: "Learn to read the land, the sky and the weather, at your own pace and out of doors.",
  description:
    "Our courses are written by the people who lead the walks. Each takes **an evening or two**, ends with a short quiz, and sends you outside with something to try.\n\n- No grades on paper, no rush\n- Everything works on a phone, also with one bar of signal\n\nNew here? Start with *Reading a map*.",
  language: "en",
  timeZone: "Europe/Berlin",
  contactEmail: "help@fernhill.example",
  branding: {
    primaryColor: "#17594a",
    accentColor: "#c8742c",
    logo: { alt: "", mediaType: "image/svg+xml", base64: svg(LOGO) },
  },
  footer: {
    text: "Fernhill Field School, a charity. Texts under CC BY 4.0.",
    links: [
      { title: "Imprint", url: "https://fernhill.example/imprint" },
      { title: "Privacy", url: "https://fernhill.example/privacy" },
    ],
  },
  categories: [
    { key: "land", title: "Land", summary: "Maps, ground and water." },
    { key: "sky", title: "Sky", summary: "Stars, clouds and what they announce." },
    { key: "craft", title: "Craft" },
  ],
  access: { catalog: "Public", sessionIdleMinutes: 120, sessionMaxHours: 12 },
  housekeeping: { schedule: "15 3 * * *" },
};

const LEARNERS = [
  "Ben Okafor",
  "Chloé Martin",
  "Dara Nguyen",
  "Elif Yılmaz",
  "Farid Haddad",
  "Greta Lindqvist",
];
const userName = (displayName: string): string =>
  displayName
    .toLowerCase()
    .normalize("NFD")
    .replace(/[^a-z ]/g, "")
    .replace(" ", ".");

export const learnerNames = LEARNERS.map(userName);

export const directory: DirectoryDocument = {
  roles: [],
  groups: [{ name: "spring-class", title: "Spring class", members: learnerNames }],
  users: [
    ["ada", "Ada Hollis"],
    ["ines", "Ines Brandt"],
    ["root", "Robin Ott"],
    ["new", "Noor Said"],
    ...LEARNERS.map((name) => [userName(name), name]),
  ].map(([name = "", displayName = ""]) => ({
    name,
    displayName,
    email: `${name}@fernhill.example`,
    suspended: false,
    passwordFingerprint: "hmac-sha256:0123456789abcdef",
    password: PASSWORD,
  })),
};

const quizSettings = {
  attempts: 0,
  passPercent: 60,
  shuffle: false,
  review: "AfterAttempt",
  weight: 1,
} as const;

const mapQuiz: Quiz = {
  ...quizSettings,
  instructions:
    "Five questions about scale and contour lines. Have a sheet of paper at hand; a calculator is allowed.",
  weight: 2,
  questions: [
    {
      key: "closer",
      prompt:
        "On the same map, slope **A** has contour lines 2 mm apart, slope **B** 6 mm. Which one is steeper?",
      points: 1,
      explanation:
        "The closer the lines, the shorter the way between two heights, so the steeper the ground.",
      singleChoice: {
        choices: [
          {
            key: "a",
            text: "Slope A",
            correct: true,
            feedback: "Exactly: lines close together mean steep ground.",
          },
          {
            key: "b",
            text: "Slope B",
            correct: false,
            feedback: "Wide gaps mean that you walk far for the same climb.",
          },
          { key: "same", text: "They are equally steep", correct: false },
        ],
      },
    },
    {
      key: "legend",
      prompt: "Which of these does the legend of a hiking map tell you?",
      points: 2,
      explanation: "The legend explains *signs*. What the weather does, and who is at home, no map knows.",
      multipleChoice: {
        partialCredit: true,
        choices: [
          { key: "interval", text: "The contour interval", correct: true },
          { key: "signs", text: "What the signs mean", correct: true },
          {
            key: "weather",
            text: "Whether the ford is passable today",
            correct: false,
            feedback: "Ask locally, and look.",
          },
          { key: "hut", text: "Whether the hut is staffed tonight", correct: false },
        ],
      },
    },
    {
      key: "scale",
      prompt: "At a scale of `1:25 000`, how long is a path that measures **6 cm** on the map?",
      points: 1,
      explanation: "6 cm × 25 000 = 150 000 cm = 1.5 km.",
      numeric: { answer: 1.5, tolerance: 0.05, unit: "km" },
    },
    {
      key: "north",
      prompt: "Magnetic north and true north are the same everywhere on Earth.",
      points: 1,
      explanation: "The difference is called declination and is printed at the edge of good maps.",
      trueFalse: { answer: false },
    },
    {
      key: "saddle",
      prompt: "What is the low point between two summits called?",
      points: 1,
      shortAnswer: { accepted: ["saddle", "col", "pass"], caseSensitive: false },
    },
  ],
};

const CONTOUR_LESSON = `A contour line joins points of **equal height**. Walk along one and you neither climb nor descend; cross one and you do.

![A hill drawn in six contour lines, with a stream at its foot](images/contours.svg)

## What the gaps say

The height between two lines, the *contour interval*, is the same all over the map. So the *gap* tells you how steep the ground is:

| Gap on a 1:25 000 map | Slope at 10 m interval | What it feels like |
|---|--:|---|
| 4 mm | 6° | a stroll |
| 1.5 mm | 15° | you notice your breath |
| 0.5 mm | 39° | hands out of pockets |

> Lines that touch are cliffs. Plan around them, not over them.

### Working it out

You do not need a table. With the gap \`g\` in millimetres, the interval \`i\` in metres and the scale \`1:s\`:

\`\`\`python
from math import atan, degrees

def slope(gap_mm: float, interval_m: float = 10, scale: int = 25_000) -> float:
    """Slope in degrees between two contour lines."""
    ground_m = gap_mm / 1000 * scale
    return degrees(atan(interval_m / ground_m))

print(round(slope(1.5)))  # 15
\`\`\`

## Which way is up

Two things settle it:

1. Numbers on the lines read **uphill**.
2. Water flows down: where lines make a V, the V of a *valley* points uphill and has a stream in it, the V of a *ridge* points downhill and has none.

<details><summary>Try it on the picture above</summary>

The stream lies at the foot, so the rings rise towards the middle. The dot is just below the summit.

</details>

Press <kbd>Ctrl</kbd> + <kbd>P</kbd> to take this page with you. More about the history of contour lines stands at https://www.ordnancesurvey.co.uk/.
`;

const paragraph =
  "Take the sheet you know best and lay it on a table by the window. Before you look for names, look for shapes: the long ones are ridges and valleys, the round ones are tops, and wherever the lines crowd together there is a reason to slow down.\n\nWhen you have found three of each, turn the map so that it lies as the land does. From now on you read it as you walk.";

const lesson = (key: string, title: string, minutes: number, markdown = paragraph, optional = false) => ({
  key,
  title,
  optional,
  lesson: { minutes, markdown },
});

const facts = {
  manager: "test",
  visibility: "Listed",
  enrolment: { mode: "Open" },
  grading: { attempt: "Highest", passPercent: 60 },
  completion: { requires: "AllItems" },
  files: [],
} as const satisfies Partial<CourseDocument>;

const shortCourse = (
  title: string,
  summary: string,
  category: string,
  more: Partial<CourseDocument> = {},
): CourseDocument => ({
  ...facts,
  title,
  summary,
  category,
  description: `${summary}\n\n${paragraph}`,
  modules: [
    {
      key: "begin",
      title: "Beginnings",
      items: [lesson("first", "A first look", 6), lesson("second", "Closer to it", 9)],
    },
  ],
  ...more,
});

export const courses: Readonly<Record<string, CourseDocument>> = {
  "reading-a-map": {
    ...facts,
    title: "Reading a map",
    summary: "Scale, contour lines and the compass: find your way with nothing that needs charging.",
    description:
      "A paper map never runs out of battery. In three short modules you learn to see the land in it, to measure on it and to walk by it.\n\n**You need** a hiking map of a place you know, a ruler, and an hour outside at the end.",
    category: "land",
    enrolment: { mode: "Open", capacity: 40 },
    cover: "images/cover.svg",
    files: [
      { path: "images/contours.svg", mediaType: "image/svg+xml", base64: svg(CONTOURS) },
      { path: "images/cover.svg", mediaType: "image/svg+xml", base64: svg(CONTOURS) },
      {
        path: "sheets/route-card.csv",
        mediaType: "text/csv",
        base64: svg("leg,bearing,distance m\n1,,\n2,,\n"),
      },
    ],
    modules: [
      {
        key: "seeing",
        title: "Seeing the land",
        summary: "What lines and colours stand for.",
        items: [
          lesson("why-paper", "Why paper still wins", 5),
          lesson("contour-lines", "Contour lines", 12, CONTOUR_LESSON),
          { key: "map-quiz", title: "Check: lines and scale", optional: false, quiz: mapQuiz },
        ],
      },
      {
        key: "measuring",
        title: "Measuring",
        summary: "From millimetres to hours.",
        items: [
          lesson("scale", "Scale and distance", 8),
          lesson("naismith", "How long will it take? Naismith's rule and its corrections for tired legs", 10),
          {
            key: "timed-quiz",
            title: "Against the clock",
            optional: true,
            quiz: {
              ...mapQuiz,
              timeLimitMinutes: 10,
              attempts: 2,
              weight: 0,
              review: "WhenPassed",
              shuffle: true,
            },
          },
        ],
      },
      {
        key: "walking",
        title: "Walking by it",
        items: [
          {
            key: "declination",
            title: "Look up your declination",
            optional: true,
            link: {
              url: "https://www.ngdc.noaa.gov/geomag/calculators/magcalc.shtml",
              description:
                "NOAA's calculator knows the declination of every place for every year. Write yours on the edge of your map.",
            },
          },
          {
            key: "route-card",
            title: "Route card",
            optional: false,
            file: {
              path: "sheets/route-card.csv",
              description: "Print it, fill in one line per leg, leave a copy with somebody at home.",
            },
          },
          {
            key: "final",
            title: "Final quiz",
            optional: false,
            quiz: { ...mapQuiz, weight: 3, attempts: 3, review: "Never" },
          },
        ],
      },
    ],
  },
  "night-sky": shortCourse(
    "The night sky in four seasons",
    "Find the pole star, tell planets from stars and know what rises when.",
    "sky",
  ),
  "cloud-atlas": shortCourse(
    "A pocket atlas of clouds",
    "Ten genera, three storeys, and which of them mean rain before tea.",
    "sky",
  ),
  knots: shortCourse(
    "Six knots that hold",
    "One knot for each thing a rope is asked to do, and how to undo it in the rain.",
    "craft",
  ),
  "fire-and-tea": shortCourse(
    "Fire and tea",
    "Making a small fire in wet woods, and putting it out so that nobody finds the place.",
    "craft",
    { enrolment: { mode: "Closed" } },
  ),
  "animal-tracks": shortCourse(
    "Tracks in mud and snow",
    "Who came this way, how fast and how long ago.",
    "land",
    { schedule: { opensAt: "2031-01-10T08:00:00Z" } },
  ),
  "rivers-2019": shortCourse("Rivers and fords", "Where to cross and where to turn back.", "land", {
    schedule: { closesAt: "2020-01-01T00:00:00Z" },
  }),
  "bird-song": shortCourse(
    "Bird song before breakfast",
    "Twelve voices of the hedge, learned two a day.",
    "land",
    { visibility: "Draft" },
  ),
};

const binding = (role: string, user: string, scope: BindingDocument["scope"]): BindingDocument => ({
  manager: "test",
  role,
  subjects: [{ user }],
  scope,
});

export const bindings: Readonly<Record<string, BindingDocument>> = {
  "test.root": binding("administrator", "root", { site: true }),
  "test.ines": binding("instructor", "ines", { course: "reading-a-map" }),
  "test.ines-draft": binding("instructor", "ines", { course: "bird-song" }),
  "test.ada": binding("learner", "ada", { course: "reading-a-map" }),
  "test.ada-sky": binding("learner", "ada", { course: "night-sky" }),
  "test.ada-long": binding("learner", "ada", { course: AWKWARD }),
  "test.ada-tracks": binding("learner", "ada", { course: "animal-tracks" }),
  "test.class": {
    ...binding("learner", "", { course: "reading-a-map" }),
    subjects: [{ group: "spring-class" }],
  },
};
