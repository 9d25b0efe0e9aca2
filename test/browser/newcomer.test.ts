// The newcomer's path in a real browser: `provost sandbox -f examples/quickstart`, sign in, lesson, quiz, grade.
// PROVOST_SCREENSHOTS names a folder for pictures of each station.
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, hasChromium } from "../support/chromium.ts";
import { copyQuickstart, courseKey, itemsOf, type Quickstart } from "../support/quickstart.ts";
import {
  type DataFolder,
  dataFolder,
  freePort,
  type ReadyEvent,
  SandboxProcess,
} from "../support/sandbox-process.ts";
import { rightAnswers } from "../scenario/learner.ts";

describe.skipIf(!hasChromium())("a newcomer with a browser", () => {
  let quickstart: Quickstart;
  let data: DataFolder;
  let sandbox: SandboxProcess;
  let ready: ReadyEvent;
  let browser: Browser;
  const complaints: string[] = [];

  beforeAll(async () => {
    quickstart = await copyQuickstart();
    data = await dataFolder();
    sandbox = new SandboxProcess({
      data: data.path,
      files: [quickstart.folder],
      args: ["--port", String(await freePort())],
    });
    [ready, browser] = await Promise.all([sandbox.ready(), chromium.launch(CHROMIUM)]);
  }, 200_000);

  afterAll(async () => {
    await browser?.close();
    await sandbox?.stop();
    await data?.remove();
    await quickstart?.remove();
  }, 60_000);

  const url = (path: string): string => (ready.sites[0]?.url ?? "") + path;

  async function open(viewport: {
    width: number;
    height: number;
  }): Promise<{ context: BrowserContext; page: Page }> {
    const context = await browser.newContext({ viewport });
    const page = await context.newPage();
    page.on(
      "console",
      (message) =>
        ["error", "warning"].includes(message.type()) && complaints.push(`${page.url()}: ${message.text()}`),
    );
    page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.message}`));
    return { context, page };
  }

  async function signIn(page: Page, user: string): Promise<void> {
    await page.goto(url("/"));
    await page.getByRole("link", { name: "Sign in" }).first().click();
    await page.getByLabel(/name or e-mail/i).fill(user);
    await page
      .getByLabel("Password")
      .fill(ready.accounts.find((account) => account.user === user)?.password ?? "");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL("**/dashboard");
  }

  async function look(page: Page, name: string): Promise<void> {
    const folder = process.env["PROVOST_SCREENSHOTS"];
    if (folder)
      await page.screenshot({
        path: join(folder, `${name}-${page.viewportSize()?.width}.png`),
        fullPage: true,
      });
  }

  test.each([
    ["desktop", { width: 1280, height: 900 }],
    ["phone", { width: 390, height: 844 }],
  ])(
    "on a %s the learner signs in, reads, takes a quiz and sees the grade; the instructor sees it too",
    async (_, viewport) => {
      const [course] = quickstart.courses;
      if (!course) throw new Error("no course");
      const key = courseKey(course);
      const lesson = itemsOf(course).find((item) => item.lesson);
      const quiz = itemsOf(course).find((item) => item.quiz);
      if (!lesson || !quiz?.quiz) throw new Error("the course has no lesson or no quiz");

      const { context, page } = await open(viewport);
      await page.goto(url("/"));
      await look(page, "front");
      await signIn(page, quickstart.member("learner"));
      await look(page, "dashboard");
      await page.goto(url("/catalog"));
      await look(page, "catalog");
      await page.getByRole("link", { name: course.spec.title }).first().click();
      await page.waitForURL(`**/courses/${key}`);
      await look(page, "course");

      await page.goto(url(`/courses/${key}/items/${lesson.key}`));
      await expect.poll(() => page.getByRole("heading", { level: 1 }).textContent()).toContain(lesson.title);
      await look(page, "lesson");
      await page.goto(url(`/courses/${key}/items/${quiz.key}`));
      await look(page, "quiz");
      await page.getByRole("button", { name: /start the quiz|try again/i }).click();
      await page.waitForURL("**/attempt");
      for (const [name, answer] of Object.entries(rightAnswers(quiz.quiz)))
        for (const value of typeof answer === "string" ? [answer] : answer) {
          const field = page.locator(`input[name="${name}"]`);
          if ((await field.first().getAttribute("type")) === "text") await field.fill(value);
          else await page.locator(`input[name="${name}"][value="${value}"]`).check();
        }
      await look(page, "attempt");
      await page.getByRole("button", { name: "Hand in" }).click();
      await page.waitForURL("**/attempts/*");
      expect(await page.textContent("main")).toContain("100%");
      await look(page, "result");
      await page.goto(url("/grades"));
      expect(await page.textContent("main")).toContain("100%");
      await look(page, "grades");
      await context.close();

      const teacher = await open(viewport);
      await signIn(teacher.page, quickstart.member("instructor"));
      await teacher.page.goto(url(`/courses/${key}/gradebook`));
      expect(await teacher.page.textContent("main")).toContain("100%");
      await look(teacher.page, "gradebook");
      await teacher.context.close();
      expect(complaints).toEqual([]);
    },
  );
});
