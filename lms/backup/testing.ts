// For tests: a site with learners' work, what is in a database, a destination in memory. Not for production.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { grant, makeAccount, makeCourse, reviseQuiz } from "../catalog/testing.ts";
import { joinCourse, markItem } from "../catalog/enrol.ts";
import type { Database, Queryable } from "../db/index.ts";
import { fieldOf } from "../quizzes/answers.ts";
import { saveAnswers, startAttempt, submitAttempt } from "../quizzes/attempts.ts";
import { aQuiz, multiple, short, single } from "../quizzes/testing.ts";
import type { BackupOptions } from "./archive-write.ts";
import { type Destination, DestinationError, type StoredObject } from "./destination.types.ts";
import { quoted, readTables } from "./tables.ts";

const QUIZ = aQuiz([
  single("a", "right", ["wrong"]),
  multiple("b", ["x", "y"], ["z"]),
  short("c", ["Zürich", "東京"]),
]);

/** A school: two courses with files and quizzes, people and their rights, and work of `learners` in every state. */
export async function makeSchool(db: Database, learners = 5): Promise<void> {
  await db.execute(
    `INSERT INTO site (document, footer_html) VALUES ('{"title": "Fjord “Academy” \\\\ 🎓"}', '<p>Ø</p>')`,
  );
  await db.execute(
    "INSERT INTO document (kind, key, manager, applied, expected) VALUES ('site', '', 'm', 'a', 'b')",
  );
  const course = await makeCourse(db, "rowing", {
    category: "sports",
    mode: "Open",
    opensAt: new Date("2026-01-01T00:00:00.123Z"),
    description: "All about **rowing**\tand 'quotes' and \\ backslashes",
    files: {
      "boat.bin": { mediaType: "application/octet-stream", bytes: randomBytes("boat", 200_000) },
      "empty.txt": { mediaType: "text/plain", bytes: Buffer.alloc(0) },
    },
    cover: "boat.bin",
    modules: [
      {
        key: "start",
        items: [
          { key: "read", lesson: "Row, row, row your boat. ".repeat(100) },
          { key: "test", quiz: QUIZ },
          { key: "map", file: { path: "boat.bin" } },
        ],
      },
    ],
  });
  await makeCourse(db, "knots", { modules: [{ key: "m", items: [{ key: "quiz", quiz: QUIZ }] }] });
  const teacher = await makeAccount(db, "teacher");
  await grant(db, teacher, "instructor", { course: "rowing" });
  await grant(db, teacher, "auditor", { expiresAt: new Date("2027-01-01T00:00:00Z") });
  await db.execute("INSERT INTO user_group (name, title) VALUES ('crew', 'The crew')");
  for (let at = 0; at < learners; at++) {
    const id = await makeAccount(db, `learner-${at}`, `Learner № ${at}`);
    await db.execute("INSERT INTO group_member (group_id, account_id) SELECT id, $1 FROM user_group", [id]);
    await work(db, course.id, course.items, id, at);
    await db.execute(
      "INSERT INTO session (token_hash, account_id, csrf_token, expires_at) VALUES ($1, $2, 'c', now() + interval '1 day')",
      [randomBytes(`token ${id}`, 32), id],
    );
  }
  await db.execute("INSERT INTO sign_in_failure (subject, failures) VALUES ('name:learner-1', 7)");
  // Some attempts are of the quiz as it was.
  await reviseQuiz(db, course.items["test"] ?? 0, { ...QUIZ, passPercent: 90 });
}

/** One learner: enrolled, a lesson read, a quiz in one of three states. */
async function work(
  db: Database,
  courseId: number,
  items: Readonly<Record<string, number>>,
  accountId: number,
  at: number,
): Promise<void> {
  await joinCourse(db, courseId, accountId);
  await markItem(db, { itemId: items["read"] ?? 0, accountId, done: true });
  const started = await startAttempt(db, { itemId: items["test"] ?? 0, accountId });
  if (started.kind !== "Open" || at % 3 === 0) return;
  const form = { [fieldOf("a")]: at % 2 === 0 ? "right" : "wrong", [fieldOf("c")]: "東京" };
  await (at % 3 === 1 ? saveAnswers : submitAttempt)(db, { attemptId: started.attemptId, accountId, form });
}

/** Bytes that do not compress, the same for the same seed. */
export function randomBytes(seed: string, length: number): Buffer {
  return createHash("shake256", { outputLength: length }).update(seed).digest();
}

/** Every row of every table that a backup holds, as text. */
export async function contentOf(db: Queryable): Promise<Record<string, string[]>> {
  const content: Record<string, string[]> = {};
  for (const { name } of await readTables(db))
    content[name] = (
      await db.query<{ row: string }>(`SELECT t::text AS row FROM ${quoted(name)} t ORDER BY 1`)
    ).map(({ row }) => row);
  return content;
}

/** Columns, constraints, indexes, triggers of foreign keys and functions: what migrations make, and nothing else. */
export async function schemaOf(db: Queryable): Promise<unknown[]> {
  return db.query(
    `SELECT 'column' AS what, concat_ws(' ', attrelid::regclass, attnum, attname, format_type(atttypid, atttypmod), attnotnull,
       attgenerated, attidentity, pg_get_expr(adbin, adrelid)) AS is
     FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum
     WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
     UNION ALL
     SELECT 'constraint', concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated)
     FROM pg_constraint WHERE connamespace = 'public'::regnamespace
     UNION ALL
     SELECT 'trigger', concat_ws(' ', tgrelid::regclass, tgfoid::regproc, tgenabled, tgdeferrable, tginitdeferred, count(*))
     FROM pg_trigger GROUP BY tgrelid, tgfoid, tgenabled, tgdeferrable, tginitdeferred
     UNION ALL
     SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public'
     UNION ALL
     SELECT 'function', pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
     ORDER BY 1, 2`,
  );
}

export interface MemoryDestination extends Destination {
  readonly objects: Map<string, Buffer>;
}

export function createMemoryDestination(objects = new Map<string, Buffer>()): MemoryDestination {
  return {
    objects,
    text: "memory",
    async write(key, content, signal) {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of content as AsyncIterable<Buffer>) {
          signal?.throwIfAborted();
          chunks.push(chunk);
        }
        signal?.throwIfAborted();
      } finally {
        content.destroy();
      }
      const bytes = Buffer.concat(chunks);
      objects.set(key, bytes);
      return bytes.length;
    },
    read(key) {
      const bytes = objects.get(key);
      if (!bytes) return Promise.reject(new DestinationError("NotFound", `${key} is not there`));
      const pieces = function* (): Generator<Buffer> {
        for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
      };
      return Promise.resolve(Readable.from(pieces(), { objectMode: false }));
    },
    async *list(prefix): AsyncGenerator<StoredObject> {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
      for (const key of keys) yield await Promise.resolve({ key, bytes: objects.get(key)?.length ?? 0 });
    },
    remove: (key) => Promise.resolve(void objects.delete(key)),
    close: () => Promise.resolve(),
  };
}

/** What an order of a backup says when nothing else is said. */
export const ORDER = {
  site: "academy/main",
  id: "nightly-1",
  origin: "schedule",
  runtimeVersion: "0.1.0",
} as const satisfies Partial<BackupOptions>;
