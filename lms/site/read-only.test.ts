// A read-only site: everything can be read, nothing is changed, and whoever tries is told.
import { afterAll, beforeAll, expect, test } from "vitest";
import { aSite } from "../admin/testing.ts";
import { grant, makeAccount, makeCourse } from "../catalog/testing.ts";
import { hashPassword } from "../accounts/passwords.ts";
import { aQuiz, single } from "../quizzes/testing.ts";
import { startWebsite, type Visitor, type Website } from "../web/testing.ts";

let website: Website;
let lea: Visitor;
beforeAll(async () => {
  website = await startWebsite();
  const { db } = website.admin;
  await website.admin.ask("PUT", "site", aSite());
  await makeCourse(db, "knots", {
    modules: [{ key: "m", items: [{ key: "quiz", quiz: aQuiz([single("a", "b", ["c"])]) }] }],
  });
  const id = await makeAccount(db, "lea");
  await grant(db, id, "learner", { course: "knots" });
  await db.execute("UPDATE account SET password_hash = $1", [await hashPassword("lea-password-1")]);
  lea = await website.signedIn("lea");
});
afterAll(async () => {
  website.admin.maintenance.stop();
  await website?.close();
});

const put = (readOnly: boolean) => website.admin.ask("PUT", "site", aSite(readOnly ? { readOnly } : {}));
const attempts = () => website.admin.db.query("SELECT id FROM attempt");

test("pages say so and can be read; what is sent is refused with words, and not saved", async () => {
  expect((await put(true)).status).toBe(200);
  const page = await lea.get("/courses/knots/items/quiz");
  expect(page.statusCode).toBe(200);
  expect(page.body).toContain("This site is read-only for now");
  const answer = await lea.post("/courses/knots/items/quiz/attempt/start");
  expect(answer.statusCode).toBe(403);
  expect(answer.body).toContain("The site is read-only");
  expect(await attempts()).toEqual([]);
});

test("people can still sign in and out", async () => {
  const again = await website.signedIn("lea");
  expect((await again.get("/dashboard")).statusCode).toBe(200);
  expect((await again.post("/sign-out")).statusCode).toBe(303);
});

test("and when it is over everything goes on", async () => {
  await put(false);
  expect((await lea.get("/dashboard")).body).not.toContain("read-only");
  expect((await lea.post("/courses/knots/items/quiz/attempt/start")).statusCode).toBe(303);
  expect(await attempts()).toHaveLength(1);
});
