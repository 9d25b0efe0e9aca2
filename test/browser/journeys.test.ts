// What people do on the site in a real browser: by keyboard alone, without a script, with the browser closed half-way.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import { complaints, type DemoBrowser, launchBrowser, signIn } from "./demo-browser.ts";
import { courses, PASSWORD } from "./demo-documents.ts";
import { type DemoSite, startDemoSite } from "./demo-site.ts";

const MAP = "/courses/reading-a-map";

describe.skipIf(!hasChromium())("journeys", () => {
  let site: DemoSite;
  let people: DemoBrowser;

  beforeAll(async () => {
    site = await startDemoSite();
    people = await launchBrowser(site);
  });
  afterAll(async () => {
    await people?.close();
    await site?.stop();
  });

  test("a learner gets from the front page to a grade with the keyboard alone", async () => {
    const context = await people.browser.newContext({ baseURL: site.url });
    const page = await context.newPage();
    const errors = complaints(page);
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
    // The page puts one where one types; on a busy machine a moment after it is there.
    await page.waitForFunction("document.activeElement.name === 'nameOrEmail'");
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
    expect(errors).toEqual([]);
    await context.close();
  });

  test("wherever the keyboard is, one sees it", async () => {
    const page = await (await people.of("ada")).newPage();
    for (const path of ["/catalog", `${MAP}/items/map-quiz`, "/account"]) {
      await page.goto(path);
      for (let i = 0; i < 14; i++) {
        await page.keyboard.press("Tab");
        const focused = await page.screenshot({ caret: "hide" });
        const what = await page.evaluate<string>(
          "(() => { const e = document.activeElement; const html = e.outerHTML.slice(0, 120); e.blur(); return html; })()",
        );
        const blurred = await page.screenshot({ caret: "hide" });
        expect(focused.equals(blurred), `focus on ${what} at ${path} cannot be seen`).toBe(false);
      }
    }
    await page.close();
  });

  test("what was answered is still there after the browser is gone", async () => {
    const context = await people.browser.newContext({ baseURL: site.url });
    const page = await context.newPage();
    await signIn(page, "greta.lindqvist");
    await page.goto(`${MAP}/items/final`);
    await page.click("text=Start the quiz");
    await page.check('input[value="b"]');
    await page.waitForSelector("text=All answers saved.");
    await context.close();
    const later = await people.browser.newContext({ baseURL: site.url });
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
    const context = await people.browser.newContext({ baseURL: site.url, javaScriptEnabled: false });
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
    const page = await (await people.of(null)).newPage();
    await site.declare("courses/knots", { ...courses["knots"], title: "Seven knots that hold" });
    await page.goto("/courses/knots");
    expect(await page.textContent("h1")).toBe("Seven knots that hold");
    await page.close();
  });
});
