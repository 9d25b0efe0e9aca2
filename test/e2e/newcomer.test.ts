// The newcomer's path, browser aside: start, sign in, read, take a quiz, edit a file, stop, start again.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { finishItem, rightAnswers, takeQuiz } from "../scenario/learner.ts";
import { textOf, Visitor } from "../scenario/visitor.ts";
import { processesOf } from "../support/processes.ts";
import { TestCluster } from "../support/cluster.ts";
import { copyQuickstart, courseKey, itemsOf, type Quickstart } from "../support/quickstart.ts";
import {
  type DataFolder,
  dataFolder,
  freePort,
  type ReadyEvent,
  SandboxProcess,
} from "../support/sandbox-process.ts";

let quickstart: Quickstart;
let data: DataFolder;
let sandbox: SandboxProcess;
let ready: ReadyEvent;
let port: number;

const start = (): SandboxProcess =>
  new SandboxProcess({ data: data.path, files: [quickstart.folder], args: ["--port", String(port)] });
const site = (): string => ready.sites[0]?.url ?? "";
const passwordOf = (user: string): string =>
  ready.accounts.find((account) => account.user === user)?.password ?? "";

async function signedIn(user: string): Promise<Visitor> {
  const visitor = new Visitor(site());
  await visitor.signIn(user, passwordOf(user));
  return visitor;
}

beforeAll(async () => {
  quickstart = await copyQuickstart();
  data = await dataFolder();
  port = await freePort();
  sandbox = start();
  ready = await sandbox.ready();
}, 200_000);

afterAll(async () => {
  await sandbox.stop();
  await data.remove();
  await quickstart.remove();
}, 60_000);

test("one line on stdout tells kubeconfig, sites and accounts", () => {
  expect(sandbox.lines).toHaveLength(1);
  expect(ready.sites).toEqual([
    { namespace: "default", name: quickstart.tenant.metadata.name, url: expect.stringContaining(`:${port}`) },
  ]);
  expect(ready.accounts.map((account) => account.user).sort()).toEqual(
    quickstart.tenant.spec.users?.map((user) => user.name).sort(),
  );
  expect(ready.accounts.every((account) => account.password.length >= 16)).toBe(true);
  expect(readFileSync(ready.kubeconfig, "utf8")).toContain("provost-sandbox");
});

test("every declared object is Ready and says so in the words of kstatus", async () => {
  const cluster = await TestCluster.connect(ready.kubeconfig);
  await cluster.condition("LmsTenant", quickstart.tenant.metadata.name, "Ready");
  for (const course of quickstart.courses) await cluster.condition("Course", course.metadata.name, "Ready");
});

test("every declared account can sign in with its generated password, and with no other", async () => {
  for (const { user } of ready.accounts) await (await signedIn(user)).close();
  const stranger = new Visitor(site());
  await expect(stranger.signIn(quickstart.member("learner"), "not the password")).rejects.toThrow(/refused/);
  await stranger.close();
});

test("a learner finds both courses, reads a lesson, takes a quiz and sees the grade; so does the instructor", async () => {
  const learner = await signedIn(quickstart.member("learner"));
  const instructor = await signedIn(quickstart.member("instructor"));
  const catalog = textOf((await learner.get("/catalog")).html);
  for (const course of quickstart.courses) {
    expect(catalog).toContain(course.spec.title);
    const key = courseKey(course);
    const lesson = itemsOf(course).find((item) => item.lesson);
    const quiz = itemsOf(course).find((item) => item.quiz);
    if (!lesson || !quiz?.quiz) throw new Error(`${key} has no lesson or no quiz`);
    expect(textOf((await learner.get(`/courses/${key}/items/${lesson.key}`)).html)).toContain(lesson.title);
    await finishItem(learner, key, lesson.key);
    const { result } = await takeQuiz(learner, key, quiz.key, rightAnswers(quiz.quiz));
    expect(textOf(result.html)).toContain("100%");
    expect(textOf((await learner.get("/grades")).html)).toMatch(new RegExp(`${escaped(quiz.title)}.*100%`));
    const gradebook = await instructor.get(`/courses/${key}/gradebook`);
    expect(gradebook.status).toBe(200);
    expect(textOf(gradebook.html)).toContain("100%");
  }
  await learner.close();
  await instructor.close();
});

test("a title changed in the file is on the site without anything else to do", async () => {
  const [course] = quickstart.courses;
  if (!course) throw new Error("no course");
  const cluster = await TestCluster.connect(ready.kubeconfig);
  const visitor = new Visitor(site());
  const title = `${course.spec.title} (second edition)`;
  await quickstart.edit(course, course.spec.title, title);
  await cluster.until("the page shows the new title", async () => {
    const page = await visitor.get(`/courses/${courseKey(course)}`);
    return textOf(page.html).includes(title) ? page : undefined;
  });
  await visitor.close();
});

test("Ctrl-C leaves no process behind, and the next start has every object and every attempt", async () => {
  const [course] = quickstart.courses;
  const quiz = course && itemsOf(course).find((item) => item.quiz);
  if (!quiz) throw new Error("no quiz");
  expect({ code: await sandbox.stop(), stderr: sandbox.stderr }).toEqual({ code: 0, stderr: "" });
  expect(processesOf(data.path)).toEqual([]);

  const before = ready;
  sandbox = start();
  ready = await sandbox.ready();
  expect(ready).toEqual(before);
  const learner = await signedIn(quickstart.member("learner"));
  const grades = textOf((await learner.get("/grades")).html);
  expect(grades).toContain("100%");
  expect(grades).toContain("(second edition)");
  await learner.close();
});

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
