// Free places are told to those who may take one, and to nobody whom they would only puzzle.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { aCourse, aDirectory, aSite, aUser, lesson } from "../admin/testing.ts";
import { startWebsite, type Visitor, type Website } from "./testing.ts";

const CAPACITY = 3;
const open = { enrolment: { mode: "Open", capacity: CAPACITY } };

let web: Website;
beforeAll(async () => {
  web = await startWebsite();
  await web.admin.put("site", aSite());
  await web.admin.put(
    "directory",
    aDirectory(["ada", "bob", "cem", "dora", "ines"].map((name) => aUser(name))),
  );
});
afterAll(() => web.close());
beforeEach(async () => {
  await web.admin.db.execute("DELETE FROM enrolment");
  await publish();
  await bind("instructor", "ines");
});

const publish = (over: object = {}) =>
  web.admin.put("courses/git", aCourse([lesson("intro")], { ...open, ...over }));

async function bind(role: string, user: string): Promise<void> {
  const binding = { manager: "m", role, subjects: [{ user }], scope: { course: "git" } };
  await web.admin.put(`bindings/${role}-${user}`, binding);
}

/** "2 of 3 free" as the page says it; undefined when it says nothing of places. */
async function places(visitor: Visitor): Promise<string | undefined> {
  const { statusCode, body } = await visitor.get("/courses/git");
  expect(statusCode).toBe(200);
  return /<dt>Places<\/dt>\s*<dd>([^<]*)<\/dd>/.exec(body)?.[1];
}

test("strangers and people who have not joined see how many are left, and the number follows", async () => {
  const bob = await web.signedIn("bob");
  expect(await places(web.visitor())).toBe("3 of 3 free");
  expect(await places(bob)).toBe("3 of 3 free");
  await (await web.signedIn("ada")).post("/courses/git/join");
  expect(await places(web.visitor())).toBe("2 of 3 free");
  expect(await places(bob)).toBe("2 of 3 free");
});

test("who has a place is told of none: who joined, who was put in; the number stays for the others", async () => {
  const [ada, dora] = [await web.signedIn("ada"), await web.signedIn("dora")];
  await ada.post("/courses/git/join");
  await bind("learner", "dora");
  expect(await places(ada)).toBeUndefined();
  expect(await places(dora)).toBeUndefined();
  expect(await places(web.visitor())).toBe("2 of 3 free");
});

test.each([
  ["enrolment is closed", { enrolment: { mode: "Closed", capacity: CAPACITY } }],
  ["the course is over", { schedule: { closesAt: "2020-01-01T00:00:00Z" } }],
  ["there is no limit", { enrolment: { mode: "Open" } }],
])("nobody is told of places when %s", async (_, over) => {
  await publish(over);
  expect(await places(web.visitor())).toBeUndefined();
  expect(await places(await web.signedIn("bob"))).toBeUndefined();
});

test("a full course says so to who would have joined, and offers no button", async () => {
  for (const name of ["ada", "cem", "dora"]) await (await web.signedIn(name)).post("/courses/git/join");
  const bob = await web.signedIn("bob");
  expect(await places(bob)).toBe("0 of 3 free");
  const { body } = await bob.get("/courses/git");
  expect(body).toContain("The course is full.");
  expect(body).not.toContain("Join this course");
  // Made smaller afterwards: those who are in stay in, and there are not minus two places.
  await publish({ enrolment: { mode: "Open", capacity: 1 } });
  expect(await places(bob)).toBe("0 of 1 free");
});

test("the catalog counts no places; its badge speaks only to who may still join", async () => {
  const catalog = async (visitor: Visitor): Promise<string> => (await visitor.get("/catalog")).body;
  const [ada, bob] = [await web.signedIn("ada"), await web.signedIn("bob")];
  await ada.post("/courses/git/join");
  for (const visitor of [web.visitor(), ada, bob])
    expect(await catalog(visitor)).not.toMatch(/\d of \d free|\bplaces\b/i);
  expect(await catalog(bob)).toContain("Open to join");
  expect(await catalog(ada)).not.toContain("Open to join");
  await publish({ enrolment: { mode: "Closed", capacity: CAPACITY } });
  expect(await catalog(bob)).not.toContain("Open to join");
});
