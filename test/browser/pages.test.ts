// Every page in a real browser, at desktop and phone width, light and dark: accessible, light, without errors.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import { complaints, type DemoBrowser, launchBrowser, overflow, signIn, violations } from "./demo-browser.ts";
import { AWKWARD } from "./demo-awkward.ts";
import { PASSWORD, site as school } from "./demo-documents.ts";
import { type DemoSite, letLearnersWork, startDemoSite } from "./demo-site.ts";

const MAP = "/courses/reading-a-map";
const WIDTHS = [1280, 390] as const;

type Visit = readonly [who: string | null, path: string, status?: number];

/** Who looks, and at what. */
const PAGES: readonly Visit[] = [
  [null, "/"],
  [null, "/sign-in"],
  [null, "/catalog"],
  [null, "/catalog?category=sky"],
  [null, "/catalog?q=quantum"],
  [null, MAP],
  [null, `/courses/${AWKWARD}`],
  [null, "/nowhere", 404],
  ["ada", "/dashboard"],
  ["ada", "/catalog"],
  ["ada", MAP],
  ["ada", `${MAP}/items/contour-lines`],
  ["ada", `${MAP}/items/map-quiz`],
  ["ada", `${MAP}/items/timed-quiz`],
  ["ada", `${MAP}/items/declination`],
  ["ada", `${MAP}/items/route-card`],
  ["ada", `/courses/${AWKWARD}`],
  ["ada", `/courses/${AWKWARD}/items/wide`],
  ["ada", `/courses/${AWKWARD}/items/link`],
  ["ada", `/courses/${AWKWARD}/items/quiz`],
  ["ada", "/attempts/1"],
  ["ada", "/attempts/2"],
  ["ada", "/attempts/3"],
  ["ada", "/grades"],
  ["ada", "/account"],
  ["ada", "/courses/animal-tracks"],
  ["ada", "/courses/rivers-2019"],
  ["ada", "/people", 403],
  ["ada", `${MAP}/gradebook`, 403],
  ["farid.haddad", `${MAP}/items/map-quiz/attempt`],
  ["ines", "/dashboard"],
  ["ines", `${MAP}/gradebook`],
  ["ines", "/courses/bird-song"],
  ["ines", "/courses/bird-song/gradebook"],
  ["ines", `${MAP}/items/final`],
  ["ines", "/attempts/4"],
  ["new", "/dashboard"],
  ["new", "/grades"],
  ["new", "/nowhere", 404],
  ["root", "/people"],
];

const VISITS = PAGES.map(([who, path, status = 200]) => ({ who, path, status }));

describe.skipIf(!hasChromium())("the pages", () => {
  let site: DemoSite;
  let people: DemoBrowser;

  beforeAll(async () => {
    site = await startDemoSite();
    await letLearnersWork(site);
    people = await launchBrowser(site);
  });
  afterAll(async () => {
    await people?.close();
    await site?.stop();
  });

  describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
    test.each(VISITS)("$who at $path has nothing to reproach", async ({ who, path, status }) => {
      const page = await (await people.of(who)).newPage();
      const errors = complaints(page, status);
      await page.emulateMedia({ colorScheme });
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 844 });
        expect((await page.goto(path))?.status()).toBe(status);
        expect(await violations(page)).toEqual([]);
        expect(await overflow(page)).toBeLessThanOrEqual(0);
        expect(await page.locator("h1").count()).toBe(1);
        expect(await page.title()).toContain("Fernhill Field School");
      }
      expect(errors).toEqual([]);
      await page.close();
    });
  });

  test.each([
    [null, "/"],
    [null, "/sign-in"],
    [null, "/catalog"],
    [null, MAP],
    ["ada", "/dashboard"],
    ["ada", `${MAP}/items/contour-lines`],
    ["ada", "/attempts/1"],
    ["farid.haddad", `${MAP}/items/map-quiz/attempt`],
    ["ines", `${MAP}/gradebook`],
    ["root", "/people"],
  ] as const)("a cold %s at %s weighs less than 60 kB", async (who, path) => {
    const source = await people.of(who);
    const context = await people.browser.newContext({
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

  test("a wrong password is told in place, and the name typed stays", async () => {
    const context = await people.browser.newContext({ baseURL: site.url });
    const page = await context.newPage();
    const errors = complaints(page, 422);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 844 });
      await page.goto(`/sign-in?next=${encodeURIComponent(MAP)}`);
      await page.fill("#name", "chloe.martin");
      await page.fill("#password", "not this one");
      await page.click("main button[type=submit]");
      expect(await page.textContent("[role=alert]")).toContain("The name or the password is wrong.");
      expect(await page.inputValue("#name")).toBe("chloe.martin");
      expect(await page.inputValue("#password")).toBe("");
      expect(await violations(page)).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    }
    await page.fill("#password", PASSWORD);
    await page.click("main button[type=submit]");
    await page.waitForURL((url) => url.pathname === MAP);
    expect(errors).toEqual([]);
    await context.close();
  });

  test("a changed password signs out elsewhere; mistakes are told in place", async () => {
    const [here, elsewhere] = [
      await people.browser.newContext({ baseURL: site.url }),
      await people.browser.newContext({ baseURL: site.url }),
    ];
    const page = await here.newPage();
    const other = await elsewhere.newPage();
    await signIn(page, "elif.ylmaz");
    await signIn(other, "elif.ylmaz");
    const change = async (current: string, next: string, again = next): Promise<void> => {
      await page.goto("/account");
      await page.fill("#current", current);
      await page.fill("#next", next);
      await page.fill("#again", again);
      await page.click("main form button[type=submit]");
    };
    await change("not this one", "a long new password");
    expect(await page.textContent("[role=alert]")).toContain("The current password is wrong");
    expect(await violations(page)).toEqual([]);
    await change(PASSWORD, "a long new password", "a long new passwrod");
    expect(await page.textContent("[role=alert]")).toContain("differ");
    await change(PASSWORD, "a long new password");
    expect(await page.textContent("[role=status]")).toContain("Your password is changed.");
    await other.goto("/dashboard");
    expect(new URL(other.url()).pathname).toBe("/sign-in");
    await signIn(other, "elif.ylmaz", "a long new password");
    await here.close();
    await elsewhere.close();
  });

  test("a failure of ours is a page with a reference, and none of its insides", async () => {
    const page = await (await people.of("root")).newPage();
    const { db } = site.lms.context;
    const errors = complaints(page, 500);
    await db.execute("ALTER TABLE user_group RENAME TO user_group_gone");
    try {
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 844 });
        expect((await page.goto("/people"))?.status()).toBe(500);
        expect(await page.textContent("main code")).toMatch(/^[0-9a-f]{10}$/);
        expect(await page.textContent("main")).not.toMatch(/user_group|SELECT|\.ts/);
        expect(await violations(page)).toEqual([]);
        expect(await overflow(page)).toBeLessThanOrEqual(0);
      }
    } finally {
      await db.execute("ALTER TABLE user_group_gone RENAME TO user_group");
    }
    expect((await page.goto("/people"))?.status()).toBe(200);
    expect(errors).toEqual([]);
    await page.close();
  });

  describe.each([
    ["pale", { primaryColor: "#ffe9a8", accentColor: "#fff6d6" }],
    ["nearly black", { primaryColor: "#0b0d10", accentColor: "#14181f" }],
    ["a middling grey", { primaryColor: "#808080", accentColor: "#7f7f7f" }],
    ["loud", { primaryColor: "#ff0044", accentColor: "#00ff66" }],
    ["none", {}],
  ])("whatever colours the site declares: %s", (_name, branding) => {
    beforeAll(() => site.declare("site", { ...school, branding }));
    afterAll(() => site.declare("site", school));

    test.each([
      [null, "/"],
      ["ada", "/dashboard"],
      ["ada", `${MAP}/items/contour-lines`],
      ["ada", "/attempts/1"],
      ["farid.haddad", `${MAP}/items/map-quiz/attempt`],
    ] as const)("%s can read %s", async (who, path) => {
      const page = await (await people.of(who)).newPage();
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await page.goto(path);
        expect(await violations(page)).toEqual([]);
      }
      await page.close();
    });
  });
});

describe.skipIf(!hasChromium())("a site nobody has declared anything for yet", () => {
  let site: DemoSite;
  let people: DemoBrowser;
  beforeAll(async () => {
    site = await startDemoSite({ empty: true });
    people = await launchBrowser(site);
  });
  afterAll(async () => {
    await people?.close();
    await site?.stop();
  });

  test.each([
    ["/", "/"],
    ["/sign-in", "/sign-in"],
    ["/catalog", "/sign-in"],
    ["/nowhere", "/nowhere"],
  ])("%s is a page like any other", async (path, shown) => {
    const page = await (await people.of(null)).newPage();
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 844 });
      await page.goto(path);
      expect(new URL(page.url()).pathname).toBe(shown);
      expect(await violations(page)).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    }
    await page.close();
  });

  test("an open catalog without a course says that there is none", async () => {
    await site.declare("site", { ...school, access: { catalog: "Public" } });
    const page = await (await people.of(null)).newPage();
    await page.goto("/catalog");
    expect(await page.textContent(".empty")).toContain("No courses yet");
    expect(await violations(page)).toEqual([]);
    await page.close();
  });
});
