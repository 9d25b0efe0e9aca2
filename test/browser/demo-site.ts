// Starts the real runtime on a database of its own and declares the demonstration school over the admin API.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { RUNTIME_ENVIRONMENT } from "../../api/index.ts";
import { createTestDatabase } from "../../lms/db/testing.ts";
import { type Lms, startLms } from "../../lms/main.ts";
import { forAccount } from "../../lms/catalog/visitor.ts";
import { ITEM_ACCESS } from "../../lms/catalog/item.ts";
import { markItem } from "../../lms/catalog/enrol.ts";
import { fieldOf } from "../../lms/quizzes/answers.ts";
import { startAttempt, submitAttempt } from "../../lms/quizzes/attempts.ts";
import { AWKWARD, awkward } from "./demo-awkward.ts";
import { bindings, courses, directory, learnerNames, site } from "./demo-documents.ts";

export interface DemoSite {
  readonly url: string;
  readonly lms: Lms;
  /** PUT /admin/v1/… */
  declare(path: string, document: object): Promise<void>;
  stop(): Promise<void>;
}

interface DemoOptions {
  /** A runtime that was declared nothing yet. */
  readonly empty?: boolean;
  /** Another database than one of the server all tests share; left to whoever made it. */
  readonly databaseEnv?: Readonly<Record<string, string>>;
}

/** The school on a runtime of its own. */
export async function startDemoSite({ empty = false, databaseEnv }: DemoOptions = {}): Promise<DemoSite> {
  const database = databaseEnv ? undefined : await createTestDatabase();
  const tokens = await mkdtemp(path.join(tmpdir(), "provost-token-"));
  await writeFile(path.join(tokens, "token"), "demo-token");
  const lms = await startLms({
    ...(databaseEnv ?? database?.env),
    [RUNTIME_ENVIRONMENT.host]: "127.0.0.1",
    [RUNTIME_ENVIRONMENT.httpPort]: "0",
    [RUNTIME_ENVIRONMENT.adminPort]: "0",
    [RUNTIME_ENVIRONMENT.adminTokenDir]: tokens,
    [RUNTIME_ENVIRONMENT.logLevel]: "warn",
  });

  async function declare(where: string, document: object): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${lms.adminPort}/admin/v1/${where}`, {
      method: "PUT",
      headers: { authorization: "Bearer demo-token", "content-type": "application/json" },
      body: JSON.stringify(document),
    });
    if (!answer.ok) throw new Error(`PUT ${where}: ${await answer.text()}`);
  }

  if (!empty) {
    await declare("site", site);
    await declare("directory", directory);
    for (const [key, course] of Object.entries({ ...courses, [AWKWARD]: awkward }))
      await declare(`courses/${key}`, course);
    for (const [name, binding] of Object.entries(bindings)) await declare(`bindings/${name}`, binding);
  }
  return {
    url: `http://127.0.0.1:${lms.httpPort}`,
    lms,
    declare,
    async stop() {
      await lms.stop();
      await database?.close();
      await rm(tokens, { recursive: true });
    },
  };
}

const RIGHT = { closer: "a", legend: ["interval", "signs"], scale: "1,5", north: "false", saddle: "Saddle" };
const HALF = {
  closer: "b",
  legend: ["interval", "weather"],
  scale: "1.5 km",
  north: "false",
  saddle: "valley",
};

/** Lets the class work: some far, some just begun. */
export async function letLearnersWork({ lms }: DemoSite): Promise<void> {
  const { db } = lms.context;
  const idOf = async (name: string): Promise<number> =>
    (await db.first<{ id: number }>("SELECT id FROM account WHERE name = $1", [name]))?.id ?? 0;
  const item = async (accountId: number, key: string): Promise<number> =>
    (await forAccount(db, accountId, ITEM_ACCESS, ["reading-a-map", key]))?.item_id ?? 0;
  const take = async (
    accountId: number,
    quiz: string,
    answers: Record<string, string | string[]>,
  ): Promise<void> => {
    const started = await startAttempt(db, { itemId: await item(accountId, quiz), accountId });
    if (started.kind !== "Open") return;
    const form = Object.fromEntries(Object.entries(answers).map(([key, answer]) => [fieldOf(key), answer]));
    await submitAttempt(db, { attemptId: started.attemptId, accountId, form });
  };
  const read = async (accountId: number, ...keys: string[]): Promise<void> => {
    for (const key of keys) await markItem(db, { itemId: await item(accountId, key), accountId, done: true });
  };
  const ada = await idOf("ada");
  await read(ada, "why-paper", "contour-lines");
  await take(ada, "map-quiz", HALF);
  await take(ada, "map-quiz", RIGHT);
  await take(ada, "timed-quiz", { closer: "a" });
  for (const [index, name] of learnerNames.entries()) {
    const learner = await idOf(name);
    if (index < 5) await read(learner, "why-paper", "contour-lines");
    if (index < 4) await take(learner, "map-quiz", index % 2 === 0 ? RIGHT : HALF);
    if (index < 2) {
      await read(learner, "scale", "naismith", "route-card");
      await take(learner, "final", RIGHT);
    }
    if (index === 4) await startAttempt(db, { itemId: await item(learner, "map-quiz"), accountId: learner });
  }
}
