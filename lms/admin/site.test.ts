// The site document: what it writes, what it does not, what it refuses.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type AdminUnderTest, aCourse, aSite, lesson, startAdmin } from "./testing.ts";

let admin: AdminUnderTest;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.close());
beforeEach(async () => {
  await admin.put("site", aSite({ description: "# Welcome", categories: [] }));
});

test("its settings hold at once on every replica", async () => {
  await admin.put("site", aSite({ title: "New name", description: "Hello **you** <script>x</script>" }));
  const { document, descriptionHtml } = admin.site.current();
  expect(document.title).toBe("New name");
  expect(document.language).toBe("en");
  expect(descriptionHtml).toContain("<strong>you</strong>");
  expect(descriptionHtml).not.toContain("<script");
});

test("changes are named one by one, taken away ones too, and the logo never in full", async () => {
  const logo = {
    alt: "L",
    mediaType: "image/png" as const,
    base64: Buffer.from("picture").toString("base64"),
  };
  const first = await admin.put(
    "site",
    aSite({ tagline: "Learn", branding: { primaryColor: "#112233", logo } }),
  );
  expect(first.changes.map((change) => change.path)).toContain("site.branding.logo.base64");
  expect(JSON.stringify(first.changes)).not.toContain(logo.base64);
  const second = await admin.put(
    "site",
    aSite({ branding: { primaryColor: "#445566", logo }, categories: [] }),
  );
  expect(second.changes).toEqual([
    { op: "update", path: "site.tagline", from: "Learn" },
    { op: "update", path: "site.branding.primaryColor", from: "#112233", to: "#445566" },
    { op: "remove", path: "categories/craft" },
    { op: "remove", path: "categories/science" },
  ]);
});

test("the same document again writes nothing, and so does one that only spells out defaults", async () => {
  await admin.put("site", aSite());
  const before = await admin.fingerprint();
  expect(await admin.put("site", aSite())).toMatchObject({ changed: false, changes: [] });
  expect(await admin.fingerprint()).toBe(before);
  const spelled = await admin.put("site", { ...aSite(), language: "en", timeZone: "UTC" });
  expect(spelled).toMatchObject({ changed: false, changes: [] });
});

test("a dry run says what would be and changes nothing, then the real run does exactly that", async () => {
  const before = await admin.fingerprint();
  const next = aSite({ title: "Another" });
  const plan = await admin.put("site?dryRun=true", next);
  expect(plan).toMatchObject({ changed: true, dryRun: true });
  expect(await admin.fingerprint()).toBe(before);
  expect(admin.site.current().document.title).not.toBe("Another");
  const real = await admin.put("site", next);
  expect({ ...real, dryRun: true }).toEqual(plan);
});

test("a time zone that does not exist is refused", async () => {
  const answer = await admin.ask("PUT", "site", aSite({ timeZone: "Mars/Olympus" }));
  expect(answer).toMatchObject({ status: 422, body: { code: "InvalidContent", pointer: "/timeZone" } });
});

test("a category in use stays, and the problem names who uses it", async () => {
  await admin.put("site", aSite());
  await admin.put("courses/git", aCourse([lesson("a")], { category: "craft" }));
  const answer = await admin.ask(
    "PUT",
    "site",
    aSite({ categories: [{ key: "science", title: "Science" }] }),
  );
  expect(answer).toMatchObject({
    status: 409,
    body: { code: "InUse", pointer: "/categories", detail: expect.stringContaining('course "git"') },
  });
  await admin.put("courses/git", aCourse([lesson("a")], { category: "science" }));
  const moved = await admin.put("site", aSite({ categories: [{ key: "science", title: "Science" }] }));
  expect(moved.changes.map(({ op, path }) => `${op} ${path}`)).toEqual([
    "update categories/science.summary",
    "update categories/science.position",
    "remove categories/craft",
  ]);
  await admin.ask("DELETE", `courses/git?manager=${encodeURIComponent("provost.dev/Course/school/git")}`);
});
