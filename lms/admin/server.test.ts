// Who may speak to the admin API, and what it answers when something is wrong with a request or with the runtime.
import { unlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SCHEMA_VERSION } from "../db/index.ts";
import { createReadiness } from "../health/readiness.ts";
import { createAdminServer } from "./server.ts";
import { aDirectory, type AdminUnderTest, aSite, aUser, startAdmin, TOKEN } from "./testing.ts";
import { tokenCheck } from "./tokens.ts";

let admin: AdminUnderTest;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.close());

const statusWith = async (headers: Record<string, string>): Promise<number> =>
  (await admin.app.inject({ url: "/admin/v1/status", headers })).statusCode;

test("only a bearer token opens the API, in either header", async () => {
  expect(await statusWith({ authorization: `Bearer ${TOKEN}` })).toBe(200);
  expect(await statusWith({ "provost-authorization": `Bearer ${TOKEN}` })).toBe(200);
  expect(await statusWith({ authorization: "Basic x", "provost-authorization": `Bearer ${TOKEN}` })).toBe(
    200,
  );
  const answer = await admin.app.inject({ url: "/admin/v1/status" });
  expect(answer.statusCode).toBe(401);
  expect(answer.headers["content-type"]).toContain("application/problem+json");
  expect(answer.json()).toMatchObject({
    code: "Unauthorized",
    remedy: expect.stringContaining("Provost-Authorization"),
  });
  for (const wrong of ["", "Bearer ", `Bearer ${TOKEN}x`, TOKEN, `Basic ${TOKEN}`])
    expect(await statusWith({ authorization: wrong })).toBe(401);
});

test("during a rotation both tokens hold; afterwards the old one is worth nothing at the next request", async () => {
  const file = (name: string): string => path.join(admin.tokenDir, name);
  const old = { authorization: `Bearer ${TOKEN}` };
  const fresh = { authorization: "Bearer the-next-token" };
  await writeFile(file("token-previous"), TOKEN);
  await writeFile(file("token"), "the-next-token");
  expect([await statusWith(old), await statusWith(fresh)]).toEqual([200, 200]);
  await unlink(file("token-previous"));
  expect([await statusWith(old), await statusWith(fresh)]).toEqual([401, 200]);
  await writeFile(file("token"), "");
  expect([await statusWith({ authorization: "Bearer " }), await statusWith(fresh)]).toEqual([401, 401]);
  await writeFile(file("token"), TOKEN);
});

test("an unknown path is a problem, but only for those who may ask", async () => {
  const answer = await admin.ask("GET", "nonsense");
  expect(answer).toMatchObject({
    status: 404,
    body: { code: "NotFound", detail: "there is no GET /admin/v1/nonsense" },
  });
  expect((await admin.app.inject({ url: "/admin/v1/nonsense" })).statusCode).toBe(401);
});

test.each([
  ["a body that is no JSON", "/admin/v1/site", "{", "application/json", 400, "MalformedRequest"],
  ["a body of another type", "/admin/v1/site", "title: x", "application/yaml", 400, "MalformedRequest"],
  ["plain text", "/admin/v1/site", "title", "text/plain", 400, "MalformedRequest"],
  ["no body", "/admin/v1/site", undefined, undefined, 422, "InvalidDocument"],
  ["a list", "/admin/v1/directory", "[]", "application/json", 422, "InvalidDocument"],
  [
    "an odd dryRun",
    "/admin/v1/site?dryRun=yes",
    JSON.stringify(aSite()),
    "application/json",
    400,
    "MalformedRequest",
  ],
  ["an odd course key", "/admin/v1/courses/A_b", "{}", "application/json", 400, "MalformedRequest"],
  [
    "a bottomless document",
    "/admin/v1/site",
    `${"[".repeat(200_000)}${"]".repeat(200_000)}`,
    "application/json",
    400,
    "MalformedRequest",
  ],
  [
    "a document too large",
    "/admin/v1/site",
    `"${"x".repeat(24 * 1024 * 1024)}"`,
    "application/json",
    413,
    "DocumentTooLarge",
  ],
])("%s is refused with its code", async (_what, url, payload, type, status, code) => {
  const answer = await admin.app.inject({
    method: "PUT",
    url,
    headers: { authorization: `Bearer ${TOKEN}`, ...(type !== undefined && { "content-type": type }) },
    ...(payload !== undefined && { payload }),
  });
  expect(answer.json()).toMatchObject({ code, status, remedy: expect.any(String) });
  expect(answer.statusCode).toBe(status);
});

test("DELETE needs to know the manager", async () => {
  expect(await admin.ask("DELETE", "courses/git")).toMatchObject({
    status: 400,
    body: { code: "MalformedRequest", detail: expect.stringContaining("manager") },
  });
});

test("every mistake of a document is named at once, with its pointer", async () => {
  const { title: _, ...untitled } = aSite();
  const answer = await admin.ask("PUT", "site", {
    ...untitled,
    colour: "red",
    access: { catalog: "Nobody" },
  });
  expect(answer).toMatchObject({ status: 422, body: { code: "InvalidDocument" } });
  expect(answer.body.errors).toEqual(
    expect.arrayContaining([
      { pointer: "", detail: 'missing field "title"' },
      { pointer: "", detail: 'unknown field "colour"' },
      { pointer: "/access/catalog", detail: "must be one of Public, SignedIn" },
    ]),
  );
});

test("text PostgreSQL cannot store is the document's fault, and the answer says which text", async () => {
  const answer = await admin.ask(
    "PUT",
    "directory",
    aDirectory([aUser("ada", { displayName: "A\u0000da" })]),
  );
  expect(answer).toMatchObject({
    status: 422,
    body: { code: "InvalidContent", pointer: "/users/0/displayName" },
  });
});

test("status counts what there is", async () => {
  await admin.put("directory", aDirectory([aUser("ada"), aUser("bob")]));
  const { body } = await admin.ask("GET", "status");
  expect(body).toEqual({
    version: "0.0.0-test",
    schemaVersion: SCHEMA_VERSION,
    knownSchemaVersion: SCHEMA_VERSION,
    counts: { users: 2, courses: 0, enrolments: 0, attempts: 0 },
  });
});

test("probes need no token", async () => {
  expect((await admin.app.inject({ url: "/healthz" })).statusCode).toBe(200);
  expect((await admin.app.inject({ url: "/readyz" })).statusCode).toBe(200);
});

test("metrics count applies and time requests by route template", async () => {
  await admin.put("site", aSite());
  const text = (await admin.app.inject({ url: "/metrics" })).body;
  expect(text).toContain('lms_admin_applies_total{kind="site",result="changed"} 1');
  expect(text).toMatch(/lms_http_request_duration_seconds_count\{.*route="\/admin\/v1\/status".*\}/);
  expect(text).toContain('route="none"');
  const names = [...text.matchAll(/^# TYPE (\S+) (\S+)/gm)];
  for (const [, name = "", type] of names) {
    expect(name.endsWith("_total")).toBe(type === "counter");
    expect(name).not.toMatch(/_(milliseconds|ms)(_|$)/);
  }
});

test("without a database the API and readiness say why, and liveness holds", async () => {
  const readiness = createReadiness(admin.db);
  const app = createAdminServer({
    authenticate: tokenCheck(admin.tokenDir),
    readiness,
    metrics: admin.metrics,
    log: pino({ level: "silent" }),
    version: "0",
    deps: () => undefined,
  });
  readiness.set("waiting for the database: connect ECONNREFUSED");
  const headers = { authorization: `Bearer ${TOKEN}` };
  for (const url of ["/readyz", "/admin/v1/status", "/admin/v1/digests"]) {
    const answer = await app.inject({ url, headers });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({
      code: "NotReady",
      detail: "waiting for the database: connect ECONNREFUSED",
    });
  }
  expect((await app.inject({ url: "/healthz" })).statusCode).toBe(200);
  await app.close();
});

test("a failure of ours tells nothing of its inside", async () => {
  await admin.db.execute("ALTER TABLE enrolment RENAME TO hidden");
  const answer = await admin.ask("GET", "status");
  await admin.db.execute("ALTER TABLE hidden RENAME TO enrolment");
  expect(answer).toMatchObject({ status: 500, body: { code: "Internal" } });
  expect(JSON.stringify(answer.body)).not.toContain("enrolment");
});
