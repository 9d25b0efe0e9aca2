// Manifests of a small school, as builders with good defaults: one site, one course with two lessons and a quiz, grants.
import {
  API_VERSION,
  type BackupSpecInput,
  type ReleaseCatalogSpecInput,
  type RestoreSpecInput,
  type CourseSpecInput,
  type LmsTenantSpecInput,
  type RoleBindingSpecInput,
} from "../../api/index.ts";

interface Named {
  readonly name: string;
  readonly namespace?: string;
}

const meta = ({ name, namespace = "default" }: Named): { name: string; namespace: string } => ({
  name,
  namespace,
});

/** A site with an administrator `root`, an instructor `ida` and a learner `lea`. */
export function aTenant(name: string, spec: Partial<LmsTenantSpecInput> = {}, namespace?: string) {
  return {
    apiVersion: API_VERSION,
    kind: "LmsTenant",
    metadata: meta({ name, ...(namespace && { namespace }) }),
    spec: {
      hostname: `${name}.example.org`,
      database: { standalone: { storage: { size: "1Gi" } } },
      site: { title: `School ${name}` },
      users: [
        { name: "root", email: "root@example.org", displayName: "Rosa Root" },
        { name: "ida", email: "ida@example.org", displayName: "Ida Instructor" },
        { name: "lea", email: "lea@example.org", displayName: "Lea Learner" },
      ],
      ...spec,
    } satisfies LmsTenantSpecInput,
  };
}

/** The quiz of {@link aCourse}. */
export const QUIZ = {
  attempts: 0,
  questions: [
    {
      key: "sky",
      prompt: "What colour is a clear sky at noon?",
      singleChoice: {
        choices: [
          { key: "blue", text: "Blue", correct: true },
          { key: "green", text: "Green" },
        ],
      },
    },
    {
      key: "even",
      prompt: "Which are even?",
      multipleChoice: {
        choices: [
          { key: "two", text: "2", correct: true },
          { key: "three", text: "3" },
          { key: "four", text: "4", correct: true },
        ],
      },
    },
    { key: "half", prompt: "What is a half as a decimal?", numeric: { answer: 0.5 } },
    { key: "capital", prompt: "The capital of France?", shortAnswer: { accepted: ["Paris"] } },
    { key: "round", prompt: "The earth is round.", trueFalse: { answer: true } },
  ],
} satisfies NonNullable<CourseSpecInput["modules"][number]["items"][number]["quiz"]>;

/** A course with the items `welcome`, `more` and the quiz `check`. */
export function aCourse(
  name: string,
  tenant: string,
  spec: Partial<CourseSpecInput> = {},
  namespace?: string,
) {
  return {
    apiVersion: API_VERSION,
    kind: "Course",
    metadata: meta({ name, ...(namespace && { namespace }) }),
    spec: {
      tenantRef: { name: tenant },
      title: `Course ${name}`,
      modules: [
        {
          key: "start",
          title: "Start",
          items: [
            {
              key: "welcome",
              title: "Welcome",
              lesson: { markdown: "# Welcome\n\nGlad you are **here**.\n\n```js\nconst answer = 42;\n```\n" },
            },
            { key: "more", title: "More to read", lesson: { markdown: "One thing after another." } },
            { key: "check", title: "Check yourself", quiz: QUIZ },
          ],
        },
      ],
      ...spec,
    } satisfies CourseSpecInput,
  };
}

/** A role for users on a course, or on the whole site when `course` is absent. */
export function aBinding(
  name: string,
  tenant: string,
  grant: { role: string; users: readonly string[]; course?: string } & Partial<
    Pick<RoleBindingSpecInput, "notBefore" | "expiresAt">
  >,
  namespace?: string,
) {
  const { role, users, course, ...times } = grant;
  return {
    apiVersion: API_VERSION,
    kind: "RoleBinding",
    metadata: meta({ name, ...(namespace && { namespace }) }),
    spec: {
      tenantRef: { name: tenant },
      roleRef: { name: role },
      subjects: users.map((user) => ({ user })),
      scope: course === undefined ? { site: true } : { course },
      ...times,
    },
  };
}

/** Everything a learner needs: site, course `basics`, and `lea` as its learner, `ida` as its instructor. */
export function aSchool(tenant: string, namespace?: string) {
  return [
    aTenant(tenant, {}, namespace),
    aCourse("basics", tenant, {}, namespace),
    aBinding("teach", tenant, { role: "instructor", users: ["ida"], course: "basics" }, namespace),
    aBinding("learn", tenant, { role: "learner", users: ["lea"], course: "basics" }, namespace),
  ];
}

/** The releases on offer. */
export function aCatalog(releases: ReleaseCatalogSpecInput["releases"], name = "provost") {
  return { apiVersion: API_VERSION, kind: "ReleaseCatalog", metadata: { name }, spec: { releases } };
}

/** A backup run of a site. */
export function aBackup(
  name: string,
  tenant: string,
  spec: Partial<BackupSpecInput> = {},
  namespace?: string,
) {
  return {
    apiVersion: API_VERSION,
    kind: "Backup",
    metadata: meta({ name, ...(namespace && { namespace }) }),
    spec: { tenantRef: { name: tenant }, ...spec } satisfies BackupSpecInput,
  };
}

/** A restore of a site: a drill, unless it says something else. */
export function aRestore(name: string, tenant: string, spec: Omit<RestoreSpecInput, "tenantRef">) {
  return {
    apiVersion: API_VERSION,
    kind: "Restore",
    metadata: meta({ name }),
    spec: { tenantRef: { name: tenant }, ...spec } satisfies RestoreSpecInput,
  };
}
