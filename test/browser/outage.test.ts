// The database is gone: what somebody in the middle of a course sees, and that the site is back when the database is.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { removeFolder } from "../../sandbox/node/reachable.ts";
import { type BenchPostgres, startPostgres } from "../bench/lms/postgres.ts";
import { hasChromium } from "../support/chromium.ts";
import { complaints, type DemoBrowser, launchBrowser, overflow, violations } from "./demo-browser.ts";
import { type DemoSite, letLearnersWork, startDemoSite } from "./demo-site.ts";

const MAP = "/courses/reading-a-map";
const LESSON = `${MAP}/items/contour-lines`;
const QUIZ = `${MAP}/items/map-quiz/attempt`;

describe.skipIf(!hasChromium())("without its database", () => {
  let folder: string;
  let postgres: BenchPostgres;
  let site: DemoSite;
  let people: DemoBrowser;

  beforeAll(async () => {
    // A server of its own: the one all tests share is not ours to kill.
    folder = await mkdtemp(path.join(tmpdir(), "provost-outage-"));
    postgres = await startPostgres(folder);
    site = await startDemoSite({ databaseEnv: postgres.env });
    await letLearnersWork(site);
    people = await launchBrowser(site);
  });
  afterAll(async () => {
    await people?.close();
    await site?.stop();
    await postgres?.stop();
    removeFolder(path.join(folder, "cache/postgres-templates"));
    removeFolder(folder);
  });

  async function look(page: Page, name: string): Promise<void> {
    const pictures = process.env["PROVOST_SCREENSHOTS"];
    if (pictures === undefined) return;
    const { width } = page.viewportSize() ?? {};
    await page.screenshot({ path: path.join(pictures, `${name}-${width}.png`), fullPage: true });
  }

  /** Does something while the database is gone. */
  async function without(something: () => Promise<void>): Promise<void> {
    await postgres.kill();
    try {
      await something();
    } finally {
      await postgres.startAgain();
    }
  }

  /** Nothing of our insides: addresses, programs, files, errors. */
  const INSIDES = /127\.|localhost|ECONN|postgres|pg_|SQL|\.ts\b|Error:|at Object|node_modules/i;

  test("a page says so in the site's own look, and is there again by itself with the person still signed in", async () => {
    const page = await (await people.of("ada")).newPage();
    await page.goto(LESSON);
    const errors = complaints(page, 503);
    await without(async () => {
      for (const who of ["ada", null]) {
        const visitor = who === null ? await (await people.of(null)).newPage() : page;
        for (const colorScheme of ["light", "dark"] as const)
          for (const width of [1280, 390]) {
            await visitor.emulateMedia({ colorScheme });
            await visitor.setViewportSize({ width, height: 844 });
            const answer = await visitor.goto(LESSON);
            expect(answer?.status()).toBe(503);
            expect(answer?.headers()["retry-after"]).toBe("10");
            expect(answer?.headers()["cache-control"]).toMatch(/no-store|no-cache/);
            expect(await visitor.title()).toBe("The site is not available right now · Fernhill Field School");
            const said = await visitor.textContent("body");
            expect(said).toContain("usually that is over within a minute");
            expect(said).toContain("This page keeps looking and comes back by itself.");
            expect(await visitor.content()).not.toMatch(INSIDES);
            // Whoever is signed in must not be told to sign in, and no link leads into the next dead end.
            expect(await visitor.locator("header a").count()).toBe(0);
            expect(
              await visitor.locator("main a.button").evaluateAll((all) => all.map((a) => a.textContent)),
            ).toEqual(["Try again"]);
            expect(await violations(visitor)).toEqual([]);
            expect(await overflow(visitor)).toBeLessThanOrEqual(0);
            if (who !== null) await look(visitor, `outage-${colorScheme}`);
          }
        if (who === null) await visitor.close();
      }
    });
    // Nobody touches the page.
    await page.waitForSelector("main .prose", { timeout: 30_000 });
    expect(new URL(page.url()).pathname).toBe(LESSON);
    expect(await page.textContent("header")).toContain("Ada");
    expect(errors).toEqual([]);
    await page.close();
  });

  test("what was sent into the outage is said to be unsure, and is sent again by going back", async () => {
    const page = await (await people.of("ada")).newPage();
    await page.goto(LESSON);
    const done = page.locator("form[action$='/done'] button, form[action$='/undone'] button").first();
    const word = await done.textContent();
    await without(async () => {
      await done.click();
      await page.waitForSelector(".trouble");
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 844 });
        const said = await page.textContent("main");
        expect(said).toContain("may not have been saved");
        expect(said).toContain("send it again");
        // Asking for the form's address would send nothing.
        expect(await page.locator("main a.button").count()).toBe(0);
        expect(await page.locator("[data-away]").count()).toBe(0);
        expect(await page.content()).not.toMatch(INSIDES);
        expect(await violations(page)).toEqual([]);
        expect(await overflow(page)).toBeLessThanOrEqual(0);
        await look(page, "outage-sent");
      }
    });
    // As the page says.
    await page.goBack();
    await done.click();
    await page.waitForSelector("main [role=status]");
    expect(await done.textContent()).not.toBe(word);
    await page.close();
  });

  test("answers typed during the outage are saved as soon as it is over", async () => {
    const context = await people.of("farid.haddad");
    const page = await context.newPage();
    await page.goto(QUIZ);
    const field = page.locator("form[data-autosave] input[type=text]").first();
    const state = page.locator("[data-save-state]");
    await without(async () => {
      await field.fill("typed while it was away");
      await expect.poll(() => state.textContent()).toContain("Not saved");
    });
    await expect.poll(() => state.textContent(), { timeout: 30_000 }).toBe("All answers saved.");
    await page.reload();
    expect(await field.inputValue()).toBe("typed while it was away");
    await page.close();
  });
});
