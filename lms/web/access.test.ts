// Who gets in and how long: sessions, grants and accounts, as somebody with a browser meets them.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { aCourse, aDirectory, aSite, aUser, lesson, MANAGER, QUIZ, quizItem } from "../admin/testing.ts";
import { startWebsite, type Visitor, type Website } from "./testing.ts";

const LESSON = "/courses/git/items/intro";

let web: Website;
beforeAll(async () => {
  web = await startWebsite();
  await web.admin.put("site", aSite());
});
afterAll(() => web.close());
beforeEach(async () => {
  await web.admin.put("directory", aDirectory(["ada", "bob", "ines"].map((name) => aUser(name))));
  await web.admin.put(
    "courses/git",
    aCourse([lesson("intro"), quizItem("check")], { enrolment: { mode: "Closed" } }),
  );
  await bind("learner", "ada");
  await bind("instructor", "ines");
});

async function bind(role: string, user: string, times: object = {}): Promise<void> {
  const binding = { manager: "m", role, subjects: [{ user }], scope: { course: "git" }, ...times };
  await web.admin.put(`bindings/${role}-${user}`, binding);
}

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const status = async (visitor: Visitor, url: string): Promise<number> => (await visitor.get(url)).statusCode;

describe("a grant", () => {
  test("that expires ends access at the next request, with the session still open", async () => {
    const ada = await web.signedIn("ada");
    expect(await status(ada, LESSON)).toBe(200);
    await bind("learner", "ada", { expiresAt: inMs(-1000) });
    expect((await ada.get(LESSON)).headers.location).toBe("/courses/git");
    expect((await ada.post(`${LESSON}/done`)).statusCode).toBe(403);
    expect(await status(ada, "/dashboard")).toBe(200);
  });

  test("expires by itself, without anything else being written", async () => {
    const ada = await web.signedIn("ada");
    await bind("learner", "ada", { expiresAt: inMs(3000) });
    expect(await status(ada, LESSON)).toBe(200);
    await expect.poll(() => status(ada, LESSON), { timeout: 10_000 }).toBe(303);
  });

  test("that has not begun opens nothing, and opens by itself when it begins", async () => {
    const ada = await web.signedIn("ada");
    await bind("learner", "ada", { notBefore: inMs(3000) });
    expect(await status(ada, LESSON)).toBe(303);
    await expect.poll(() => status(ada, LESSON), { timeout: 10_000 }).toBe(200);
  });

  test("of an instructor shows the gradebook, of a learner does not, and a stranger signs in first", async () => {
    const [ada, ines, bob] = [
      await web.signedIn("ada"),
      await web.signedIn("ines"),
      await web.signedIn("bob"),
    ];
    for (const path of ["/courses/git/gradebook", "/courses/git/gradebook.csv"]) {
      expect(await status(ines, path)).toBe(200);
      expect(await status(ada, path)).toBe(403);
      expect(await status(bob, path)).toBe(403);
      expect((await web.visitor().get(path)).headers.location).toMatch(/^\/sign-in\?next=/);
    }
    expect(await status(ines, "/people")).toBe(403);
  });

  test("on a draft is needed even to know that it exists", async () => {
    await web.admin.put("courses/git", aCourse([lesson("intro")], { visibility: "Draft" }));
    const [ines, ada] = [await web.signedIn("ines"), await web.signedIn("ada")];
    expect(await status(ines, "/courses/git")).toBe(200);
    for (const path of ["/courses/git", LESSON, "/courses/git/gradebook", "/courses/git/files/x.svg"])
      expect(await status(ada, path)).toBe(404);
    expect((await web.visitor().get("/catalog")).body).not.toContain("Version control");
  });
});

describe("an account", () => {
  test("that is suspended is out at the next request, and cannot come back", async () => {
    const ada = await web.signedIn("ada");
    await web.admin.put(
      "directory",
      aDirectory([aUser("ada", { suspended: true }), aUser("bob"), aUser("ines")]),
    );
    expect((await ada.get("/dashboard")).headers.location).toMatch(/^\/sign-in/);
    expect((await ada.post(`${LESSON}/done`)).headers.location).toMatch(/^\/sign-in/);
    expect((await web.visitor().signIn("ada")).statusCode).toBe(422);
  });

  test("keeps its other devices until it changes its password; then they are out and this one stays", async () => {
    const [here, there] = [await web.signedIn("bob"), await web.signedIn("bob")];
    const next = "battery staple correct";
    const change = (current: string) => here.post("/account/password", { current, next, again: next });
    expect((await change("wrong")).statusCode).toBe(422);
    expect(await status(there, "/account")).toBe(200);
    expect((await change("bob-password-1")).statusCode).toBe(303);
    expect(await status(here, "/account")).toBe(200);
    expect(await status(there, "/account")).toBe(303);
    expect((await web.visitor().signIn("bob")).statusCode).toBe(422);
    expect((await web.visitor().signIn("bob", next)).statusCode).toBe(303);
  });

  test("sees no attempt of somebody else, nor acts on one", async () => {
    await bind("learner", "bob");
    const [ada, bob, ines] = [
      await web.signedIn("ada"),
      await web.signedIn("bob").catch(async () => {
        const again = web.visitor();
        await again.signIn("bob", "battery staple correct");
        return again;
      }),
      await web.signedIn("ines"),
    ];
    const quiz = "/courses/git/items/check";
    await ada.post(`${quiz}/attempt/start`);
    const id = /name="attempt" value="(\d+)"/.exec((await ada.get(`${quiz}/attempt`)).body)?.[1] ?? "";
    expect((await bob.post(`${quiz}/attempt/submit`, { attempt: id, "q.truth": "true" })).statusCode).toBe(
      404,
    );
    expect(await status(ines, `/attempts/${id}`)).toBe(404);
    await ada.post(`${quiz}/attempt/submit`, { attempt: id, "q.truth": "true" });
    expect(await status(ada, `/attempts/${id}`)).toBe(200);
    expect(await status(bob, `/attempts/${id}`)).toBe(404);
    expect(await status(ines, `/attempts/${id}`)).toBe(200);
    for (const odd of ["0", "-1", "1e3", "99999999999999999999", "x"])
      expect(await status(ada, `/attempts/${odd}`)).toBe(404);
  });
});

describe("a session", () => {
  test("chosen before signing in is never the one after it (fixation), and the old one is over", async () => {
    const visitor = web.visitor();
    visitor.cookies.set("provost_session", "A".repeat(43));
    await visitor.signIn("ada");
    const token = visitor.cookies.get("provost_session");
    expect(token).not.toBe("A".repeat(43));
    const again = { nameOrEmail: "ada", password: "ada-password-1", csrf: await visitor.csrf() };
    expect((await visitor.send("/sign-in", again)).statusCode).toBe(303);
    expect(visitor.cookies.get("provost_session")).not.toBe(token);
    const old = web.visitor();
    old.cookies.set("provost_session", token ?? "");
    expect(await status(old, "/account")).toBe(303);
  });

  test("is over on the server when somebody signs out, whoever kept the cookie", async () => {
    const ada = await web.signedIn("ada");
    const copy = web.visitor();
    for (const [name, value] of ada.cookies) copy.cookies.set(name, value);
    expect(await status(copy, "/account")).toBe(200);
    expect((await ada.post("/sign-out")).statusCode).toBe(303);
    expect(ada.cookies.has("provost_session")).toBe(false);
    expect(await status(copy, "/account")).toBe(303);
  });

  test("of one site is worth nothing on another with the very same people", async () => {
    const other = await startWebsite();
    await other.admin.put("site", aSite());
    await other.admin.put("directory", aDirectory([aUser("ada")]));
    const ada = await web.signedIn("ada");
    const there = other.visitor();
    for (const [name, value] of ada.cookies) there.cookies.set(name, value);
    expect(await status(there, "/account")).toBe(303);
    await other.close();
  });
});

test("where the catalog is for people with an account, strangers see no course, cover or file", async () => {
  const access = { catalog: "SignedIn", sessionIdleMinutes: 120, sessionMaxHours: 12 } as const;
  await web.admin.put("site", aSite({ access }));
  for (const path of ["/catalog", "/courses/git", "/courses/nothing", LESSON, "/courses/git/files/x.svg"])
    expect((await web.visitor().get(path)).headers.location).toMatch(/^\/sign-in\?next=/);
  expect((await web.visitor().get("/")).body).not.toContain("Version control");
  await web.admin.put("site", aSite());
});

test("a clock runs where the quiz has a limit and nowhere else", async () => {
  const limited = { questions: [...QUIZ.questions], timeLimitMinutes: 10 };
  const items = [quizItem("free"), quizItem("limited", limited)];
  await web.admin.put("courses/git", aCourse(items, { enrolment: { mode: "Closed" } }));
  const ada = await web.signedIn("ada");
  const attempt = async (item: string): Promise<string> => {
    await ada.post(`/courses/git/items/${item}/attempt/start`);
    return (await ada.get(`/courses/git/items/${item}/attempt`)).body;
  };
  expect(await attempt("free")).not.toContain("data-left-ms");
  const left = Number(/data-left-ms="(\d+)"/.exec(await attempt("limited"))?.[1]);
  expect(left).toBeGreaterThan(9 * 60_000);
  expect(left).toBeLessThanOrEqual(10 * 60_000);
});

test("work is kept however the course changes: an edited quiz, a quiz taken out, the course deleted", async () => {
  const ada = await web.signedIn("ada");
  const quiz = "/courses/git/items/check";
  await ada.post(`${quiz}/attempt/start`);
  const page = (await ada.get(`${quiz}/attempt`)).body;
  const id = /name="attempt" value="(\d+)"/.exec(page)?.[1] ?? "";
  expect(
    (await ada.post(`${quiz}/attempt/submit`, { attempt: id, "q.truth": "true" })).headers.location,
  ).toBe(`/attempts/${id}`);
  const edited = {
    questions: [{ key: "truth", prompt: "Turned round?", points: 5, trueFalse: { answer: false } }],
  };
  await web.admin.put("courses/git", aCourse([lesson("intro"), quizItem("check", edited)]));
  const result = (await ada.get(`/attempts/${id}`)).body;
  expect(result).toContain("Is it <em>so</em>?");
  expect(result).toContain("The quiz was edited since.");
  expect(result).toContain("1 of 1 point");

  await web.admin.put("courses/git", aCourse([lesson("intro")]));
  expect(await status(ada, quiz)).toBe(404);
  expect((await ada.get(`/attempts/${id}`)).body).toContain("no longer part of the course");
  expect((await ada.get("/grades")).body).toContain("Quiz check");

  const manager = encodeURIComponent(MANAGER);
  expect((await web.admin.ask("DELETE", "bindings/learner-ada?manager=m")).status).toBe(200);
  expect((await web.admin.ask("DELETE", "bindings/instructor-ines?manager=m")).status).toBe(200);
  expect((await web.admin.ask("DELETE", `courses/git?manager=${manager}`)).status).toBe(200);
  expect(await status(ada, "/courses/git")).toBe(404);
  expect(await status(ada, `/attempts/${id}`)).toBe(200);
  expect((await ada.get("/grades")).body).toContain("Version control");
});
