// An anonymous copy takes the documents of the site it comes from: whom they name is found, and their work with them.
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ADMIN_BASE_PATH,
  type Digests,
  digestOf,
  RUNTIME_ENVIRONMENT,
  withoutPasswords,
} from "../../api/index.ts";
import { aCourse, aDirectory, aSite, aUser, lesson, quizItem } from "../admin/testing.ts";
import { writeBackup } from "../backup/archive-write.ts";
import { restoreBackup } from "../backup/restore.ts";
import { createMemoryDestination, ORDER } from "../backup/testing.ts";
import { joinCourse } from "../catalog/enrol.ts";
import { makeAccount } from "../catalog/testing.ts";
import type { Database } from "../db/index.ts";
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from "../db/testing.ts";
import { type Lms, startLms } from "../main.ts";
import { fieldOf } from "../quizzes/answers.ts";
import { startAttempt, submitAttempt } from "../quizzes/attempts.ts";
import { anonymize } from "./anonymize.ts";
import { guestOf } from "../site/guest.ts";

const DIRECTORY = aDirectory([aUser("ada"), aUser("bob")], {
  groups: [{ name: "staff", title: "Staff", members: ["ada"] }],
});
const DOCUMENTS: readonly (readonly [string, object])[] = [
  ["site", aSite()],
  ["directory", DIRECTORY],
  ["courses/git", aCourse([lesson("a"), quizItem("q")])],
  [
    "bindings/staff",
    {
      manager: "m",
      role: "instructor",
      subjects: [{ group: "staff" }, { email: "bob@example.org" }],
      scope: { course: "git" },
    },
  ],
];

const token = randomBytes(16).toString("hex");
let tokens: string;
let source: TestDatabase;
let copy: TestDatabase;
let lms: Lms;
let results: object[];

const start = (database: TestDatabase): Promise<Lms> =>
  startLms(
    {
      ...database.env,
      [RUNTIME_ENVIRONMENT.host]: "127.0.0.1",
      [RUNTIME_ENVIRONMENT.httpPort]: "0",
      [RUNTIME_ENVIRONMENT.adminPort]: "0",
      [RUNTIME_ENVIRONMENT.adminTokenDir]: tokens,
    },
    { log: pino({ level: "silent" }) },
  );

async function ask<T>({ adminPort }: Lms, method: "GET" | "PUT", url: string, body?: object): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${adminPort}${ADMIN_BASE_PATH}/${url}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(text, `${url} answers ${response.status}`).not.toContain('"remedy"');
  return JSON.parse(text) as T;
}

async function applyAll(to: Lms): Promise<void> {
  for (const [url, document] of DOCUMENTS) await ask(to, "PUT", url, document);
}

const resultsOf = (db: Database): Promise<object[]> =>
  db.query<object>(
    "SELECT t.id, t.points, t.percent, t.submitted_at, t.account_id FROM attempt t ORDER BY t.id",
  );

beforeAll(async () => {
  tokens = await mkdtemp(path.join(tmpdir(), "tokens-"));
  await writeFile(path.join(tokens, "token"), token);
  source = await createTestDatabase();
  const original = await start(source);
  const { db } = source;
  await applyAll(original);
  await makeAccount(db, "guest", "Grace Guest");
  const quiz = await db.first<{ id: number; course_id: number }>(
    "SELECT id, course_id FROM item WHERE kind = 'quiz'",
  );
  const people = await db.query<{ id: number }>("SELECT id FROM account WHERE name IN ('bob', 'guest')");
  for (const { id: accountId } of people) {
    await joinCourse(db, quiz?.course_id ?? 0, accountId);
    const started = await startAttempt(db, { itemId: quiz?.id ?? 0, accountId });
    if (started.kind !== "Open") throw new Error("no attempt");
    const form = { [fieldOf("truth")]: "true" };
    await submitAttempt(db, { attemptId: started.attemptId, accountId, form });
  }
  results = await resultsOf(db);
  await original.stop();
  const destination = createMemoryDestination();
  const manifest = await writeBackup({ ...ORDER, database: source.config, destination });
  copy = await createEmptyDatabase();
  await restoreBackup({ destination, manifest, database: copy.config, within: anonymize });
  lms = await start(copy);
});
afterAll(async () => {
  await lms?.stop();
  await copy?.close();
  await source?.close();
  await rm(tokens, { recursive: true, force: true });
});

const signIn = async (nameOrEmail: string): Promise<number> =>
  (await guestOf(lms.httpPort).post("/sign-in", { nameOrEmail, password: `${nameOrEmail}-password-1` }))
    .status;

test("nobody can sign in, and whoever declares people is told that his document is not the one applied", async () => {
  expect([await signIn("ada"), await signIn("bob")]).toEqual([422, 422]);
  const { directory, bindings, courses, site } = await ask<Digests>(lms, "GET", "digests");
  expect(directory?.applied).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(directory?.applied).not.toBe(digestOf(withoutPasswords(DIRECTORY)));
  expect(bindings["staff"]?.applied).not.toBe(digestOf(DOCUMENTS[3]?.[1] ?? {}));
  for (const state of [courses["git"], site]) expect(state?.actual).toBe(state?.expected);
});

test("all documents can be applied again; declared people are themselves, with their work and their password", async () => {
  await applyAll(lms);
  const { directory, bindings, courses, site } = await ask<Digests>(lms, "GET", "digests");
  expect(directory?.applied).toBe(digestOf(withoutPasswords(DIRECTORY)));
  for (const state of [directory, bindings["staff"], courses["git"], site])
    expect(state?.actual).toBe(state?.expected);
  expect(await resultsOf(copy.db)).toEqual(results);
  const people = await copy.db.query<{ name: string; email: string; display_name: string }>(
    "SELECT name, email, display_name FROM account ORDER BY id",
  );
  expect(people).toEqual([
    { name: "ada", email: "ada@example.org", display_name: "Ada" },
    { name: "bob", email: "bob@example.org", display_name: "Bob" },
    {
      name: expect.stringMatching(/^person-/) as string,
      email: expect.stringMatching(/@anonymous\.invalid$/) as string,
      display_name: expect.stringMatching(/^Person /) as string,
    },
  ]);
  expect([await signIn("ada"), await signIn("bob")]).toEqual([303, 303]);
});
