// While a site is being restored: one page for everybody, no question to the database, and an end by itself.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { aSite } from "../admin/testing.ts";
import { makeAccount } from "../catalog/testing.ts";
import { startWebsite, type Website } from "../web/testing.ts";

let website: Website;
beforeAll(async () => {
  website = await startWebsite();
  await website.admin.ask("PUT", "site", aSite());
  await makeAccount(website.admin.db, "lea");
});
afterAll(async () => {
  website.admin.maintenance.stop();
  await website?.close();
});
afterEach(async () => {
  await website.admin.db.execute("DELETE FROM maintenance");
  await website.admin.maintenance.refresh();
});

async function announce(seconds: number): Promise<void> {
  const { db, maintenance } = website.admin;
  await db.execute(
    "INSERT INTO maintenance (restore_id, expires_at) VALUES ('r', now() + $1 * interval '1 second')",
    [seconds],
  );
  await db.execute("NOTIFY maintenance_changed");
  await until(() => maintenance.underWay());
}

async function until(look: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; !look();) {
    if (Date.now() > end) throw new Error("it did not come true within 20 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("every page says so in the site's own face; what a page is made of still comes", async () => {
  await announce(60);
  const visitor = website.visitor();
  for (const url of ["/", "/catalog", "/dashboard", "/courses/x", "/no-such-page"]) {
    const { statusCode, headers, body } = await visitor.get(url);
    expect(statusCode, url).toBe(503);
    expect(headers["retry-after"]).toBe("10");
    expect(body).toContain("The site is being restored");
    expect(body).toContain("Harbour School");
  }
  const { body } = await visitor.get("/");
  const style = /href="(\/assets\/[^"]+\.css)"/.exec(body)?.[1] ?? "";
  expect((await visitor.get(style)).statusCode).toBe(200);
});

test("who sends a form is told that it was not saved", async () => {
  await announce(60);
  const { statusCode, body } = await website.visitor().signIn("lea");
  expect(statusCode).toBe(503);
  expect(body).toContain("what you just sent was not saved");
});

test("nothing waits for a table that is locked meanwhile", async () => {
  await announce(60);
  await website.admin.db.transaction(async (tx) => {
    await tx.script("LOCK TABLE account, session, course, site IN ACCESS EXCLUSIVE MODE");
    const visitor = website.visitor();
    visitor.cookies.set("provost_session", "x".repeat(43));
    const from = performance.now();
    expect((await visitor.get("/dashboard")).statusCode).toBe(503);
    expect(performance.now() - from).toBeLessThan(5_000);
  });
});

test("documents are refused as not ready, by words that say why", async () => {
  await announce(60);
  const { status, body } = await website.admin.ask("PUT", "site", aSite());
  expect(status).toBe(503);
  expect(body).toMatchObject({ code: "NotReady", detail: "the site is being restored" });
});

test("it ends when whoever restores says so, and by itself when he dies", async () => {
  await announce(60);
  await website.admin.db.execute("DELETE FROM maintenance");
  await website.admin.db.execute("NOTIFY maintenance_changed");
  await until(() => !website.admin.maintenance.underWay());
  expect((await website.visitor().get("/")).statusCode).toBe(200);
  await announce(1);
  await until(() => !website.admin.maintenance.underWay());
  expect((await website.visitor().get("/")).statusCode).toBe(200);
});
