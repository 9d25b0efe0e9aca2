// What somebody with bad intentions tries: scripts in every text, forged forms, other people's addresses, odd requests.
import { afterAll, beforeAll, expect, test } from "vitest";
import { aCourse, aDirectory, aSite, aUser } from "../admin/testing.ts";
import { THROTTLE } from "../accounts/throttle.ts";
import { sameSitePath } from "./routes/account.ts";
import { startWebsite, type Visitor, type Website } from "./testing.ts";

const EVIL = `"'><script>alert(1)</script><img src=x onerror=alert(2)>\${7*7}{{7*7}}`;
const svg = (text: string): string => Buffer.from(text).toString("base64");
const EVIL_SVG = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>`;

const settings = { attempts: 0, passPercent: 60, shuffle: false, review: "AfterAttempt", weight: 1 };
const choices = (n: number) =>
  Array.from({ length: n }, (_, i) => ({ key: `c${i}`, text: EVIL, correct: i === 0, feedback: EVIL }));
const text = { prompt: EVIL, explanation: EVIL, points: 1 };

const course = aCourse([], {
  title: EVIL,
  summary: EVIL,
  description: EVIL,
  cover: "cover.svg",
  files: [
    { path: "cover.svg", mediaType: "image/svg+xml", base64: svg(EVIL_SVG) },
    { path: "deep/page.html", mediaType: "text/html", base64: svg("<script>alert(1)</script>") },
    { path: "notes.txt", mediaType: "text/plain", base64: svg("<script>alert(1)</script>") },
  ],
  modules: [
    {
      key: "m",
      title: EVIL,
      summary: EVIL,
      items: [
        {
          key: "lesson",
          title: EVIL,
          optional: false,
          lesson: { markdown: `${EVIL}\n\n[x](javascript:alert(1))` },
        },
        {
          key: "quiz",
          title: EVIL,
          optional: false,
          quiz: {
            ...settings,
            instructions: EVIL,
            questions: [
              { key: "one", ...text, singleChoice: { choices: choices(2) } },
              { key: "many", ...text, multipleChoice: { partialCredit: false, choices: choices(3) } },
              { key: "short", ...text, shortAnswer: { accepted: [EVIL], caseSensitive: false } },
              { key: "number", ...text, numeric: { answer: 1, tolerance: 0, unit: `">${"<b>"}` } },
            ],
          },
        },
        {
          key: "link",
          title: EVIL,
          optional: false,
          link: { url: "https://example.org/?q=%22%3E", description: EVIL },
        },
        { key: "file", title: EVIL, optional: false, file: { path: "deep/page.html", description: EVIL } },
      ],
    },
  ],
});

let web: Website;
let ada: Visitor;
beforeAll(async () => {
  web = await startWebsite();
  await web.admin.put("site", {
    ...aSite(),
    title: EVIL,
    tagline: EVIL,
    description: EVIL,
    branding: { logo: { alt: EVIL, mediaType: "image/svg+xml", base64: svg(EVIL_SVG) } },
    footer: { text: EVIL, links: [{ title: EVIL, url: "https://example.org/" }] },
    categories: [{ key: "evil", title: EVIL, summary: EVIL }],
  });
  await web.admin.put(
    "directory",
    aDirectory([aUser("ada", { displayName: EVIL }), aUser("bob")], {
      groups: [{ name: "g", title: EVIL, members: ["ada"] }],
    }),
  );
  await web.admin.put("courses/evil", { ...course, category: "evil" });
  for (const [name, role, scope] of [
    ["learns", "learner", { course: "evil" }],
    ["teaches", "instructor", { course: "evil" }],
    ["runs", "administrator", { site: true }],
  ] as const)
    await web.admin.put(`bindings/${name}`, { manager: "m", role, subjects: [{ user: "ada" }], scope });
  ada = await web.signedIn("ada");
});
afterAll(() => web.close());

/** Nothing of what was smuggled in has become markup. */
function expectHarmless(html: string): void {
  // The site's own script is the only one.
  expect(html.match(/<script\b[^>]*>/g)).toEqual([
    expect.stringMatching(/^<script src="\/assets\/site\.\w+\.js" defer>$/),
  ]);
  const tags = (html.match(/<[a-z][^>]*>/gi) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""'));
  for (const tag of tags) expect(tag).not.toMatch(/\son\w+\s*=|javascript:|\sstyle=/i);
  expect(html).not.toContain("<img src=x");
  expect(html).not.toMatch(/href="\s*(javascript|data|vbscript):/i);
}

test("no text of any document becomes markup on any page", async () => {
  const stranger = web.visitor();
  for (const path of ["/", "/catalog", "/catalog?category=evil", "/courses/evil", "/sign-in", "/nowhere"])
    expectHarmless((await stranger.get(path)).body);
  const item = "/courses/evil/items";
  await ada.post(`${item}/quiz/attempt/start`);
  const attempt = (await ada.get(`${item}/quiz/attempt`)).body;
  expectHarmless(attempt);
  const id = /name="attempt" value="(\d+)"/.exec(attempt)?.[1] ?? "";
  await ada.post(`${item}/quiz/attempt/save`, { attempt: id, "q.short": EVIL, "q.number": EVIL });
  expectHarmless((await ada.get(`${item}/quiz/attempt`)).body);
  const answers = { attempt: id, "q.one": "c1", "q.many": ["c0", "c1"], "q.short": EVIL, "q.number": EVIL };
  expect((await ada.post(`${item}/quiz/attempt/submit`, answers)).headers.location).toBe(`/attempts/${id}`);
  for (const path of [
    "/dashboard",
    "/courses/evil",
    `${item}/lesson`,
    `${item}/quiz`,
    `${item}/link`,
    `${item}/file`,
    `/attempts/${id}`,
    "/grades",
    "/account",
    "/people",
    "/courses/evil/gradebook",
  ]) {
    const answer = await ada.get(path);
    expect(answer.statusCode, path).toBe(200);
    expectHarmless(answer.body);
  }
});

test("nothing a visitor types becomes markup either", async () => {
  const typed = encodeURIComponent(EVIL);
  for (const path of [`/catalog?q=${typed}`, `/catalog?category=${typed}`, `/${typed}`])
    expectHarmless((await ada.get(path)).body);
  expectHarmless((await web.visitor().get(`/sign-in?next=${typed}`)).body);
  expectHarmless(
    (await web.visitor().send("/sign-in", { nameOrEmail: EVIL, password: "x", next: EVIL })).body,
  );
});

test("a spreadsheet runs nothing that a name or title says", async () => {
  await web.admin.put(
    "directory",
    aDirectory([aUser("ada", { displayName: `=HYPERLINK("http://evil.example")` }), aUser("bob")], {
      groups: [{ name: "g", title: EVIL, members: ["ada"] }],
    }),
  );
  const { body, headers } = await ada.get("/courses/evil/gradebook.csv");
  expect(headers["content-disposition"]).toBe('attachment; filename="evil-gradebook.csv"');
  expect(body).not.toMatch(/(^|,|")=HYPERLINK/m);
});

test("a stored SVG or HTML file can do nothing, opened by its address or as a picture", async () => {
  for (const path of ["/courses/evil/files/cover.svg", "/brand/logo"]) {
    const { headers, statusCode } = await ada.get(path);
    expect(statusCode).toBe(200);
    expect(headers["content-type"]).toBe("image/svg+xml");
    expect(headers["content-security-policy"]).toMatch(/default-src 'none'.*sandbox$/);
    expect(headers["content-security-policy"]).not.toContain("script");
    expect(headers["x-content-type-options"]).toBe("nosniff");
  }
  const page = (await ada.get("/courses/evil/files/deep/page.html")).headers;
  expect(page["content-disposition"]).toBe("attachment");
  expect(page["content-security-policy"]).toContain("sandbox");
  expect((await ada.get("/courses/evil/files/notes.txt")).headers["content-type"]).toBe(
    "text/plain; charset=utf-8",
  );
});

test.each([
  "../../../etc/passwd",
  "..%2f..%2fetc%2fpasswd",
  "%2e%2e/%2e%2e/lms/main.ts",
  "deep/../../other/files/cover.svg",
  "/etc/passwd",
  "cover.svg%00.txt",
  "deep",
  "",
  "%",
  "COVER.SVG",
])("no file but the course's own: %j", async (path) => {
  expect([400, 404]).toContain((await ada.get(`/courses/evil/files/${path}`)).statusCode);
});

test.each([
  "/assets/../main.ts",
  "/assets/..%2fmain.ts",
  "/assets/x.map",
  "/.env",
  "/admin/v1/status",
  "/metrics",
])("nothing lies at %s", async (path) => {
  expect((await ada.get(path)).statusCode).toBe(404);
});

test.each([
  "https://evil.example/",
  "//evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "/%09/evil.example",
  "/\t/evil.example",
  "javascript:alert(1)",
  "/.//evil.example",
  "/a/..//evil.example",
  "/dashboard\r\nset-cookie: x=1",
  "https:evil.example",
  "@evil.example",
])("signing in never leads to another site: %j", async (next) => {
  const location = new URL(sameSitePath(next), "https://learn.example.org");
  expect(location.host).toBe("learn.example.org");
  const answer = await web
    .visitor()
    .send("/sign-in", { nameOrEmail: "bob", password: "bob-password-1", next });
  expect(new URL(String(answer.headers.location), "https://learn.example.org").host).toBe(
    "learn.example.org",
  );
  expect(answer.headers["set-cookie"]).not.toContain("x=1");
});

test("a forged form changes nothing, whatever it is for", async () => {
  const bob = await web.signedIn("bob");
  for (const [path, fields] of [
    ["/sign-out", {}],
    ["/account/password", { current: "bob-password-1", next: "taken over now", again: "taken over now" }],
    ["/courses/evil/join", {}],
    ["/courses/evil/items/lesson/done", {}],
    ["/courses/evil/items/quiz/attempt/start", {}],
  ] as const) {
    expect((await bob.send(path, fields)).statusCode, path).toBe(403);
    expect((await bob.send(path, { ...fields, csrf: await ada.csrf() })).statusCode, path).toBe(403);
    const elsewhere = { origin: "https://evil.example" };
    expect((await bob.send(path, { ...fields, csrf: await bob.csrf() }, elsewhere)).statusCode, path).toBe(
      403,
    );
    // Nor by a link or a picture's address.
    expect((await bob.get(path)).statusCode, path).toBe(404);
  }
  expect((await bob.get("/account")).statusCode).toBe(200);
  expect((await web.visitor().signIn("bob")).statusCode).toBe(303);
});

test("guessing passwords is slowed down, and the page says for how long", async () => {
  const visitor = web.visitor();
  const guess = () => visitor.send("/sign-in", { nameOrEmail: "nobody", password: "guess" });
  for (let i = 0; i <= THROTTLE.free.name; i++) expect((await guess()).statusCode).toBe(422);
  const answer = await guess();
  expect(answer.statusCode).toBe(429);
  expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
  expect(answer.body).toContain("There were too many tries.");
});

test("a form of more than a mebibyte, or of another kind, is refused and the site goes on", async () => {
  const csrf = await ada.csrf();
  const huge = await ada.send("/courses/evil/items/quiz/attempt/start", {
    csrf,
    more: "x".repeat(1_100_000),
  });
  expect(huge.statusCode).toBe(400);
  const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`f${i}`, "1"]));
  expect(
    (await ada.send("/courses/evil/items/quiz/attempt/start", { csrf, ...many })).statusCode,
  ).toBeLessThan(500);
  for (const type of ["application/json", "multipart/form-data; boundary=x", "text/plain"]) {
    const answer = await ada.ask("POST", "/sign-out", { headers: { "content-type": type }, body: "{}" });
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.statusCode).toBeLessThan(500);
  }
  expect((await ada.get("/dashboard")).statusCode).toBe(200);
});

test("HEAD tells what GET would, without a body; methods nobody offers are refused", async () => {
  for (const path of ["/", "/catalog", "/courses/evil", "/courses/evil/files/cover.svg", "/nowhere"]) {
    const [head, get] = [await web.visitor().ask("HEAD", path), await web.visitor().get(path)];
    expect(head.statusCode).toBe(get.statusCode);
    expect(head.body).toBe("");
    expect(head.headers["content-type"]).toBe(get.headers["content-type"]);
  }
  for (const method of ["PUT", "DELETE", "OPTIONS"] as const) {
    const answer = await ada.ask(method, "/courses/evil");
    expect([403, 404, 405]).toContain(answer.statusCode);
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  }
});

test("every answer carries the security headers, and what is personal is kept by nobody", async () => {
  for (const path of ["/dashboard", "/grades", "/people", "/nowhere", "/courses/evil", "/assets/none.css"]) {
    const { headers } = await ada.get(path);
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["server"]).toBeUndefined();
    expect(headers["x-powered-by"]).toBeUndefined();
  }
  expect((await ada.get("/dashboard")).headers["cache-control"]).toBe("private, no-store");
});

test.each(["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://user:pass@evil.example/"])(
  "a document's link to %s is refused or harmless",
  async (url) => {
    const link = { key: "link", title: "x", optional: false, link: { url } };
    const answer = await web.admin.ask("PUT", "courses/other", aCourse([link as never]));
    if (url.startsWith("https:")) return;
    expect(answer.status).toBe(422);
  },
);
