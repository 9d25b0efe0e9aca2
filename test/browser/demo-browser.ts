// Chromium on the demonstration school: one context per person, signed in once, and what axe-core has to say.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { CHROMIUM } from "../support/chromium.ts";
import { PASSWORD } from "./demo-documents.ts";
import type { DemoSite } from "./demo-site.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export interface DemoBrowser {
  readonly browser: Browser;
  /** Somebody's browser, signed in the first time it is asked for; a stranger's for null. */
  of(who: string | null): Promise<BrowserContext>;
  close(): Promise<void>;
}

export async function launchBrowser(site: DemoSite): Promise<DemoBrowser> {
  const browser = await chromium.launch(CHROMIUM);
  const contexts = new Map<string | null, Promise<BrowserContext>>();

  async function open(who: string | null): Promise<BrowserContext> {
    const context = await browser.newContext({ baseURL: site.url });
    if (who !== null) {
      const page = await context.newPage();
      await signIn(page, who);
      await page.close();
    }
    return context;
  }
  return {
    browser,
    of(who) {
      const context = contexts.get(who) ?? open(who);
      contexts.set(who, context);
      return context;
    },
    close: () => browser.close(),
  };
}

/** Signs in as a person would; ends on their dashboard. */
export async function signIn(page: Page, who: string, password = PASSWORD): Promise<void> {
  await page.goto("/sign-in");
  await page.fill("#name", who);
  await page.fill("#password", password);
  await page.click("main button[type=submit]");
  await page.waitForURL(/\/dashboard$/);
}

/** Violations of WCAG 2.2 A and AA and of axe's good practice, as lines to read. */
export async function violations(page: Page): Promise<string[]> {
  // Through the debugger's world, so that the page's own policy against inline scripts stays in force.
  await page.evaluate(AXE);
  const results = await page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
  return results.violations.map(
    ({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`,
  );
}

/** Pixels by which the page is wider than the window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");

/** Collects what a page complains about: exceptions, and errors on the console but for the status we asked for. */
export function complaints(page: Page, status = 200): string[] {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !(status >= 400 && /Failed to load resource/.test(message.text())))
      errors.push(message.text());
  });
  return errors;
}
