// The base state: manifests in which every field of every kind has a value, and what they name. Where a kind has a choice,
// there is an object for each side. Of each list, the first entry and the last are named by nobody, so that they may go.
import {
  API_VERSION,
  type CourseSpecInput,
  type LmsTenantSpecInput,
  type RoleBindingSpecInput,
} from "../../api/index.ts";
import type { Manifest } from "../support/cluster.ts";

export const NAMESPACE = "default";
export const OPERATOR_IMAGE = "provost/provost:test";
export const OTHER_IMAGE = "registry.example.org:5000/provost/provost:other";
export const OTHER_POSTGRES = "postgres:17";
export const KNOWN_IMAGES: ReadonlySet<string> = new Set([
  OPERATOR_IMAGE,
  OTHER_IMAGE,
  "postgres:18",
  OTHER_POSTGRES,
]);

/** One object of ours. */
export interface Resource extends Manifest {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: object;
}

const declared = (kind: string, name: string, spec: object): Resource => ({
  apiVersion: API_VERSION,
  kind,
  metadata: {
    name,
    namespace: NAMESPACE,
    labels: { "example.org/team": "physics" },
    annotations: { "example.org/note": "as it was" },
  },
  spec,
});

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>';

const computed = {
  requests: { cpu: "100m", memory: "128Mi" },
  limits: { cpu: "1", memory: "512Mi" },
};

export const HILL = declared("LmsTenant", "hill", {
  hostname: "hill.example.org",
  tls: { secretRef: { name: "hill-tls" } },
  ingress: { className: "nginx", annotations: { "example.org/body-size": "8m" } },
  image: OPERATOR_IMAGE,
  replicas: 1,
  resources: computed,
  database: {
    standalone: { image: "postgres:18", storage: { size: "2Gi", className: "sandbox" }, resources: computed },
  },
  site: {
    title: "Hill School",
    tagline: "Up we go",
    description: "Welcome to the **hill**.",
    language: "en",
    timeZone: "UTC",
    contactEmail: "help@example.org",
    branding: { primaryColor: "#123456", accentColor: "#abcdef", logo: { alt: "A hill", svg: SVG } },
    footer: {
      text: "Made on a *hill*",
      links: [
        { title: "Imprint", url: "https://example.org/imprint" },
        { title: "Privacy", url: "https://example.org/privacy" },
      ],
    },
  },
  access: { catalog: "Public", sessionIdleMinutes: 120, sessionMaxHours: 12 },
  categories: [
    { key: "arts", title: "Arts", summary: "To look at" },
    { key: "science", title: "Science", summary: "To find out" },
    { key: "sport", title: "Sport" },
  ],
  roles: [
    { name: "helper", title: "Helper", permissions: ["course.view", "grades.view"] },
    { name: "mentor", title: "Mentor", permissions: ["course.view"] },
    { name: "guest", title: "Guest", permissions: ["course.view"] },
  ],
  groups: [
    { name: "choir", title: "Choir", members: ["ida", "lea"] },
    { name: "staff", title: "Staff", members: ["ida"] },
    { name: "band", title: "Band", members: ["lea"] },
  ],
  users: [
    {
      name: "ann",
      email: "ann@example.org",
      displayName: "Ann Alone",
      suspended: false,
      passwordSecretRef: { name: "passwords", key: "ann" },
    },
    { name: "ida", email: "ida@example.org", displayName: "Ida Instructor" },
    { name: "lea", email: "lea@example.org", displayName: "Lea Learner" },
    { name: "max", email: "max@example.org", displayName: "Max Newcomer" },
  ],
  housekeeping: { schedule: "17 3 * * *" },
  allowedNamespaces: { from: "Selector", matchLabels: { "example.org/school": "yes" } },
  deletionPolicy: "Retain",
  // Lists grow to their largest here, and shrink again.
  guard: { maxRemovalPercent: 100 },
} satisfies LmsTenantSpecInput);

/** The other side of each choice that `hill` has made. */
export const FJORD = declared("LmsTenant", "fjord", {
  hostname: "fjord.example.org",
  database: { external: { secretRef: { name: "fjord-pg" } } },
  site: {
    title: "Fjord School",
    branding: { logo: { alt: "A fjord", configMapKeyRef: { name: "pictures", key: "logo" } } },
  },
} satisfies LmsTenantSpecInput);

const choices = [
  { key: "one", text: "One", correct: true, feedback: "Yes" },
  { key: "two", text: "Two", correct: false, feedback: "No" },
  { key: "three", text: "Three", correct: false },
];

export const COURSE = declared("Course", "basics", {
  tenantRef: { name: "hill" },
  key: "basics",
  title: "Basics",
  summary: "The first steps",
  description: "All about the *first* steps.",
  category: "science",
  language: "en",
  cover: "images/cover.svg",
  visibility: "Listed",
  schedule: { opensAt: "2026-01-01T00:00:00Z", closesAt: "2036-01-01T00:00:00Z" },
  enrolment: { mode: "Open", capacity: 30 },
  grading: { attempt: "Highest", passPercent: 60 },
  completion: { requires: "AllItems" },
  files: [
    { path: "notes/first.txt", mediaType: "text/plain", text: "First notes" },
    { path: "images/cover.svg", base64: Buffer.from(SVG).toString("base64") },
    { path: "notes/second.txt", configMapKeyRef: { name: "texts", key: "notes" } },
  ],
  modules: [
    {
      key: "start",
      title: "Start",
      summary: "Where it begins",
      items: [
        {
          key: "intro",
          title: "Introduction",
          optional: false,
          lesson: { markdown: "# Hello\n\n![cover](images/cover.svg)\n", minutes: 5 },
        },
        { key: "read", title: "To read", lesson: { configMapKeyRef: { name: "texts", key: "lesson" } } },
        {
          key: "check",
          title: "Check yourself",
          quiz: {
            instructions: "Take your time.",
            attempts: 3,
            passPercent: 60,
            timeLimitMinutes: 30,
            shuffle: false,
            review: "AfterAttempt",
            weight: 1,
            questions: [
              {
                key: "single",
                prompt: "Which?",
                points: 2,
                explanation: "So it is.",
                singleChoice: { choices },
              },
              {
                key: "multiple",
                prompt: "Which all?",
                multipleChoice: {
                  choices: [...choices, { key: "four", text: "Four", correct: true }],
                  partialCredit: false,
                },
              },
              { key: "truth", prompt: "Is it?", trueFalse: { answer: true } },
              {
                key: "word",
                prompt: "Say it",
                shortAnswer: { accepted: ["Paris", "paris"], caseSensitive: false },
              },
              { key: "number", prompt: "How many?", numeric: { answer: 0.5, tolerance: 0.1, unit: "m" } },
            ],
          },
        },
        {
          key: "site",
          title: "Elsewhere",
          link: { url: "https://example.org/", description: "Look *there*" },
        },
        { key: "sheet", title: "A sheet", file: { path: "images/cover.svg", description: "To print" } },
      ],
    },
    { key: "end", title: "End", items: [{ key: "last", title: "Last", lesson: { markdown: "Bye" } }] },
  ],
} satisfies CourseSpecInput);

/** Another course, for grants to move to. */
export const EXTRA = declared("Course", "extra", {
  tenantRef: { name: "hill" },
  title: "Extra",
  modules: [
    { key: "all", title: "All", items: [{ key: "text", title: "Text", lesson: { markdown: "More" } }] },
  ],
} satisfies CourseSpecInput);

/** One grant for each kind of scope; the first has everything else there is. */
export const GRANTS: readonly Resource[] = [
  declared("RoleBinding", "on-course", {
    tenantRef: { name: "hill" },
    roleRef: { name: "mentor" },
    subjects: [{ user: "ida" }, { email: "lea@example.org" }, { group: "staff" }],
    scope: { course: "basics" },
    notBefore: "2026-01-01T00:00:00Z",
    expiresAt: "2036-01-01T00:00:00Z",
  } satisfies RoleBindingSpecInput),
  declared("RoleBinding", "on-category", {
    tenantRef: { name: "hill" },
    roleRef: { name: "auditor" },
    subjects: [{ user: "lea" }],
    scope: { category: "science" },
  } satisfies RoleBindingSpecInput),
  declared("RoleBinding", "on-site", {
    tenantRef: { name: "hill" },
    roleRef: { name: "auditor" },
    subjects: [{ user: "ida" }],
    scope: { site: true },
  } satisfies RoleBindingSpecInput),
];

const encoded = (data: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]));

const secret = (name: string, data: Readonly<Record<string, string>>): Manifest => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: NAMESPACE },
  data: encoded(data),
});

const configMap = (name: string, data: Readonly<Record<string, string>>): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: NAMESPACE },
  data,
});

const postgres = { host: "pg.example.org", database: "lms", username: "lms", password: "very-secret" };

/** What the base state names, and what a changed field may name instead. */
export const SURROUNDINGS: readonly Manifest[] = [
  secret("passwords", { ann: "correct horse", other: "battery staple", short: "short" }),
  secret("more-passwords", { ann: "another one entirely" }),
  secret("fjord-pg", postgres),
  secret("other-pg", { ...postgres, host: "other.example.org" }),
  secret("wrong-pg", { ...postgres, port: "none", sslmode: "maybe" }),
  secret("empty-pg", { host: "pg.example.org" }),
  configMap("pictures", { logo: SVG, other: SVG.replace("M0 0", "M1 1"), text: "no picture" }),
  configMap("more-pictures", { logo: SVG.replace("M0 0", "M0 1") }),
  configMap("texts", { lesson: "# A lesson", notes: "Second notes", other: "Other text" }),
  configMap("more-texts", { lesson: "# Another lesson", notes: "Other notes" }),
];

/** Everything that is declared in the base state. */
export const DECLARED: readonly Resource[] = [HILL, FJORD, COURSE, EXTRA, ...GRANTS];
