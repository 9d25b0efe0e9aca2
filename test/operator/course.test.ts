// Courses and grants: what is wrong is said at once and forgotten when mended; every change arrives, once.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConfigMap, CoreEvent, Namespace } from "../../controller/engine/index.ts";
import { Course } from "../../controller/kinds.ts";
import { aBinding, aCourse, aTenant } from "../scenario/school.ts";
import { Harness } from "./harness.ts";

let harness: Harness;
const namespace = "default";

beforeAll(async () => {
  harness = await Harness.start();
  await harness.startOperator({ resyncMs: 2_000 });
  await harness.cluster.apply(aTenant("hill"), aCourse("basics", "hill"));
  await harness.runPods("hill");
  await harness.cluster.condition("Course", "basics", "Ready");
}, 120_000);

afterAll(async () => harness?.stop(), 60_000);

const lessonFrom = (name: string, key: string) => [
  {
    key: "start",
    title: "Start",
    items: [{ key: "text", title: "Text", lesson: { configMapKeyRef: { name, key } } }],
  },
];

const configMap = (name: string, data: Record<string, string>) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace },
  data,
});

test("status says where the course is and what is in it", async () => {
  const { status } = await harness.cluster.client.get(Course, { namespace, name: "basics" });
  expect(status).toMatchObject({
    url: "http://hill.example.org/courses/basics",
    key: "basics",
    modules: 1,
    items: 3,
    archivedItems: 0,
  });
});

test("a changed title is one document to the LMS and nothing else", async () => {
  harness.lmsRequests.length = 0;
  await harness.cluster.apply(aCourse("basics", "hill", { title: "Basics, second edition" }));
  await harness.cluster.until("the page has the title", async () =>
    (await harness.page("hill", "/courses/basics")).includes("Basics, second edition") ? true : undefined,
  );
  await harness.cluster.condition("Course", "basics", "Ready");
  expect(harness.lmsWrites("hill").map(({ method, path }) => `${method} ${path}`)).toEqual([
    "PUT /admin/v1/courses/basics",
  ]);
});

test("content that contradicts itself is Stalled with the field, and published when it is mended", async () => {
  const modules = [
    {
      key: "start",
      title: "Start",
      items: [{ key: "map", title: "Map", lesson: { markdown: "![the map](images/map.svg)" } }],
    },
  ];
  await harness.cluster.apply(aCourse("torn", "hill", { modules }));
  const stalled = await harness.cluster.condition("Course", "torn", "Stalled", "True", {
    reason: "InvalidContent",
  });
  expect(JSON.stringify(stalled.status)).toContain("spec.modules[0].items[0].lesson.markdown");

  const files = [{ path: "images/map.svg", text: "<svg xmlns='http://www.w3.org/2000/svg'/>" }];
  await harness.cluster.apply(aCourse("torn", "hill", { modules, files }));
  await harness.cluster.condition("Course", "torn", "Ready");
});

test("content is waited for where it is named, and follows its ConfigMap", async () => {
  await harness.cluster.apply(aCourse("told", "hill", { modules: lessonFrom("texts", "one.md") }));
  await harness.cluster.condition("Course", "told", "Ready", "False", { reason: "ConfigMapNotFound" });
  await harness.cluster.apply(configMap("texts", { "two.md": "Two" }));
  const missing = await harness.cluster.condition("Course", "told", "Ready", "False", {
    reason: "ConfigMapKeyNotFound",
  });
  expect(JSON.stringify(missing.status)).toContain('has no key \\"one.md\\"');
  await harness.cluster.apply(configMap("texts", { "one.md": "The first text" }));
  await harness.cluster.condition("Course", "told", "Ready");
  const { db } = harness.site("hill").lms.context;
  const lesson = (text: string) => db.first("SELECT 1 FROM item WHERE source LIKE $1", [`%${text}%`]);
  expect(await lesson("The first text")).toBeDefined();

  await harness.cluster.client.mergePatch(
    ConfigMap,
    { namespace, name: "texts" },
    { data: { "one.md": "Changed text" } },
  );
  await harness.cluster.until("the lesson has the new text", () => lesson("Changed text"));
});

test("two Courses with one key: the second is refused, and takes over when the first has gone", async () => {
  await harness.cluster.apply(aCourse("rival", "hill", { key: "basics", title: "Rival" }));
  const stalled = await harness.cluster.condition("Course", "rival", "Stalled", "True", {
    reason: "ManagedByAnother",
  });
  expect(JSON.stringify(stalled.status)).toContain("provost.dev/Course/default/basics");
  await harness.cluster.client.delete(Course, { namespace, name: "basics" });
  await harness.cluster.condition("Course", "rival", "Ready");
  expect(await harness.page("hill", "/courses/basics")).toContain("Rival");
});

test("what somebody changes on the site is found, corrected and told", async () => {
  const { db } = harness.site("hill").lms.context;
  await db.execute("UPDATE course SET title = 'Vandalised' WHERE key = 'basics'");
  await db.execute("UPDATE site SET document = jsonb_set(document, '{title}', '\"Mine now\"')");
  const course = await harness.cluster.condition("Course", "rival", "Drifted", "False", {
    reason: "DriftCorrected",
  });
  expect(JSON.stringify(course.status)).toMatch(/course\.title/);
  await harness.cluster.condition("LmsTenant", "hill", "Drifted", "False", { reason: "DriftCorrected" });
  expect(await db.first("SELECT 1 FROM course WHERE key = 'basics' AND title = 'Rival'")).toBeDefined();
  expect(await db.first("SELECT 1 FROM site WHERE document->>'title' = 'School hill'")).toBeDefined();
  const reasons = await harness.cluster.until("the events are there", async () => {
    const { items } = await harness.cluster.client.list(CoreEvent, { namespace });
    const found = items
      .filter((event) => event.reason === "DriftCorrected")
      .map((event) => event.involvedObject.kind);
    return found.includes("Course") && found.includes("LmsTenant") ? found : undefined;
  });
  expect(reasons.filter((kind) => kind === "Course")).toHaveLength(1);
});

test("a grant waits for whom and what it names, and is woken by their coming", async () => {
  await harness.cluster.apply(
    aBinding("early", "hill", { role: "learner", users: ["newcomer"], course: "later" }),
  );
  const waiting = await harness.cluster.condition("RoleBinding", "early", "Ready", "False", {
    reason: "CourseNotFound",
  });
  expect(JSON.stringify(waiting.status)).toContain("spec.subjects[0].user");
  await harness.cluster.apply(aCourse("later", "hill"));
  await harness.cluster.condition("RoleBinding", "early", "Ready", "False", { reason: "UserNotFound" });
  const users = [{ name: "newcomer", email: "new@example.org", displayName: "New" }];
  await harness.cluster.apply(aTenant("hill", { users }));
  await harness.cluster.condition("RoleBinding", "early", "Ready");
});

test("a tenant takes nothing from a namespace it does not allow, until it does", async () => {
  const labels = { metadata: { name: "valley" } };
  await harness.cluster.apply({ apiVersion: "v1", kind: "Namespace", ...labels });
  const course = aCourse("abroad", "hill", { tenantRef: { name: "hill", namespace } }, "valley");
  await harness.cluster.apply(course);
  const where = { namespace: "valley" };
  await harness.cluster.condition("Course", "abroad", "Stalled", "True", {
    ...where,
    reason: "NamespaceNotAllowed",
  });

  const allowedNamespaces = { from: "Selector", matchLabels: { school: "hill" } } as const;
  await harness.cluster.apply(aTenant("hill", { allowedNamespaces }));
  await sleep(300);
  await harness.cluster.condition("Course", "abroad", "Stalled", "True", {
    ...where,
    reason: "NamespaceNotAllowed",
  });
  await harness.cluster.client.mergePatch(
    Namespace,
    { namespace: "", name: "valley" },
    { metadata: { labels: { school: "hill" } } },
  );
  await harness.cluster.condition("Course", "abroad", "Ready", "True", where);
});

test("what came from a namespace that is no longer allowed is taken off the site when it is deleted", async () => {
  const where = { namespace: "valley" };
  await harness.cluster.apply(aTenant("hill"));
  await harness.cluster.condition("Course", "abroad", "Stalled", "True", {
    ...where,
    reason: "NamespaceNotAllowed",
  });
  await harness.cluster.client.delete(Course, { ...where, name: "abroad" });
  await harness.cluster.until("the Course is gone", async () =>
    (await harness.cluster.client.find(Course, { ...where, name: "abroad" })) === undefined
      ? true
      : undefined,
  );
  const { db } = harness.site("hill").lms.context;
  expect(await db.first("SELECT 1 FROM course WHERE key = 'abroad'")).toBeUndefined();
});

test("events tell a story without repeating themselves", async () => {
  await sleep(1_000);
  const { items } = await harness.cluster.client.list(CoreEvent, { namespace });
  const told = items.filter((event) => event.involvedObject.name === "told").map((event) => event.message);
  expect(told.length).toBeGreaterThan(2);
  expect(new Set(told).size).toBe(told.length);
});
