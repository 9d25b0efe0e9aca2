// Every page in a real browser: accessible, light, without errors, complete by keyboard and without a script.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { courses, PASSWORD } from "./demo-documents.ts";
import { type DemoSite, letLearnersWork, startDemoSite } from "./demo-site.ts";

const CHROMIUM = "/usr/bin/chromium";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const MAP = "/courses/reading-a-map";

/** Who looks, and at what. */
const PAGES: readonly (readonly [who: string | null, path: string, status?: number])[] = [
  [null, "/"],
  [null, "/sign-in"],
  [null, "/catalog"],
  [null, "/catalog?category=sky"],
  [null, "/catalog?q=quantum"],
  [null, MAP],
  [null, "/nowhere", 404],
  ["ada", "/dashboard"],
  ["ada", MAP],
  ["ada", `${MAP}/items/contour-lines`],
  ["ada", `${MAP}/items/map-quiz`],
  ["ada", `${MAP}/items/timed-quiz`],
  ["ada", `${MAP}/items/declination`],
  ["ada", `${MAP}/items/route-card`],
  ["ada", "/attempts/1"],
  ["ada", "/attempts/2"],
  ["ada", "/attempts/3"],
  ["ada", "/grades"],
  ["ada", "/account"],
  ["ada", "/courses/animal-tracks"],
  ["ada", "/courses/rivers-2019"],
  ["ada", "/people", 403],
  ["farid.haddad", `${MAP}/items/map-quiz/attempt`],
  ["ines", "/dashboard"],
  ["ines", `${MAP}/gradebook`],
  ["ines", "/courses/bird-song"],
  ["ines", `${MAP}/items/final`],
  ["ines", "/attempts/4"],
  ["new", "/dashboard"],
  ["new", "/grades"],
  ["root", "/people"],
];

describe.skipIf(!existsSync(CHROMIUM))(`the site in ${CHROMIUM}`, () => {
  let site: DemoSite;
  let browser: Browser;
  const contexts = new Map<string, BrowserContext>();

  beforeAll(async () => {
    site = await startDemoSite();
    await letLearnersWork(site);
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await site?.stop();
  });

  async function signIn(page: Page, who: string): Promise<void> {
    await page.goto(`${site.url}/sign-in`);
    await page.fill("#name", who);
    await page.fill("#password", PASSWORD);
    await page.click("main button[type=submit]");
    await page.waitForURL(/\/dashboard$/);
  }

  async function contextOf(who: string | null): Promise<BrowserContext> {
    const key = who ?? "";
    let context = contexts.get(key);
    if (!context) {
      context = await browser.newContext({ baseURL: site.url, bypassCSP: false });
      contexts.set(key, context);
      if (who !== null) {
        const page = await context.newPage();
        await signIn(page, who);
        await page.close();
      }
    }
    return context;
  }

  /** Violations of WCAG 2.2 A and AA and of axe's good practice, as lines to read. */
  async function violations(page: Page): Promise<string[]> {
    // Through the debugger's world, so that the page's own policy against inline scripts stays in force.
    await page.evaluate(AXE);
    const results = await page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
    return results.violations.map(
      ({ id, impact, nodes }) =>
        `${impact} ${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`,
    );
  }

  describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
    test.each(PAGES)("%s at %s has nothing to reproach", async (who, path, status = 200) => {
      const page = await (await contextOf(who)).newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error" && !(status >= 400 && /Failed to load resource/.test(message.text())))
          errors.push(message.text());
      });
      await page.emulateMedia({ colorScheme });
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 844 });
        const answer = await page.goto(path);
        expect(answer?.status()).toBe(status);
        expect(await violations(page)).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(
          0,
        );
        expect(await page.locator("h1").count()).toBe(1);
      }
      expect(errors).toEqual([]);
      await page.close();
    });
  });

  test.each([
    [null, "/"],
    [null, "/sign-in"],
    [null, "/catalog"],
    ["ada", "/dashboard"],
    ["ada", `${MAP}/items/contour-lines`],
    ["ada", "/attempts/1"],
    ["ines", `${MAP}/gradebook`],
  ] as const)("a cold %s at %s weighs less than 60 kB", async (who, path) => {
    const source = await contextOf(who);
    const context = await browser.newContext({
      baseURL: site.url,
      storageState: await source.storageState(),
    });
    const page = await context.newPage();
    const client = await context.newCDPSession(page);
    await client.send("Network.enable");
    let bytes = 0;
    client.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
    await page.goto(path, { waitUntil: "networkidle" });
    expect(bytes).toBeGreaterThan(1000);
    expect(bytes).toBeLessThan(60_000);
    await context.close();
  });

  test("a learner gets from the front page to a grade with the keyboard alone", async () => {
    const context = await browser.newContext({ baseURL: site.url });
    const page = await context.newPage();
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    /** Tabs on until the focused element says so. */
    const tabTo = async (text: RegExp): Promise<void> => {
      for (let i = 0; i < 80; i++) {
        await press("Tab");
        const focused = await page.evaluate<string>(
          "document.activeElement.innerText || document.activeElement.value || document.activeElement.name || ''",
        );
        if (text.test(focused)) return;
      }
      throw new Error(`nothing focusable says ${text.source} on ${page.url()}`);
    };
    const follow = async (text: RegExp, key = "Enter"): Promise<void> => {
      await tabTo(text);
      await Promise.all([page.waitForNavigation(), press(key)]);
    };

    await page.goto("/courses/knots");
    await tabTo(/Skip to the content/);
    await press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    await follow(/Sign in to join/);
    await page.keyboard.type("new");
    await press("Tab");
    await page.keyboard.type(PASSWORD);
    await Promise.all([page.waitForURL(/\/courses\/knots$/), press("Enter")]);
    await follow(/Join this course/);
    await page.waitForSelector("text=You have joined the course");
    await page.goto(MAP);
    await follow(/Join this course/);
    await follow(/^Start/);
    await follow(/Mark as done and go on/);
    await page.waitForURL(/contour-lines$/);
    await page.goto(`${MAP}/items/map-quiz`);
    await follow(/Start the quiz/);

    await tabTo(/^a$/);
    await press("Space", "Tab");
    await press("Space", "Tab", "Space");
    await tabTo(/^q\.scale$/);
    await page.keyboard.type("1,5");
    await press("Tab", "ArrowDown");
    await tabTo(/^q\.saddle$/);
    await page.keyboard.type("col");
    await page.waitForSelector("text=All answers saved.");
    await follow(/^Hand in$/);
    await page.waitForURL(/\/attempts\/\d+$/);
    expect(await page.textContent(".verdict")).toBe("Passed");
    expect(await page.textContent(".score")).toContain("6 of 6 points");
    await page.goto("/grades");
    expect(await page.textContent("#reading-a-map")).toContain("100%");
    await context.close();
  });

  test("what was answered is still there after the browser is gone", async () => {
    const context = await browser.newContext({ baseURL: site.url });
    const page = await context.newPage();
    await signIn(page, "greta.lindqvist");
    await page.goto(`${MAP}/items/final`);
    await page.click("text=Start the quiz");
    await page.check('input[value="b"]');
    await page.waitForSelector("text=All answers saved.");
    await context.close();
    const later = await browser.newContext({ baseURL: site.url });
    const again = await later.newPage();
    await signIn(again, "greta.lindqvist");
    await again.goto(`${MAP}/items/final`);
    await again.click("text=Continue attempt 1");
    expect(await again.isChecked('input[value="b"]')).toBe(true);
    again.on("dialog", (dialog) => void dialog.accept());
    await again.click("text=Hand in");
    await again.waitForURL(/\/attempts\/\d+$/);
    await later.close();
  });

  test("everything works without a script", async () => {
    const context = await browser.newContext({ baseURL: site.url, javaScriptEnabled: false });
    const page = await context.newPage();
    await signIn(page, "dara.nguyen");
    await page.goto(`${MAP}/items/final`);
    await page.click("text=Start the quiz");
    await page.check('input[value="a"]');
    await page.click("text=Save and come back later");
    await page.waitForSelector("text=Your answers are saved.");
    await page.click("text=Continue attempt 1");
    expect(await page.isChecked('input[value="a"]')).toBe(true);
    await page.click("text=Hand in");
    await page.waitForURL(/\/attempts\/\d+$/);
    expect(await page.textContent(".verdict")).toBe("Not passed");
    await page.click("summary:has(.avatar)");
    await page.click("text=Sign out");
    await page.waitForSelector("text=You are signed out.");
    await context.close();
  });

  test("a changed title is on the page at the next look", async () => {
    const page = await (await contextOf(null)).newPage();
    await site.declare("courses/knots", { ...courses["knots"], title: "Seven knots that hold" });
    await page.goto("/courses/knots");
    expect(await page.textContent("h1")).toBe("Seven knots that hold");
    await page.close();
  });
});
