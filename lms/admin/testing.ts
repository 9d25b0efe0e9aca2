// The admin API on a database of its own, and documents with good defaults, for tests.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import {
  ADMIN_BASE_PATH,
  type ApplyResult,
  type CourseDocument,
  type DirectoryDocument,
  type Problem,
  type Quiz,
  type SiteDocument,
} from "../../api/index.ts";
import type { Database } from "../db/index.ts";
import { createTestDatabase } from "../db/testing.ts";
import { createMetrics, type Metrics } from "../health/metrics.ts";
import { createReadiness } from "../health/readiness.ts";
import { createMaintenance, type Maintenance } from "../site/maintenance.ts";
import { createSiteCache, type SiteCache } from "../site/cache.ts";
import { createAdminServer } from "./server.ts";
import { tokenCheck } from "./tokens.ts";

export const TOKEN = "a-token-for-tests";

type Method = "GET" | "PUT" | "DELETE";

/** What a request came back with; `body` is a result or a problem by its status. */
export interface Answer {
  readonly status: number;
  readonly body: ApplyResult & Problem;
}

export interface AdminUnderTest {
  readonly app: FastifyInstance;
  readonly db: Database;
  readonly site: SiteCache;
  readonly maintenance: Maintenance;
  readonly metrics: Metrics;
  readonly tokenDir: string;
  /** Sends a request with the right token; the path is relative to /admin/v1. */
  ask(method: Method, path: string, body?: unknown): Promise<Answer>;
  /** PUTs a document and expects it to be taken. */
  put(path: string, body: unknown): Promise<ApplyResult>;
  /** Everything that says whether a row was written: xmin of every row of every table a document may touch. */
  fingerprint(): Promise<string>;
  close(): Promise<void>;
}

const TABLES =
  `document site category account user_group group_member role binding binding_subject session course blob
  course_file module item quiz_revision enrolment item_progress attempt`.split(/\s+/);

export async function startAdmin(): Promise<AdminUnderTest> {
  const test = await createTestDatabase();
  const { db } = test;
  const tokenDir = await mkdtemp(path.join(tmpdir(), "tokens-"));
  await writeFile(path.join(tokenDir, "token"), `${TOKEN}\n`);
  const metrics = createMetrics(db);
  const readiness = createReadiness(db);
  readiness.set(undefined);
  const site = await createSiteCache(db, () => {});
  const maintenance = await createMaintenance(db, () => {});
  const app = createAdminServer({
    authenticate: tokenCheck(tokenDir),
    readiness,
    metrics,
    log: pino({ level: "silent" }),
    version: "0.0.0-test",
    deps: () => ({ db, site, maintenance, probe: () => Promise.reject(new Error("no site to visit")) }),
  });
  const ask: AdminUnderTest["ask"] = async (method, url, body) => {
    const response = await app.inject({
      method,
      url: `${ADMIN_BASE_PATH}/${url}`,
      headers: { authorization: `Bearer ${TOKEN}` },
      ...(body !== undefined && { payload: body as object }),
    });
    return { status: response.statusCode, body: response.json() };
  };
  return {
    app,
    db,
    site,
    maintenance,
    metrics,
    tokenDir,
    ask,
    async put(url, body) {
      const answer = await ask("PUT", url, body);
      if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    async fingerprint() {
      const seen = [];
      for (const table of TABLES) {
        // One constant text per table: there are few.
        const rows = await db.query<{ row: string }>(
          `SELECT xmin || ' ' || ctid || ' ' || t AS row FROM ${table} t`,
        );
        seen.push(table, ...rows.map(({ row }) => row).sort());
      }
      return seen.join("\n");
    },
    async close() {
      await app.close();
      await test.close();
      await rm(tokenDir, { recursive: true });
    },
  };
}

export function aSite(over: Partial<SiteDocument> = {}) {
  return {
    title: "Harbour School",
    access: { catalog: "Public", sessionIdleMinutes: 120, sessionMaxHours: 12 },
    housekeeping: { schedule: "0 3 * * *" },
    categories: [
      { key: "craft", title: "Craft" },
      { key: "science", title: "Science", summary: "How things are." },
    ],
    ...over,
  };
}

type User = DirectoryDocument["users"][number];

export function aUser(name: string, over: Partial<User> = {}): User {
  return {
    name,
    email: `${name}@example.org`,
    displayName: name.charAt(0).toUpperCase() + name.slice(1),
    suspended: false,
    passwordFingerprint: `fingerprint-of-${name}-1`,
    password: `${name}-password-1`,
    ...over,
  };
}

export function aDirectory(users: readonly User[], over: Partial<DirectoryDocument> = {}): DirectoryDocument {
  return { roles: [], groups: [], users, ...over };
}

export const MANAGER = "provost.dev/Course/school/git";

export const QUIZ: Pick<Quiz, "questions"> = {
  questions: [{ key: "truth", prompt: "Is it *so*?", points: 1, trueFalse: { answer: true } }],
};

type Item = CourseDocument["modules"][number]["items"][number];

export const lesson = (key: string, markdown = `Text of ${key}.`): Item => ({
  key,
  title: `Lesson ${key}`,
  optional: false,
  lesson: { markdown },
});

export const quizItem = (key: string, quiz: object = QUIZ): Item => ({
  key,
  title: `Quiz ${key}`,
  optional: false,
  quiz: quiz as Quiz,
});

export function aCourse(items: readonly Item[], over: object = {}) {
  return {
    manager: MANAGER,
    title: "Version control",
    visibility: "Listed",
    enrolment: { mode: "Open" },
    grading: {},
    completion: {},
    files: [],
    modules: [{ key: "basics", title: "Basics", items }],
    ...over,
  };
}
