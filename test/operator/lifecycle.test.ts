// A site that sleeps, one that can only be read, one that is paused.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LmsTenantSpecInput } from "../../api/index.ts";
import { Deployment, Job, StatefulSet } from "../../controller/engine/index.ts";
import { Backup, LmsTenant } from "../../controller/kinds.ts";
import { aBackup, aCourse, aTenant } from "../scenario/school.ts";
import { Harness } from "./harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start();
  await harness.startOperator();
  await harness.cluster.apply(tenant());
  await harness.runPods("hill");
  await harness.cluster.condition("LmsTenant", "hill", "Ready");
}, 120_000);
afterAll(async () => harness?.stop(), 60_000);

/** Hours that have begun, or that begin in twelve. */
const hours = (now: boolean) => ({
  schedule: `0 ${(new Date().getUTCHours() + (now ? 0 : 12)) % 24} * * *`,
  durationMinutes: 120,
  timeZone: "UTC",
});
const backup = { destination: { volume: { size: "1Gi" } } };
const tenant = (spec: Partial<LmsTenantSpecInput> = {}) => aTenant("hill", { backup, ...spec });
const key = { namespace: "default" };
const replicasOf = async () => {
  const { client } = harness.cluster;
  const runtime = await client.get(Deployment, { ...key, name: "hill-lms" });
  const database = await client.get(StatefulSet, { ...key, name: "hill-db" });
  return [runtime.spec?.replicas, database.spec?.replicas];
};

test("a sleeping site stops, its LMS before its database, and is Ready; what is attached to it waits", async () => {
  const { cluster } = harness;
  await cluster.apply(tenant({ lifecycle: "Sleeping" }));
  await cluster.condition("LmsTenant", "hill", "Ready", "False", { reason: "FallingAsleep" });
  // A replica still answers: its database stays.
  expect(await replicasOf()).toEqual([0, 1]);
  await harness.lmsDown("hill");
  await cluster.until("the database sleeps, too", async () => {
    const [, database] = await replicasOf();
    return database === 0 ? true : undefined;
  });
  await harness.databaseDown("hill");
  const asleep = await cluster.condition("LmsTenant", "hill", "Ready");
  expect(JSON.stringify(asleep.status)).toContain("set spec.lifecycle to Running to wake it");
  await cluster.condition("LmsTenant", "hill", "Available", "False", { reason: "Sleeping" });
  await cluster.apply(aCourse("basics", "hill"), aBackup("night", "hill"));
  await cluster.condition("Course", "basics", "Ready", "False", { reason: "TenantSleeping" });
  await cluster.condition("Backup", "night", "Ready", "False", { reason: "TenantSleeping" });
  expect(await cluster.client.find(Job, { ...key, name: "night-backup" })).toBeUndefined();
});

test("it wakes with everything it had, and what waited comes true", async () => {
  const { cluster } = harness;
  await cluster.apply(tenant());
  await cluster.until("it is to run", async () => {
    const replicas = await replicasOf();
    return replicas[0] === 1 && replicas[1] === 1 ? true : undefined;
  });
  await harness.runPods("hill");
  await cluster.condition("LmsTenant", "hill", "Ready");
  await cluster.condition("Course", "basics", "Ready");
  await cluster.until("the backup is ordered", () =>
    cluster.client.find(Job, { ...key, name: "night-backup" }),
  );
});

test("a read-only site is one document to its LMS, and says so on its pages", async () => {
  const { cluster } = harness;
  await cluster.apply(tenant({ lifecycle: "ReadOnly" }));
  await cluster.until("the page says so", async () =>
    (await harness.page("hill", "/sign-in")).includes("read-only") ? true : undefined,
  );
  await cluster.condition("LmsTenant", "hill", "Ready");
  await cluster.apply(tenant());
  await cluster.until("and no more", async () =>
    (await harness.page("hill", "/sign-in")).includes("read-only") ? undefined : true,
  );
});

test("a paused site is left as it is, with its courses; backups go on, and then everything is carried out", async () => {
  const { cluster } = harness;
  await cluster.apply(tenant({ paused: true }));
  await cluster.condition("LmsTenant", "hill", "Paused");
  const before = harness.lmsRequests.length;
  await cluster.apply(
    tenant({ paused: true, replicas: 3, site: { title: "Not yet" } }),
    aCourse("basics", "hill", { title: "Not yet" }),
    aBackup("paused", "hill"),
  );
  await cluster.condition("Course", "basics", "Ready", "False", { reason: "TenantPaused" });
  await cluster.condition("LmsTenant", "hill", "Ready");
  await cluster.until("the backup is ordered", () =>
    cluster.client.find(Job, { ...key, name: "paused-backup" }),
  );
  expect(await replicasOf()).toEqual([1, 1]);
  expect(harness.lmsRequests.slice(before).filter(({ method }) => method !== "GET")).toEqual([]);
  expect((await cluster.client.get(Backup, { ...key, name: "paused" })).metadata.name).toBe("paused");
  await cluster.apply(tenant({ replicas: 2, site: { title: "Now" } }));
  await cluster.until("it is carried out", async () => {
    const [replicas] = await replicasOf();
    return replicas === 2 && (await harness.page("hill", "/sign-in")).includes("Now") ? true : undefined;
  });
  await cluster.until("it is not told of as paused", async () => {
    const site = await cluster.client.get(LmsTenant, { ...key, name: "hill" });
    return site.status?.conditions?.some(({ type }) => type === "Paused") ? undefined : true;
  });
});

test("a site sleeps by the clock, and wakes when it is over or the hours are others", async () => {
  const { cluster } = harness;
  await cluster.apply(tenant({ sleep: hours(false) }));
  await harness.runPods("hill");
  await cluster.condition("LmsTenant", "hill", "Ready");
  expect(await replicasOf()).toEqual([1, 1]);
  await cluster.apply(tenant({ sleep: hours(true) }));
  await cluster.until("the LMS sleeps", async () => ((await replicasOf())[0] === 0 ? true : undefined));
  await harness.lmsDown("hill");
  await cluster.until("the database sleeps", async () => ((await replicasOf())[1] === 0 ? true : undefined));
  await harness.databaseDown("hill");
  const asleep = await cluster.condition("LmsTenant", "hill", "Available", "False", { reason: "Sleeping" });
  expect(JSON.stringify(asleep.status)).toMatch(/sleeps until \d{4}-.*remove spec\.sleep to wake it/);
  await cluster.apply(tenant({ sleep: hours(false) }));
  await cluster.until("it is to run", async () => {
    const replicas = await replicasOf();
    return replicas[0] === 1 && replicas[1] === 1 ? true : undefined;
  });
  await harness.runPods("hill");
  await cluster.condition("LmsTenant", "hill", "Ready");
});
