// deletionPolicy Backup: what a deleted tenant waits for, and that its data stay when that cannot be. The test plays the
// Jobs' node; with real data it is test/e2e/lifecycle.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BackupReport, RestoreReport } from "../../api/index.ts";
import { PersistentVolumeClaim, Secret } from "../../controller/engine/index.ts";
import { Backup, LmsTenant } from "../../controller/kinds.ts";
import { aTenant } from "../scenario/school.ts";
import { Harness } from "./harness.ts";
import { endJob } from "./jobs.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start();
  await harness.startOperator();
}, 120_000);
afterAll(async () => harness?.stop(), 60_000);

const key = (name: string) => ({ namespace: "default", name });
const manifest = (name: string, more: object = {}) =>
  aTenant(name, { backup: { destination: { volume: { size: "1Gi" } } }, deletionPolicy: "Backup", ...more });

/** A site that runs and is then deleted; the name that its last runs have. */
async function deleted(name: string): Promise<string> {
  const { cluster } = harness;
  await cluster.apply(manifest(name));
  await harness.runPods(name);
  const { metadata } = await cluster.condition("LmsTenant", name, "Ready");
  await cluster.client.delete(LmsTenant, key(name));
  return `${name}-final-${metadata.uid.slice(0, 6)}`;
}

const gone = (name: string) =>
  harness.cluster.until(`${name} is gone`, async () =>
    (await harness.cluster.client.find(LmsTenant, key(name))) === undefined ? true : undefined,
  );
/** What the learners had that is still there, for a tenant of the same name to take up. */
const left = async (name: string): Promise<string[]> => {
  const { client } = harness.cluster;
  const all = await Promise.all([
    client.find(PersistentVolumeClaim, key(`${name}-db-data`)),
    client.find(Secret, key(`${name}-database`)),
    client.find(Secret, key(`${name}-accounts`)),
  ]);
  return all.flatMap((one) => (one && !one.metadata.ownerReferences?.length ? [one.metadata.name] : []));
};
const everything = (name: string) => [`${name}-db-data`, `${name}-database`, `${name}-accounts`];
const waits = (name: string) =>
  harness.cluster.condition("LmsTenant", name, "Ready", "False", { reason: "FinalBackup" });

const SUMMARY = {
  id: "x",
  path: "default/x/x",
  takenAt: "2026-11-26T03:00:00Z",
  completedAt: "2026-11-26T03:00:01Z",
  runtimeVersion: "0.1.0",
  schemaVersion: 3,
  rows: 1,
  files: 0,
  fileBytes: 0,
  storedBytes: 10,
  encrypted: false,
  digest: `sha256:${"a".repeat(64)}`,
};
const made: BackupReport = { ok: true, backup: SUMMARY, removed: [] };
const proven: RestoreReport = {
  ok: true,
  restore: { ...SUMMARY, restoredAt: SUMMARY.completedAt, fromSchema: 3, seconds: 1, anonymized: false },
  checks: [{ name: "Rows", ok: true, detail: "" }],
};

test("a last backup is made and proven, then everything goes; the backup stays", async () => {
  const final = await deleted("proven");
  await waits("proven");
  await endJob(harness, `${final}-backup`, made);
  await endJob(harness, `${final}-verify-restore`, proven);
  await gone("proven");
  expect(await left("proven")).toEqual([]);
  expect((await harness.cluster.client.get(Backup, key(final))).status?.completedAt).toBeDefined();
});

test.each([
  [
    "made",
    async (final: string) => {
      await endJob(harness, `${final}-backup`, {
        ok: false,
        reason: "DestinationUnreachable",
        message: "no",
      });
    },
  ],
  [
    "proven",
    async (final: string) => {
      await endJob(harness, `${final}-backup`, made);
      await endJob(harness, `${final}-verify-restore`, { ok: false, reason: "NotWhole", message: "no" });
    },
  ],
] as const)("when it cannot be %s the tenant goes, and its data stay", async (what, end) => {
  const name = `not-${what}`;
  const final = await deleted(name);
  await end(final);
  await gone(name);
  expect(await left(name)).toEqual(everything(name));
});

test("who does not want to wait says so", async () => {
  await deleted("hasty");
  await waits("hasty");
  await harness.cluster.client.mergePatch(LmsTenant, key("hasty"), { spec: { deletionPolicy: "Retain" } });
  await gone("hasty");
  expect(await left("hasty")).toEqual(everything("hasty"));
});

test("a site that was never set up has nothing to save", async () => {
  const { cluster } = harness;
  await cluster.apply(manifest("new"));
  await cluster.until("it is held", async () =>
    (await cluster.client.get(LmsTenant, key("new"))).metadata.finalizers?.length === 1 ? true : undefined,
  );
  await cluster.client.delete(LmsTenant, key("new"));
  await gone("new");
});

test("another policy lets go of it at once", async () => {
  const { cluster } = harness;
  await cluster.apply(manifest("changed"));
  await cluster.apply(manifest("changed", { deletionPolicy: "Delete" }));
  await cluster.until("it is held no more", async () =>
    ((await cluster.client.get(LmsTenant, key("changed"))).metadata.finalizers ?? []).length === 0
      ? true
      : undefined,
  );
});
