// A site goes to sleep and wakes, with real processes: nothing runs meanwhile, nothing is lost.
import { afterAll, beforeAll, expect, test } from "vitest";
import { PersistentVolumeClaim } from "../../controller/engine/index.ts";
import { Backup, LmsTenant } from "../../controller/kinds.ts";
import { aSchool, aTenant } from "../scenario/school.ts";
import { takeQuiz } from "../scenario/learner.ts";
import { textOf } from "../scenario/visitor.ts";
import { type EmptySandbox, emptySandbox } from "../support/empty-sandbox.ts";
import { containerPids } from "../support/processes.ts";

let sandbox: EmptySandbox;
beforeAll(async () => {
  sandbox = await emptySandbox();
  await sandbox.cluster.apply(...aSchool("hill"));
  await sandbox.cluster.condition("RoleBinding", "learn", "Ready");
}, 200_000);
afterAll(async () => sandbox?.stop(), 60_000);

/** PostgreSQL servers of this sandbox. */
const databases = (): number => containerPids(sandbox.data, "postgres").length;

test("what a learner did before it slept is there when it wakes; meanwhile nothing runs", async () => {
  const { cluster } = sandbox;
  const learner = await sandbox.signIn("hill", "lea");
  await takeQuiz(learner, "basics", "check", {});
  expect(databases()).toBe(1);
  await cluster.apply(aTenant("hill", { lifecycle: "Sleeping" }));
  await cluster.condition("LmsTenant", "hill", "Available", "False", { reason: "Sleeping" });
  await cluster.condition("LmsTenant", "hill", "Ready");
  expect(databases()).toBe(0);
  await cluster.apply(aTenant("hill"));
  await cluster.condition("LmsTenant", "hill", "Available");
  await cluster.condition("LmsTenant", "hill", "Ready");
  const grades = await learner.get("/grades");
  expect(textOf(grades.html)).toContain("Check yourself");
  await learner.close();
});

test("a read-only site is read, and a learner who sends something is told", async () => {
  const { cluster } = sandbox;
  await cluster.apply(aTenant("hill", { lifecycle: "ReadOnly" }));
  const learner = await sandbox.signIn("hill", "lea");
  await cluster.until("pages say so", async () =>
    textOf((await learner.get("/courses/basics")).html).includes("read-only for now") ? true : undefined,
  );
  const { status, html } = await learner.submit(await learner.get("/courses/basics/items/welcome"), "/done");
  expect(status).toBe(403);
  expect(textOf(html)).toContain("The site is read-only");
  await learner.close();
});

test("a site with deletionPolicy Backup goes when its last backup is proven, and begins again from it", async () => {
  const { cluster } = sandbox;
  const backup = { destination: { volume: { size: "1Gi" } } } as const;
  await cluster.apply(aTenant("hill", { backup, deletionPolicy: "Backup" }));
  await cluster.condition("LmsTenant", "hill", "Ready");
  const { metadata } = await cluster.client.get(LmsTenant, { namespace: "default", name: "hill" });
  await cluster.client.delete(LmsTenant, { namespace: "default", name: "hill" });
  const claim = { namespace: "default", name: "hill-db-data" };
  await cluster.until("its data are gone", async () =>
    (await cluster.client.find(PersistentVolumeClaim, claim)) === undefined ? true : undefined,
  );
  const final = { namespace: "default", name: `hill-final-${metadata.uid.slice(0, 6)}` };
  const { status } = await cluster.client.get(Backup, final);
  const restoreFrom = { path: status?.path ?? "", destination: { claimName: "hill-backups" } };
  await cluster.apply(aTenant("hill", { backup, bootstrap: { restoreFrom } }));
  await cluster.condition("LmsTenant", "hill", "Ready");
  const learner = await sandbox.signIn("hill", "lea");
  expect(textOf((await learner.get("/grades")).html)).toContain("Check yourself");
  await learner.close();
}, 300_000);
