// Restores as the operator runs them: found, ordered once, recorded once, on schedule. The test plays the Job's node.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BackupReport, LmsTenantSpecInput, RestoreReport, RestoreSummary } from "../../api/index.ts";
import { Deployment, Job, NetworkPolicy } from "../../controller/engine/index.ts";
import { Backup, LmsTenant, Restore } from "../../controller/kinds.ts";
import { aBackup, aCourse, aRestore, aTenant } from "../scenario/school.ts";
import { Harness } from "./harness.ts";
import { endJob, envOf, jobNamed } from "./jobs.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start();
  await harness.startOperator();
  await site("hill", { destination: { volume: { size: "1Gi" } } });
  await backedUp("good", "hill");
}, 120_000);
afterAll(async () => harness?.stop(), 60_000);

async function site(name: string, backup: NonNullable<LmsTenantSpecInput["backup"]>): Promise<void> {
  await harness.cluster.apply(aTenant(name, { backup }));
  await harness.runPods(name);
  await harness.cluster.condition("LmsTenant", name, "Ready");
}

async function backedUp(name: string, tenant: string, encrypted = false): Promise<string> {
  await harness.cluster.apply(aBackup(name, tenant));
  const id = envOf(await jobNamed(harness, `${name}-backup`), "PROVOST_BACKUP_ID") ?? "";
  await endJob(harness, `${name}-backup`, aBackupReport(id, tenant, encrypted));
  await harness.cluster.condition("Backup", name, "Ready");
  return `default/${tenant}/${id}`;
}

const aBackupReport = (id: string, tenant: string, encrypted: boolean): BackupReport => ({
  ok: true,
  backup: aSummary(id, tenant, encrypted),
  removed: [],
});

const aSummary = (id: string, tenant: string, encrypted = false) => ({
  id,
  path: `default/${tenant}/${id}`,
  takenAt: "2026-11-26T03:00:00.120Z",
  completedAt: "2026-11-26T03:00:04.900Z",
  runtimeVersion: "0.1.0",
  schemaVersion: 2,
  rows: 1234,
  files: 5,
  fileBytes: 99_000,
  storedBytes: 12_345_678,
  encrypted,
  digest: `sha256:${"a".repeat(64)}`,
});

const aRestoreSummary = (path: string): RestoreSummary => ({
  id: "x",
  path,
  digest: `sha256:${"a".repeat(64)}`,
  takenAt: "2026-11-26T03:00:00.120Z",
  restoredAt: "2026-11-26T09:00:00.000Z",
  rows: 1234,
  files: 5,
  fromSchema: 2,
  schemaVersion: 3,
  seconds: 12.3,
  anonymized: false,
});

const HELD = { name: "Rows", ok: true, detail: "12 of 12 tables as stored" };
const BROKEN = { name: "Grades", ok: false, detail: "1 grade has no attempt: lea in basics" };

test("a drill runs on a scratch database of its own, and proves the backup", async () => {
  const { cluster } = harness;
  await cluster.apply(aRestore("drill", "hill", { source: { backupRef: { name: "good" } } }));
  const job = await jobNamed(harness, "drill-restore");
  const pod = job.spec?.template.spec;
  expect(envOf(job, "PROVOST_RESTORE_MODE")).toBe("verify");
  expect(envOf(job, "PROVOST_RESTORE_DIGEST")).toBe(`sha256:${"a".repeat(64)}`);
  expect(envOf(job, "PROVOST_BACKUP_LOCATION")).toBeUndefined();
  // Nothing of the site's database is told to it.
  expect(JSON.stringify(pod)).not.toContain("hill-database");
  expect(pod?.initContainers?.[0]).toMatchObject({ name: "scratch", restartPolicy: "Always" });
  const shut = await cluster.client.get(NetworkPolicy, { namespace: "default", name: "drill-restore" });
  expect(shut.spec?.ingress ?? []).toEqual([]);
  expect(shut.spec?.podSelector?.matchLabels).toEqual(
    expect.objectContaining({ "app.kubernetes.io/component": "drill" }),
  );
  const path = envOf(job, "PROVOST_RESTORE_PATH") ?? "";
  expect(path).toMatch(/^default\/hill\/good-/);
  await endJob(harness, "drill-restore", { ok: true, restore: aRestoreSummary(path), checks: [HELD] });
  const { status } = await cluster.condition("Restore", "drill", "Ready");
  expect(status).toMatchObject({ path, seconds: 13, rows: 1234, schemaVersion: 3, checks: [HELD] });
  // A whole site's data was in its pod.
  await cluster.until("its Job goes", async () =>
    (await cluster.client.find(Job, { namespace: "default", name: "drill-restore" })) === undefined
      ? true
      : undefined,
  );
  const tenant = await cluster.condition("LmsTenant", "hill", "RestoreVerified");
  expect(JSON.stringify(tenant.status)).toContain("restored in 13 s and is whole (drill,");
  const metrics = await harness.operator.registry.metrics();
  expect(metrics).toContain('provost_backup_failed{tenant_namespace="default",tenant="hill"} 0');
  expect(metrics).toMatch(/provost_backup_state_timestamp_seconds\{[^}]*\} 1795662000/);
});

test("a drill that fails is told with what does not hold, on the site too, and is final", async () => {
  const { cluster } = harness;
  await cluster.apply(aRestore("bad", "hill", { source: { backupRef: { name: "good" } } }));
  await endJob(harness, "bad-restore", {
    ok: false,
    reason: "NotWhole",
    message: "Grades: 1 grade has no attempt",
    checks: [HELD, BROKEN],
  });
  const { status } = await cluster.condition("Restore", "bad", "Stalled", "True", { reason: "NotWhole" });
  expect(status).toMatchObject({ checks: [HELD, BROKEN] });
  const tenant = await cluster.condition("LmsTenant", "hill", "RestoreVerified", "False", {
    reason: "DrillFailed",
  });
  expect(JSON.stringify(tenant.status)).toContain("The last one that was proven is of 2026-11-26T03:00:00Z");
});

test("in place: needs its confirmation, saves what is there first, and what the LMS holds is looked at anew", async () => {
  const { cluster } = harness;
  const source = { backupRef: { name: "good" } };
  await expect(cluster.apply(aRestore("back", "hill", { mode: "InPlace", source }))).rejects.toThrow(
    /set confirm to the name in tenantRef/,
  );
  await cluster.apply(aCourse("basics", "hill"));
  await cluster.condition("Course", "basics", "Ready");
  await cluster.apply(aRestore("back", "hill", { mode: "InPlace", confirm: "hill", source }));
  await cluster.apply(aRestore("back2", "hill", { mode: "InPlace", confirm: "hill", source }));
  const job = await jobNamed(harness, "back-restore");
  expect(envOf(job, "PROVOST_RESTORE_MODE")).toBe("in-place");
  expect(envOf(job, "PROVOST_BACKUP_LOCATION")).toBe("/backups");
  // One claim, mounted once.
  expect(envOf(job, "PROVOST_RESTORE_LOCATION")).toBe("/backups");
  const claims = job.spec?.template.spec?.volumes?.filter((volume) => volume.persistentVolumeClaim);
  expect(claims).toHaveLength(1);
  expect(envOf(job, "PROVOST_BACKUP_SITE")).toBe("default/hill");
  // One at a time.
  await cluster.condition("Restore", "back2", "Ready", "False", { reason: "WaitingForRestore" });
  const asked = (): number =>
    harness.lmsRequests.filter(({ tenant, path }) => tenant === "default/hill" && path.endsWith("/digests"))
      .length;
  const before = asked();
  const report: RestoreReport = {
    ok: true,
    restore: aRestoreSummary("default/hill/good-1"),
    safety: aSummary("back-1", "hill"),
  };
  await endJob(harness, "back-restore", report);
  const { status } = await cluster.condition("Restore", "back", "Ready");
  expect(status).toMatchObject({
    safetyBackup: { location: "persistentvolumeclaim/hill-backups", path: "default/hill/back-1" },
  });
  await cluster.until("the site tells of it", async () => {
    const tenant = await cluster.client.get(LmsTenant, { namespace: "default", name: "hill" });
    return tenant.status?.restore?.name === "back" ? true : undefined;
  });
  await cluster.until("what the LMS holds is asked for again", () =>
    Promise.resolve(asked() > before || undefined),
  );
  await jobNamed(harness, "back2-restore");
  await endJob(harness, "back2-restore", { ok: false, reason: "Corrupted", message: "it is not as it was" });
  const second = await cluster.condition("Restore", "back2", "Stalled", "True", { reason: "Corrupted" });
  expect(JSON.stringify(second.status)).toContain("LmsTenant hill is as it was before");
});

test("a report that is lost with its pod is asked for again, under the same id", async () => {
  const { cluster } = harness;
  await cluster.apply(aRestore("mute", "hill", { source: { backupRef: { name: "good" } } }));
  const before = await endJob(harness, "mute-restore", undefined);
  const again = await cluster.until("another Job", async () => {
    const job = await cluster.client.find(Job, { namespace: "default", name: "mute-restore" });
    return job !== undefined && job.metadata.uid !== before.metadata.uid ? job : undefined;
  });
  expect(envOf(again, "PROVOST_RESTORE_ID")).toBe(envOf(before, "PROVOST_RESTORE_ID"));
});

test("a source that cannot be used is told with its remedy", async () => {
  const { cluster } = harness;
  await cluster.apply(aRestore("early", "hill", { source: { backupRef: { name: "nowhere" } } }));
  await cluster.condition("Restore", "early", "Ready", "False", { reason: "BackupNotFound" });
  await site("vault", { destination: { volume: { claimName: "shared" } } });
  await backedUp("sealed", "vault", true);
  await cluster.apply(aRestore("sealed", "vault", { source: { backupRef: { name: "sealed" } } }));
  await cluster.condition("Restore", "sealed", "Stalled", "True", { reason: "WrongKey" });
  await cluster.apply(aTenant("vault", { backup: { destination: { volume: { claimName: "other" } } } }));
  const identitySecretRef = { name: "key", key: "identity.txt" };
  await cluster.apply(
    aRestore("moved", "vault", { source: { backupRef: { name: "sealed" }, identitySecretRef } }),
  );
  const moved = await cluster.condition("Restore", "moved", "Stalled", "True", {
    reason: "DestinationChanged",
  });
  expect(JSON.stringify(moved.status)).toMatch(/set spec\.source\.path to default\/vault\/sealed-/);
  // Where it lies is enough.
  const path = "default/vault/sealed-00000000";
  const destination = { claimName: "shared" };
  await cluster.apply(aRestore("bare", "vault", { source: { path, destination, identitySecretRef } }));
  const job = await jobNamed(harness, "bare-restore");
  expect(envOf(job, "PROVOST_RESTORE_PATH")).toBe(path);
  expect(JSON.stringify(job.spec)).toContain('"claimName":"shared"');
  expect(job.spec?.template.spec?.containers[0]?.env).toContainEqual({
    name: "PROVOST_RESTORE_IDENTITIES",
    valueFrom: { secretKeyRef: identitySecretRef },
  });
});

test("a new site is made like the old one, begins with the backup, and serves", async () => {
  const { cluster } = harness;
  const newTenant = { name: "copy", hostname: "copy.example.org", anonymize: true };
  await cluster.apply(
    aRestore("copying", "hill", { mode: "NewTenant", newTenant, source: { backupRef: { name: "good" } } }),
  );
  const tenant = await cluster.until("the new tenant is made", () =>
    cluster.client.find(LmsTenant, { namespace: "default", name: "copy" }),
  );
  expect(tenant.spec.hostname).toBe("copy.example.org");
  expect(tenant.spec.bootstrap?.restoreFrom).toMatchObject({
    destination: { claimName: "hill-backups" },
    anonymize: true,
  });
  await harness.databaseUp("copy");
  const { items } = await cluster.until("its database is being filled", async () => {
    const found = await cluster.client.list(Job, { namespace: "default" });
    const items = found.items.filter(({ metadata }) => metadata.name.startsWith("copy-bootstrap-"));
    return items.length > 0 ? { items } : undefined;
  });
  const [job] = items;
  expect(job && envOf(job, "PROVOST_RESTORE_MODE")).toBe("empty");
  expect(job && envOf(job, "PROVOST_RESTORE_ANONYMIZE")).toBe("true");
  // The LMS must not see the database before.
  expect(await cluster.client.find(Deployment, { namespace: "default", name: "copy-lms" })).toBeUndefined();
  await cluster.condition("LmsTenant", "copy", "Bootstrapped", "False", { reason: "Bootstrapping" });
  await endJob(harness, job?.metadata.name ?? "", {
    ok: true,
    restore: aRestoreSummary("default/hill/good-1"),
  });
  await cluster.until("the LMS is made", () =>
    cluster.client.find(Deployment, { namespace: "default", name: "copy-lms" }),
  );
  await harness.runPods("copy");
  await cluster.condition("LmsTenant", "copy", "Bootstrapped");
  const { status } = await cluster.condition("Restore", "copying", "Ready");
  expect(status).toMatchObject({ path: "default/hill/good-1", takenAt: "2026-11-26T03:00:00Z" });
});

test("a drill is made on schedule, of the newest backup, and waits when there is none", async () => {
  const { cluster } = harness;
  const drills = { schedule: "0 3 1 1 *" };
  await site("glen", { destination: { volume: { size: "1Gi" } }, drills });
  const told = await cluster.condition("LmsTenant", "glen", "RestoreVerified", "False", {
    reason: "NoDrillYet",
  });
  await cluster.until("the next drill is told", async () => {
    const tenant = await cluster.client.get(LmsTenant, { namespace: "default", name: "glen" });
    return tenant.status?.drill?.nextScheduledTime;
  });
  expect(told.metadata.name).toBe("glen");
  const scheduled = async () =>
    (await cluster.client.list(Restore, { namespace: "default" })).items.filter(
      ({ spec }) => spec.tenantRef.name === "glen",
    );
  // As if the schedule had been there for two years.
  await cluster.client.mergePatch(
    LmsTenant,
    { namespace: "default", name: "glen" },
    { status: { drill: { since: new Date(Date.now() - 2 * 366 * 86_400_000).toISOString() } } },
    { subresource: "status" },
  );
  await backedUp("older", "glen");
  const [drill] = await cluster.until("a drill is made", async () => {
    const found = await scheduled();
    return found.length > 0 ? found : undefined;
  });
  expect(drill?.metadata.name).toMatch(/^glen-drill-\d{8}-0300$/);
  expect(drill?.spec).toMatchObject({ mode: "Verify", source: { backupRef: { name: "older" } } });
  await harness.stopOperator();
  await harness.startOperator();
  await cluster.until("the operator has looked", async () =>
    (await harness.reconciles()) >= 6 ? true : undefined,
  );
  expect(await scheduled()).toHaveLength(1);
  expect(
    (await cluster.client.get(Backup, { namespace: "default", name: "older" })).status?.path,
  ).toBeDefined();
});
