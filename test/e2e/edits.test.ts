// Learner work is sacred: edits of a course keep every attempt and grade; what has work on it is archived, not dropped.
import { afterAll, beforeAll, expect, test } from "vitest";
import { Course } from "../../controller/kinds.ts";
import { rightAnswers, takeQuiz } from "../scenario/learner.ts";
import { aBinding, aCourse, aSchool, aTenant, QUIZ } from "../scenario/school.ts";
import { textOf, type Visitor } from "../scenario/visitor.ts";
import { type EmptySandbox, emptySandbox } from "../support/empty-sandbox.ts";

let sandbox: EmptySandbox;
let learner: Visitor;

beforeAll(async () => {
  sandbox = await emptySandbox();
  await sandbox.cluster.apply(...aSchool("hill"));
  await sandbox.cluster.condition("RoleBinding", "learn", "Ready");
  learner = await sandbox.signIn("hill", "lea");
}, 200_000);

afterAll(async () => {
  await learner?.close();
  await sandbox?.stop();
}, 60_000);

const course = aCourse("basics", "hill");
const module = course.spec.modules[0];
if (!module) throw new Error("the course has no module");

test("a quiz edited after an attempt keeps the attempt, its grade and what was asked then", async () => {
  const attempt = await takeQuiz(learner, "basics", "check", {
    ...rightAnswers(QUIZ),
    "q.half": "7",
  });
  expect(textOf(attempt.result.html)).toContain("80%");

  const third = { key: "half", prompt: "What is a **third** of nine?", numeric: { answer: 3 } };
  const questions = QUIZ.questions.map((question) => (question.key === "half" ? third : question));
  const items = module.items.map((item) =>
    item.key === "check" ? { ...item, quiz: { ...QUIZ, questions } } : item,
  );
  await sandbox.cluster.apply({ ...course, spec: { ...course.spec, modules: [{ ...module, items }] } });
  await sandbox.cluster.condition("Course", "basics", "Ready");

  const review = textOf((await learner.get(attempt.path)).html);
  expect(review).toContain("80%");
  expect(review).toContain("What is a half as a decimal?");
  expect(textOf((await learner.get("/grades")).html)).toContain("80%");
  const again = await takeQuiz(learner, "basics", "check", {
    ...rightAnswers(QUIZ),
    "q.half": "3",
  });
  expect(textOf(again.result.html)).toContain("100%");
});

test("an item that disappears from the manifest while learners have work on it is archived and comes back whole", async () => {
  const without = {
    ...course,
    spec: {
      ...course.spec,
      modules: [{ ...module, items: module.items.filter((item) => item.key !== "check") }],
    },
  };
  await sandbox.cluster.apply(without);
  await sandbox.cluster.until("the item is archived", async () => {
    const object = await sandbox.cluster.client.get(Course, { namespace: "default", name: "basics" });
    return object.status?.archivedItems === 1 ? object : undefined;
  });
  expect((await learner.get("/courses/basics/items/check")).status).toBe(404);
  expect(textOf((await learner.get("/grades")).html)).toMatch(/No longer in the course/);

  await sandbox.cluster.apply(course);
  await sandbox.cluster.until("the item is back", async () => {
    const page = await learner.get("/courses/basics/items/check");
    return page.status === 200 ? page : undefined;
  });
  const grades = textOf((await learner.get("/grades")).html);
  expect(grades).toContain("80%");
  expect(grades).toContain("100%");
});

test("a deleted Course is archived on the site; declared again, it has every attempt", async () => {
  await sandbox.cluster.client.delete(Course, { namespace: "default", name: "basics" });
  await sandbox.cluster.until("the Course is gone", async () =>
    (await sandbox.cluster.client.find(Course, { namespace: "default", name: "basics" })) === undefined
      ? true
      : undefined,
  );
  expect(textOf((await learner.get("/grades")).html)).toContain("Archived");
  await sandbox.cluster.apply(course);
  await sandbox.cluster.condition("Course", "basics", "Ready");
  await sandbox.cluster.until("the learner's work is there again", async () => {
    const grades = textOf((await learner.get("/grades")).html);
    return grades.includes("80%") && grades.includes("100%") && !grades.includes("Archived")
      ? grades
      : undefined;
  });
});

test("an expired binding ends access at the next request; a suspended account too", async () => {
  const before = await learner.get("/courses/basics/items/welcome");
  expect(before.status).toBe(200);
  expect(before.path).toBe("/courses/basics/items/welcome");
  const learn = { role: "learner", users: ["lea"], course: "basics" };
  await sandbox.cluster.apply(
    aBinding("learn", "hill", { ...learn, expiresAt: new Date(Date.now() - 1000).toISOString() }),
  );
  await sandbox.cluster.until("the lesson is closed", async () => {
    const page = await learner.get("/courses/basics/items/welcome");
    return page.path === "/courses/basics/items/welcome" && page.status === 200 ? undefined : page;
  });

  const tenant = aTenant("hill");
  const users =
    tenant.spec.users?.map((user) => (user.name === "lea" ? { ...user, suspended: true } : user)) ?? [];
  await sandbox.cluster.apply(aTenant("hill", { users }));
  await sandbox.cluster.until("the session has ended", async () => {
    const page = await learner.get("/dashboard");
    return page.path.startsWith("/sign-in") ? page : undefined;
  });
});
