// Backups as the operator runs them: ordered once, recorded once, on schedule. The test plays the Job's node.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackupReport, type LmsTenantSpecInput } from "../../api/index.ts";
import { Job, PersistentVolumeClaim } from "../../controller/engine/index.ts";
import { Backup, LmsTenant } from "../../controller/kinds.ts";
import { aBackup, aTenant } from "../scenario/school.ts";
import { Harness } from "./harness.ts";
import { endJob, envOf, jobNamed } from "./jobs.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start();
  await harness.startOperator();
}, 120_000);
afterAll(async () => harness?.stop(), 60_000);

const DESTINATION = { volume: { size: "1Gi" } };

async function site(name: string, backup: NonNullable<LmsTenantSpecInput["backup"]>): Promise<void> {
  await harness.cluster.apply(aTenant(name, { backup }));
  await harness.runPods(name);
  await harness.cluster.condition("LmsTenant", name, "Ready");
}

const jobOf = (backup: string) => jobNamed(harness, `${backup}-backup`);
const end = (backup: string, report: BackupReport | undefined) => endJob(harness, `${backup}-backup`, report);

const reportOf = (id: string | undefined, removed: string[] = []): BackupReport => ({
  ok: true,
  backup: {
    id: id ?? "",
    path: `default/hill/${id}`,
    takenAt: "2026-11-26T03:00:00.120Z",
    completedAt: "2026-11-26T03:00:04.900Z",
    runtimeVersion: "0.1.0",
    schemaVersion: 2,
    rows: 1234,
    files: 5,
    fileBytes: 99_000,
    storedBytes: 12_345_678,
    encrypted: false,
    digest: `sha256:${"a".repeat(64)}`,
  },
  removed,
});

test("a Backup waits for its site, is ordered once, and says what became of it", async () => {
  const { cluster } = harness;
  await cluster.apply(aBackup("first", "hill"));
  await cluster.condition("Backup", "first", "Ready", "False", { reason: "TenantNotFound" });
  await cluster.apply(aTenant("hill", { backup: { destination: DESTINATION } }));
  await cluster.condition("Backup", "first", "Ready", "False", { reason: "WaitingForSite" });
  await harness.runPods("hill");
  await cluster.condition("LmsTenant", "hill", "BackedUp", "False", { reason: "NoBackupYet" });

  const job = await jobOf("first");
  await cluster.condition("Backup", "first", "Ready", "False", { reason: "Running" });
  const id = envOf(job, "PROVOST_BACKUP_ID");
  expect(id).toMatch(/^first-[0-9a-f]{8}$/);
  expect(envOf(job, "PROVOST_BACKUP_SITE")).toBe("default/hill");
  const claim = await cluster.client.get(PersistentVolumeClaim, {
    namespace: "default",
    name: "hill-backups",
  });
  expect(claim.metadata.ownerReferences).toBeUndefined();

  await end("first", reportOf(id));
  const { status } = await cluster.condition("Backup", "first", "Ready");
  expect(status).toMatchObject({
    path: `default/hill/${id}`,
    takenAt: "2026-11-26T03:00:00Z",
    completedAt: "2026-11-26T03:00:04Z",
    location: "persistentvolumeclaim/hill-backups",
    rows: 1234,
    size: "12.3 MB",
    encrypted: false,
  });
  await cluster.condition("LmsTenant", "hill", "BackedUp", "True", { reason: "BackedUp" });

  // Without its Job (it is kept for a day) and after a restart it stays what it is.
  await cluster.client.delete(Job, { namespace: "default", name: "first-backup" });
  await harness.stopOperator();
  await harness.startOperator();
  await harness.cluster.until("the operator has looked at everything", async () =>
    (await harness.reconciles()) >= 3 ? true : undefined,
  );
  expect(await cluster.client.find(Job, { namespace: "default", name: "first-backup" })).toBeUndefined();
  expect(await harness.operatorWrites()).toBe(0);
});

test("a failure is told with its reason and remedy, on the Backup and on the site, and is final", async () => {
  const { cluster } = harness;
  await cluster.apply(aBackup("denied", "hill"));
  await end("denied", {
    ok: false,
    reason: "DestinationDenied",
    message: "s3://bucket: the key may not write: allow PutObject",
  });
  const backup = await cluster.condition("Backup", "denied", "Stalled", "True", {
    reason: "DestinationDenied",
  });
  expect(JSON.stringify(backup.status)).toContain("allow PutObject");
  const tenant = await cluster.condition("LmsTenant", "hill", "BackedUp", "False", {
    reason: "LastBackupFailed",
  });
  const told = tenant.status?.conditions?.find(({ type }) => type === "BackedUp")?.message ?? "";
  expect(told).toContain("allow PutObject");
  expect(told).toContain("The last good one is first");
});

test("a report that is lost with its pod is asked for again, under the same id", async () => {
  const { cluster } = harness;
  await cluster.apply(aBackup("lost", "hill"));
  const before = await end("lost", undefined);
  const again = await cluster.until("another Job", async () => {
    const job = await cluster.client.find(Job, { namespace: "default", name: "lost-backup" });
    return job !== undefined && job.metadata.uid !== before.metadata.uid ? job : undefined;
  });
  expect(envOf(again, "PROVOST_BACKUP_ID")).toBe(envOf(before, "PROVOST_BACKUP_ID"));
  await end("lost", reportOf(envOf(again, "PROVOST_BACKUP_ID")));
  await cluster.condition("Backup", "lost", "Ready");
});

test("what retention removed loses its object, and nothing else does", async () => {
  const { cluster } = harness;
  await cluster.apply(aBackup("younger", "hill"));
  const first = await cluster.client.get(Backup, { namespace: "default", name: "first" });
  const id = envOf(await jobOf("younger"), "PROVOST_BACKUP_ID");
  await end("younger", reportOf(id, [`first-${first.metadata.uid.slice(0, 8)}`, "lost-00000000"]));
  await cluster.condition("Backup", "younger", "Ready");
  const { items } = await cluster.client.list(Backup, { namespace: "default" });
  expect(items.map(({ metadata }) => metadata.name).sort()).toEqual(["denied", "lost", "younger"]);
});

test("a Job of another with the name is left alone", async () => {
  const { cluster } = harness;
  await cluster.client.create(Job, {
    metadata: { name: "mine-backup", namespace: "default" },
    spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "x", image: "x" }] } } },
  });
  await cluster.apply(aBackup("mine", "hill"));
  await cluster.condition("Backup", "mine", "Stalled", "True", { reason: "NameTaken" });
});

test("a schedule makes its first backup at once when asked, and each time once, whoever restarts", async () => {
  const { cluster } = harness;
  await site("dale", { destination: DESTINATION, schedule: "0 3 1 1 *", immediate: true });
  const scheduled = async () =>
    (await cluster.client.list(Backup, { namespace: "default" })).items.filter(
      ({ spec }) => spec.tenantRef.name === "dale",
    );
  const [one] = await cluster.until("a Backup is scheduled", async () => {
    const found = await scheduled();
    return found.length > 0 ? found : undefined;
  });
  expect(one?.spec.scheduledTime).toBeDefined();
  const next = await cluster.until("the next time is told", async () => {
    const tenant = await cluster.client.get(LmsTenant, { namespace: "default", name: "dale" });
    return tenant.status?.backup?.nextScheduledTime;
  });
  expect(next).toMatch(/-01-01T03:00:00Z$/);
  // A crash between the order and what is remembered of it.
  await cluster.client.mergePatch(
    LmsTenant,
    { namespace: "default", name: "dale" },
    { status: { backup: { lastScheduledTime: null } } },
    { subresource: "status" },
  );
  await harness.stopOperator();
  await harness.startOperator();
  await cluster.until("it is remembered again", async () => {
    const tenant = await cluster.client.get(LmsTenant, { namespace: "default", name: "dale" });
    return tenant.status?.backup?.lastScheduledTime;
  });
  expect((await scheduled()).map(({ metadata }) => metadata.uid)).toEqual([one?.metadata.uid]);
});

test("of the times that were missed the last is caught up, once; while suspended, none", async () => {
  const { cluster } = harness;
  const manifest = (suspend: boolean) =>
    aTenant("moor", { backup: { destination: DESTINATION, schedule: "0 * * * *", suspend } });
  await cluster.apply(manifest(true));
  await cluster.until("the schedule is remembered", async () => {
    const tenant = await cluster.client.get(LmsTenant, { namespace: "default", name: "moor" });
    return tenant.status?.backup?.since;
  });
  const hours = (ago: number) => new Date(Date.now() - ago * 3_600_000).toISOString().replace(/\.\d+/, "");
  await cluster.client.mergePatch(
    LmsTenant,
    { namespace: "default", name: "moor" },
    {
      status: { backup: { since: hours(30), lastScheduledTime: hours(5).replace(/:\d\d:\d\dZ/, ":00:00Z") } },
    },
    { subresource: "status" },
  );
  const scheduled = async () =>
    (await cluster.client.list(Backup, { namespace: "default" })).items.filter(
      ({ spec }) => spec.tenantRef.name === "moor",
    );
  expect(await scheduled()).toEqual([]);
  await cluster.apply(manifest(false));
  const found = await cluster.until("one is caught up", async () => {
    const backups = await scheduled();
    return backups.length > 0 ? backups : undefined;
  });
  expect(found).toHaveLength(1);
  expect(Date.now() - Date.parse(String(found[0]?.spec.scheduledTime))).toBeLessThan(3_700_000);
});
