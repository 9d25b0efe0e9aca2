// What stands before every route: headers, who asks, forged forms.
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FastifyInstance, InjectOptions } from "fastify";
import { createPeople, type People } from "../accounts/testing.ts";
import { createSiteServer } from "../site/server.ts";
import { clearSessionCookie, setSessionCookie } from "./index.ts";

let people: People;
let app: FastifyInstance;
let token: string;
let csrf: string;
beforeAll(async () => {
  people = await createPeople();
  token = await people.sessions.start(await people.add("ada", "correct horse"));
  csrf = (await people.sessions.load(token))?.csrf ?? "";
  app = createSiteServer({ ...people, log: pino({ level: "silent" }) });
  app.get("/who", async (request) => ({ who: request.session?.name ?? null, ip: request.ip }));
  app.get("/plain", { config: { session: false } }, async (request) => ({
    who: request.session?.name ?? null,
  }));
  app.post("/act", async (request) => ({ did: request.session?.name ?? "stranger" }));
  app.post("/act-plain", { config: { session: false } }, async () => ({ did: true }));
  app.post("/in", async (request, reply) => {
    setSessionCookie(request, reply, token);
    return {};
  });
  app.post("/out", async (request, reply) => {
    clearSessionCookie(request, reply);
    return {};
  });
});
afterAll(async () => {
  await app.close();
  await people.close();
});

const cookie = () => `theme=dark; provost_session=${token}`;
const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });
const post = (url: string, headers: Record<string, string>, body = "") => {
  const options: InjectOptions = {
    method: "POST",
    url,
    headers: { host: "learn.example.org", "content-type": "application/x-www-form-urlencoded", ...headers },
    payload: body,
  };
  return app.inject(options);
};

test("every answer, errors too, carries the security headers", async () => {
  for (const url of ["/who", "/nowhere"]) {
    const { headers } = await get(url);
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(headers["content-security-policy"]).not.toContain("unsafe");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["referrer-policy"]).toBe("same-origin");
    expect(headers["strict-transport-security"]).toBeUndefined();
  }
  expect((await get("/who", { "x-forwarded-proto": "https" })).headers["strict-transport-security"]).toMatch(
    /max-age=/,
  );
});

test("the cookie tells who asks, and what they see is cached for nobody else", async () => {
  expect((await get("/who")).json()).toMatchObject({ who: null });
  const answer = await get("/who", { cookie: cookie() });
  expect(answer.json()).toMatchObject({ who: "ada" });
  expect(answer.headers["cache-control"]).toContain("private");
  expect((await get("/plain", { cookie: cookie() })).json()).toEqual({ who: null });
});

test("over https only the __Host- cookie counts, and it is Secure", async () => {
  const https = { "x-forwarded-proto": "https" };
  expect((await get("/who", { ...https, cookie: cookie() })).json()).toMatchObject({ who: null });
  const hostCookie = `__Host-provost_session=${token}`;
  expect((await get("/who", { ...https, cookie: hostCookie })).json()).toMatchObject({ who: "ada" });
  const set = (await post("/in", https)).headers["set-cookie"];
  expect(set).toBe(`__Host-provost_session=${token}; Path=/; HttpOnly; SameSite=Lax; Secure`);
  expect((await post("/in", {})).headers["set-cookie"]).toBe(
    `provost_session=${token}; Path=/; HttpOnly; SameSite=Lax`,
  );
  expect((await post("/out", {})).headers["set-cookie"]).toMatch(/^provost_session=; .*Max-Age=0$/);
});

test("a form of somebody signed in needs its token", async () => {
  expect((await post("/act", { cookie: cookie() }, `csrf=${csrf}`)).json()).toEqual({ did: "ada" });
  for (const body of ["", "csrf=", "csrf=wrong", `csrf=${csrf}x`, `csrf=${csrf}&csrf=${csrf}`])
    expect((await post("/act", { cookie: cookie() }, body)).statusCode).toBe(403);
  // A route that does without the session for reading gets it for writing all the same.
  expect((await post("/act-plain", { cookie: cookie() })).statusCode).toBe(403);
});

test("a form from another site is refused, signed in or not", async () => {
  const good = { origin: "https://learn.example.org" };
  expect((await post("/act", good)).statusCode).toBe(200);
  expect((await post("/act", { ...good, cookie: cookie() }, `csrf=${csrf}`)).statusCode).toBe(200);
  for (const bad of [
    { origin: "https://evil.example" },
    { origin: "https://learn.example.org.evil.example" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ]) {
    expect((await post("/act", bad)).statusCode).toBe(403);
    expect((await post("/act", { ...bad, cookie: cookie() }, `csrf=${csrf}`)).statusCode).toBe(403);
  }
  expect((await post("/act", { "sec-fetch-site": "same-origin" })).statusCode).toBe(200);
});

test("behind a proxy the site goes by the name the proxy tells, and the address it saw", async () => {
  const forwarded = { "x-forwarded-host": "school.test", origin: "https://school.test" };
  expect((await post("/act", forwarded)).statusCode).toBe(200);
  const ip = (await get("/who", { "x-forwarded-for": "10.9.9.9, 203.0.113.7" })).json<{ ip: string }>().ip;
  expect(ip).toBe("203.0.113.7");
});

test("only forms are taken", async () => {
  const answer = await post("/act", { "content-type": "application/json" }, "{}");
  expect(answer.statusCode).toBe(415);
});
