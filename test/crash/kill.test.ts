// SIGKILL at any moment: LMS, PostgreSQL, operator, the whole sandbox. What a learner was told is accepted stays.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rightAnswers } from "../scenario/learner.ts";
import { aCourse, aSchool, QUIZ } from "../scenario/school.ts";
import { formOf, textOf, type Visitor } from "../scenario/visitor.ts";
import { Course } from "../../controller/kinds.ts";
import { type EmptySandbox, emptySandbox } from "../support/empty-sandbox.ts";
import { kill } from "./blows.ts";

/** Kills of each victim; more with PROVOST_CRASH_ROUNDS. */
const ROUNDS = Number(process.env["PROVOST_CRASH_ROUNDS"] ?? 4);

let sandbox: EmptySandbox;

beforeAll(async () => {
  sandbox = await emptySandbox();
  await sandbox.cluster.apply(...aSchool("hill"));
  await sandbox.cluster.condition("RoleBinding", "learn", "Ready");
}, 200_000);

afterAll(async () => sandbox?.stop(), 60_000);

const VICTIMS = ["lms", "postgres", "operator", "sandbox"] as const;
type Victim = (typeof VICTIMS)[number];

async function strike(victim: Victim): Promise<boolean> {
  if (victim !== "sandbox") return kill(sandbox.data, victim) > 0;
  await sandbox.process().kill();
  await sandbox.restart();
  return true;
}

interface Work {
  /** Attempts whose hand-in was answered with a redirect to their result. */
  readonly accepted: Set<string>;
  stop: boolean;
}

/** Takes the quiz again and again, through every error, until told to stop. */
async function learn(lea: Visitor, work: Work): Promise<void> {
  const item = "/courses/basics/items/check";
  while (!work.stop) {
    try {
      const start = await lea.get(item);
      const attempt = start.html.includes("/attempt/start")
        ? await lea.submit(start, "/attempt/start")
        : await lea.get(`${item}/attempt`);
      const form = formOf(attempt, "/attempt/submit");
      const answer = await lea.send(form.action, { ...form.fields, ...rightAnswers(QUIZ) });
      if (answer.status === 303 && answer.location?.startsWith("/attempts/"))
        work.accepted.add(answer.location);
    } catch {
      // The site is down: that is what this is about. Try again.
      await sleep(50);
    }
  }
}

test(`${ROUNDS * VICTIMS.length} kills while a learner works: everything converges, nothing accepted is lost`, async () => {
  const lea = await sandbox.signIn("hill", "lea");
  const work: Work = { accepted: new Set(), stop: false };
  const learning = learn(lea, work);
  const killed: string[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    // A change under way when the blow falls: it must come true afterwards.
    const title = `Basics, edition ${round}`;
    for (const victim of VICTIMS) {
      const before = work.accepted.size;
      const edited = aCourse("basics", "hill");
      await sandbox.cluster.apply({ ...edited, spec: { ...edited.spec, title: `${title}, ${victim}` } });
      await sleep(Math.random() * 400);
      expect(await strike(victim)).toBe(true);
      killed.push(victim);
      await sandbox.cluster.until(
        `the learner gets on after ${victim} was killed (${killed.length} kills so far)`,
        () => Promise.resolve(work.accepted.size > before + 1 ? true : undefined),
      );
      await sandbox.cluster.until(
        `the title of round ${round} is there after ${victim} was killed`,
        async () => {
          const page = await lea.get("/courses/basics").catch(() => undefined);
          return page && textOf(page.html).includes(`${title}, ${victim}`) ? true : undefined;
        },
      );
    }
  }
  work.stop = true;
  await learning;

  for (const [kind, name] of [
    ["LmsTenant", "hill"],
    ["Course", "basics"],
    ["RoleBinding", "learn"],
    ["RoleBinding", "teach"],
  ] as const)
    await sandbox.cluster.condition(kind, name, "Ready");
  expect((await sandbox.cluster.client.list(Course)).items).toHaveLength(1);
  for (const path of work.accepted) {
    const page = await lea.get(path);
    expect({ path, status: page.status, full: textOf(page.html).includes("100%") }).toEqual({
      path,
      status: 200,
      full: true,
    });
  }
  console.log(
    `${killed.length} kills (${VICTIMS.join(", ")}), ${work.accepted.size} accepted attempts, none lost`,
  );
  await lea.close();
}, 900_000);
