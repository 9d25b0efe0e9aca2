// Deleting: what was declared is taken off the site; nothing hangs on a dead LMS; data goes or stays as declared.
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  CoreEvent,
  Deployment,
  PersistentVolumeClaim,
  Secret,
  StatefulSet,
} from "../../controller/engine/index.ts";
import { Course, LmsTenant, RoleBinding } from "../../controller/kinds.ts";
import { aBinding, aCourse, aTenant } from "../scenario/school.ts";
import { Harness } from "./harness.ts";

let harness: Harness;
const namespace = "default";
const DEADLINE_MS = 4_000;

beforeAll(async () => {
  harness = await Harness.start();
  await harness.startOperator({ finalizerDeadlineMs: DEADLINE_MS });
  await harness.cluster.apply(
    aTenant("hill"),
    ...["one", "two", "three", "four"].map((name) => aCourse(name, "hill")),
    aBinding("learn", "hill", { role: "learner", users: ["lea"], course: "one" }),
    aBinding("teach", "hill", { role: "instructor", users: ["ida"] }),
  );
  await harness.runPods("hill");
  for (const name of ["one", "two", "three", "four"])
    await harness.cluster.condition("Course", name, "Ready");
  for (const name of ["learn", "teach"]) await harness.cluster.condition("RoleBinding", name, "Ready");
}, 120_000);

afterAll(async () => harness?.stop(), 60_000);

const gone = async (kind: typeof Course | typeof RoleBinding, name: string): Promise<void> => {
  await harness.cluster.until(`${kind.kind} ${name} is gone`, async () =>
    (await harness.cluster.client.find(kind as typeof Course, { namespace, name })) === undefined
      ? true
      : undefined,
  );
};

const events = async (name: string): Promise<string[]> =>
  (await harness.cluster.client.list(CoreEvent, { namespace })).items
    .filter((event) => event.involvedObject.name === name)
    .map((event) => event.reason ?? "");

/** What the events of this reason about the tenant say, when there is one. */
const told = (reason: string): Promise<string> =>
  harness.cluster.until(
    `an event says ${reason}`,
    async () =>
      (await harness.cluster.client.list(CoreEvent, { namespace })).items.find(
        (event) => event.involvedObject.kind === "LmsTenant" && event.reason === reason,
      )?.message,
  );

const count = async (sql: string): Promise<number> =>
  (await harness.site("hill").lms.context.db.first<{ n: number }>(sql))?.n ?? -1;

test("a deleted grant is taken back, a deleted course removed; one with work on it is archived", async () => {
  await harness.cluster.client.delete(RoleBinding, { namespace, name: "learn" });
  await gone(RoleBinding, "learn");
  expect(await count("SELECT count(*) AS n FROM binding WHERE name = 'default.learn'")).toBe(0);

  await harness.cluster.client.delete(Course, { namespace, name: "one" });
  await gone(Course, "one");
  expect(await count("SELECT count(*) AS n FROM course WHERE key = 'one'")).toBe(0);

  await harness
    .site("hill")
    .lms.context.db.execute(
      "INSERT INTO enrolment (course_id, account_id) SELECT c.id, a.id FROM course c, account a WHERE c.key = 'two' AND a.name = 'lea'",
    );
  await harness.cluster.client.delete(Course, { namespace, name: "two" });
  await gone(Course, "two");
  expect(await count("SELECT count(*) AS n FROM course WHERE key = 'two' AND archived_at IS NOT NULL")).toBe(
    1,
  );
  await harness.cluster.until("the event is there", async () =>
    (await events("two")).includes("Archived") ? true : undefined,
  );
});

test.each(["refused", "hung"] as const)(
  "an LMS that is %s holds a deleted course only so long",
  async (fault) => {
    const name = fault === "refused" ? "three" : "four";
    harness.broken.set("default/hill", fault);
    const deletedAt = Date.now();
    await harness.cluster.client.delete(Course, { namespace, name });
    const waiting = await harness.cluster.condition("Course", name, "Ready", "False", {
      reason: "WaitingForLms",
    });
    expect(JSON.stringify(waiting.status)).toMatch(/for 4 s at most/);
    await gone(Course, name);
    // A deletionTimestamp has whole seconds.
    expect(Date.now() - deletedAt).toBeGreaterThan(DEADLINE_MS - 1_500);
    await harness.cluster.until("the event is there", async () =>
      (await events(name)).includes("LetGo") ? true : undefined,
    );
    harness.broken.clear();
  },
);

test("with Retain the volume, the database's credentials and the passwords outlive the tenant and are taken up again", async () => {
  const { client } = harness.cluster;
  const before = await client.get(Secret, { namespace, name: "hill-database" });
  const password = await harness.cluster.password("hill", "lea");
  await client.delete(LmsTenant, { namespace, name: "hill" });
  await harness.cluster.until("its children are collected", async () => {
    const left = await Promise.all([
      client.find(Deployment, { namespace, name: "hill-lms" }),
      client.find(StatefulSet, { namespace, name: "hill-db" }),
      client.find(Secret, { namespace, name: "hill-admin" }),
    ]);
    return left.every((object) => object === undefined) ? true : undefined;
  });
  expect(await client.find(PersistentVolumeClaim, { namespace, name: "hill-db-data" })).toBeDefined();
  expect((await client.get(Secret, { namespace, name: "hill-database" })).data).toEqual(before.data);
  // Whoever looks afterwards finds the learner data again.
  expect(await told("LearnerDataKept")).toBe(
    "Kept after the tenant's deletion (deletionPolicy Retain): PersistentVolumeClaim hill-db-data, Secret hill-accounts, Secret hill-database. " +
      "An LmsTenant hill in this namespace takes them up again. " +
      "To remove them for good: kubectl delete -n default pvc/hill-db-data secret/hill-accounts secret/hill-database",
  );
  expect(await client.find(Secret, { namespace, name: "hill-accounts" })).toBeDefined();

  // Nothing is left to take it off from: the grant goes at once.
  await client.delete(RoleBinding, { namespace, name: "teach" });
  await gone(RoleBinding, "teach");

  await harness.lmsDown("hill", namespace, false);
  await harness.cluster.apply(aTenant("hill", { deletionPolicy: "Delete" }));
  await harness.runPods("hill");
  await harness.cluster.condition("LmsTenant", "hill", "Ready");
  expect((await client.get(Secret, { namespace, name: "hill-database" })).data).toEqual(before.data);
  expect(await harness.signIn("hill", "lea", password)).toBe(true);
});

test("with Delete everything goes with the tenant", async () => {
  const { client } = harness.cluster;
  await client.delete(LmsTenant, { namespace, name: "hill" });
  await harness.cluster.until("nothing is left", async () => {
    const left = await Promise.all([
      client.find(PersistentVolumeClaim, { namespace, name: "hill-db-data" }),
      ...["hill-admin", "hill-database", "hill-accounts"].map((name) =>
        client.find(Secret, { namespace, name }),
      ),
    ]);
    return left.every((object) => object === undefined) ? true : undefined;
  });
  expect(await told("LearnerDataRemoved")).toBe(
    "Removed with the tenant (deletionPolicy Delete): PersistentVolumeClaim hill-db-data, Secret hill-accounts, Secret hill-database.",
  );
});

test("with an external database the tenant's going says that the database was left as it is", async () => {
  await harness.cluster.apply(
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "pg" },
      stringData: { host: "db.example.org", database: "lms", username: "lms", password: "somebody-elses" },
    },
    aTenant("dale", { database: { external: { secretRef: { name: "pg" } } } }),
  );
  await harness.cluster.condition("LmsTenant", "dale", "Ready", "False", { reason: "WaitingForLms" });
  await harness.cluster.client.delete(LmsTenant, { namespace, name: "dale" });
  const { client } = harness.cluster;
  const message = await harness.cluster.until("the event is there", async () => {
    const { items } = await client.list(CoreEvent, { namespace });
    return items.find((event) => event.involvedObject.name === "dale" && event.reason === "LearnerDataKept")
      ?.message;
  });
  expect(message).toContain(": Secret dale-accounts. Its database (Secret pg) was left as it is. ");
  expect(await client.find(Secret, { namespace, name: "pg" })).toBeDefined();
});
