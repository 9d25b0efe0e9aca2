// Where nothing changes, nothing is written: requests are counted at the API server, not believed.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Deployment, Secret } from "../../controller/engine/index.ts";
import { aSchool } from "../scenario/school.ts";
import { textOf } from "../scenario/visitor.ts";
import { type EmptySandbox, emptySandbox } from "../support/empty-sandbox.ts";
import { operatorPids } from "../support/processes.ts";

let sandbox: EmptySandbox;

beforeAll(async () => {
  sandbox = await emptySandbox();
  await sandbox.cluster.apply(...aSchool("hill"));
  await sandbox.cluster.condition("RoleBinding", "learn", "Ready");
  await sandbox.cluster.condition("RoleBinding", "teach", "Ready");
}, 200_000);

afterAll(async () => sandbox?.stop(), 60_000);

/** Waits until nobody has written for a while. */
async function quiet(): Promise<ReadonlyMap<string, number>> {
  let before = await sandbox.cluster.writes();
  return sandbox.cluster.until("nothing is written any more", async () => {
    await sleep(2_000);
    const now = await sandbox.cluster.writes();
    const same = JSON.stringify([...now]) === JSON.stringify([...before]);
    before = now;
    return same ? now : undefined;
  });
}

test("a new operator that reconciles everything again writes nothing at all", async () => {
  const before = await quiet();
  expect(before.size).toBeGreaterThan(0);
  const asked = await sandbox.cluster.proxied();
  const [pid] = operatorPids(sandbox.data);
  process.kill(pid ?? 0, "SIGKILL");
  await sandbox.cluster.until("another operator runs", async () => {
    const [other] = operatorPids(sandbox.data);
    return other !== undefined && other !== pid ? true : undefined;
  });
  await sandbox.cluster.until("it has asked the LMS what it holds", async () =>
    (await sandbox.cluster.proxied()) > asked ? true : undefined,
  );
  expect(Object.fromEntries(await quiet())).toEqual(Object.fromEntries(before));
});

test("a changed title is one write of the Course, one of its status, one document to the LMS, and nothing else", async () => {
  const before = await quiet();
  const [, course] = aSchool("hill");
  if (!course) throw new Error("no course");
  await sandbox.cluster.apply({ ...course, spec: { ...course.spec, title: "Basics, revised" } });
  const visitor = sandbox.visit("hill.example.org");
  await sandbox.cluster.until("the page shows it", async () =>
    textOf((await visitor.get("/courses/basics")).html).includes("Basics, revised") ? true : undefined,
  );
  await visitor.close();
  const after = await quiet();
  const more = [...after]
    .filter(([resource, count]) => count !== (before.get(resource) ?? 0))
    .map(([resource, count]) => [resource, count - (before.get(resource) ?? 0)]);
  const events = more.filter(([resource]) => resource === "events");
  // The document travels to the LMS through the Service's proxy: that is the third.
  expect(more.filter(([resource]) => resource !== "events").sort()).toEqual([
    ["courses.provost.dev", 2],
    ["services", 1],
  ]);
  expect(Number(events[0]?.[1] ?? 0)).toBeLessThanOrEqual(1);
});

test("what somebody changed by hand is put back; a Secret that was made is never made anew", async () => {
  const where = { namespace: "default", name: "hill-lms" };
  const token = await sandbox.cluster.secret("default", "hill-admin", "token");
  await sandbox.cluster.client.mergePatch(Deployment, where, { spec: { replicas: 3 } });
  await sandbox.cluster.until("one replica is back", async () => {
    const deployment = await sandbox.cluster.client.get(Deployment, where);
    return deployment.spec?.replicas === 1 ? true : undefined;
  });
  await sandbox.cluster.client.mergePatch(
    Secret,
    { namespace: "default", name: "hill-admin" },
    { metadata: { labels: { touched: "yes" } } },
  );
  await quiet();
  expect(await sandbox.cluster.secret("default", "hill-admin", "token")).toBe(token);
});
