// From a manifest to a site: what is said on the way, and that nothing is written twice.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aBinding, aCourse, aTenant } from "../scenario/school.ts";
import { Harness } from "./harness.ts";

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start();
  await harness.startOperator();
}, 120_000);

afterAll(async () => harness?.stop(), 60_000);

test("each kind says in plain words what it waits for, and comes true when it is there", async () => {
  const { cluster } = harness;
  await cluster.apply(
    aBinding("learn", "hill", { role: "learner", users: ["lea"], course: "basics" }),
    aCourse("basics", "hill"),
  );
  await cluster.condition("Course", "basics", "Ready", "False", { reason: "TenantNotFound" });
  await cluster.condition("RoleBinding", "learn", "Ready", "False", { reason: "TenantNotFound" });

  await cluster.apply(aTenant("hill"));
  await cluster.condition("LmsTenant", "hill", "DatabaseReady", "False", { reason: "WaitingForDatabase" });
  await cluster.condition("Course", "basics", "Ready", "False", { reason: "TenantNotReady" });

  await harness.databaseUp("hill");
  await cluster.condition("LmsTenant", "hill", "DatabaseReady");
  await cluster.condition("LmsTenant", "hill", "Available", "False", { reason: "WaitingForLms" });

  await harness.lmsUp("hill");
  for (const type of ["Available", "Configured", "DirectorySynced", "Ready"])
    await cluster.condition("LmsTenant", "hill", type);
  await cluster.condition("Course", "basics", "Ready");
  await cluster.condition("RoleBinding", "learn", "Ready");
});

test("objects that are looked at again and are as declared cause no write anywhere", async () => {
  await harness.stopOperator();
  harness.lmsRequests.length = 0;
  await harness.startOperator();
  await harness.cluster.until("every object was looked at", async () =>
    (await harness.reconciles()) >= 3 ? true : undefined,
  );
  await sleep(500);
  expect(await harness.operatorWrites()).toBe(0);
  expect(harness.lmsRequests.filter(({ method }) => method !== "GET")).toEqual([]);
});

test("a grant that waits for its course is woken by it, long before it would look again", async () => {
  const { cluster } = harness;
  await cluster.apply(aBinding("early", "hill", { role: "learner", users: ["lea"], course: "late" }));
  await cluster.condition("RoleBinding", "early", "Ready", "False", { reason: "CourseNotFound" });
  await cluster.apply(aCourse("late", "hill"));
  await cluster.condition("Course", "late", "Ready");
  await cluster.condition("RoleBinding", "early", "Ready", "True", { within: 15_000 });
});
