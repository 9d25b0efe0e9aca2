// The runtime as the sandbox runs it, filled with a site of realistic size: over the admin API what is declared, in
// bulk SQL what 200 learners have done since.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { ADMIN_BASE_PATH, RUNTIME_ENVIRONMENT } from "../../../api/index.ts";
import { lmsImage } from "../../../cli/sandbox/image.ts";
import { createDatabase } from "../../../lms/db/index.ts";
import { grade } from "../../../lms/quizzes/grade.ts";
import { bindings, course, courseKey, COURSES, directory, quiz, site } from "./documents.ts";
import type { BenchPostgres } from "./postgres.ts";

export interface BenchSite {
  readonly pid: number;
  readonly url: string;
  /** From the start of the process to "the site is open" with an empty database, milliseconds. */
  readonly openedMs: number;
  /** PUT of a document. */
  declare(where: string, document: object): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the runtime on a database; `flags` are added to those of the image. */
export async function startSite(
  folder: string,
  postgres: Pick<BenchPostgres, "env">,
  flags: readonly string[] = [],
): Promise<BenchSite> {
  const tokens = path.join(folder, "tokens");
  await mkdir(tokens, { recursive: true });
  const token = "bench-token";
  await writeFile(path.join(tokens, "token"), token);
  const image = lmsImage();
  const [node = process.execPath, ...command] = image.command;
  const startedAt = performance.now();
  const child = spawn(node, [...flags, ...command, "lms"], {
    env: {
      ...image.env,
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      NODE_OPTIONS: process.env["BENCH_LMS_NODE_OPTIONS"],
      ...postgres.env,
      [RUNTIME_ENVIRONMENT.host]: "127.0.0.1",
      [RUNTIME_ENVIRONMENT.httpPort]: "0",
      [RUNTIME_ENVIRONMENT.adminPort]: "0",
      [RUNTIME_ENVIRONMENT.adminTokenDir]: tokens,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const opened = await lineOf(child, "the site is open");
  const openedMs = performance.now() - startedAt;
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${String(opened["httpPort"])}`,
    openedMs,
    async declare(where, document) {
      const answer = await fetch(
        `http://127.0.0.1:${String(opened["adminPort"])}${ADMIN_BASE_PATH}/${where}`,
        {
          method: "PUT",
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          body: JSON.stringify(document),
        },
      );
      if (!answer.ok)
        throw new Error(`PUT ${where}: HTTP ${answer.status} ${(await answer.text()).slice(0, 500)}`);
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/** The first log line with a message; the rest of the log is read and thrown away. */
function lineOf(child: ChildProcess, message: string): Promise<Readonly<Record<string, unknown>>> {
  if (!child.stdout) throw new Error("the runtime has no log");
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    lines.on("line", (text) => {
      const line = JSON.parse(text) as Record<string, unknown>;
      if (line["msg"] === message) resolve(line);
      if (line["level"] === "error" || line["level"] === "fatal") console.error(text);
    });
    child.once("exit", (code) => reject(new Error(`the runtime ended with ${code} before "${message}"`)));
  });
}

/** Declares everything over the admin API. */
export async function declareAll({ declare }: BenchSite): Promise<void> {
  await declare("site", site);
  await declare("directory", directory);
  for (let i = 0; i < COURSES; i++) await declare(`courses/${courseKey(i)}`, course(i));
  for (const [name, binding] of Object.entries(bindings)) await declare(`bindings/${name}`, binding);
}

/** What learners have done: every second item of their courses, two attempts at every first quiz. */
export async function letLearnersWork(postgres: Pick<BenchPostgres, "config">): Promise<void> {
  const db = createDatabase({ ...postgres.config, maxConnections: 1 });
  const answers = Object.fromEntries(
    quiz.questions.filter((question) => question.singleChoice).map(({ key }) => [key, "a"]),
  );
  const { points, maxPoints, percent, byQuestion } = grade(quiz, answers);
  const results = Object.fromEntries(Object.entries(byQuestion).map(([key, one]) => [key, one.points]));
  await db.execute(
    `INSERT INTO item_progress (item_id, account_id)
     SELECT DISTINCT i.id, g.account_id FROM course_grant g JOIN item i ON i.course_id = g.course_id
     WHERE i.kind = 'lesson' AND i.position % 2 = 0`,
  );
  await db.execute(
    `INSERT INTO attempt (item_id, account_id, revision_id, number, seed, answers, submitted_at, points, max_points,
       percent, passed, results)
     SELECT i.id, g.account_id, i.quiz_id, n, 1, $1, now(), $2, $3, $4, $5, $6
     FROM (SELECT DISTINCT account_id, course_id FROM course_grant) g
       JOIN item i ON i.course_id = g.course_id AND i.key = 'quiz-0', generate_series(1, 2) n`,
    [
      JSON.stringify(answers),
      points,
      maxPoints,
      percent,
      percent >= quiz.passPercent,
      JSON.stringify(results),
    ],
  );
  // As autovacuum would have by the time a site has this much in it.
  await db.execute("ANALYZE");
  await db.close();
}
