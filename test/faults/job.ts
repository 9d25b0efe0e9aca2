// The Job of a backup or a restore, done: its pod with a report, and its condition.
import {
  BACKUP_ENVIRONMENT,
  type BackupReport,
  MIGRATE_ENVIRONMENT,
  type MigrateReport,
  RESTORE_ENVIRONMENT,
  type RestoreReport,
} from "../../api/index.ts";
import packageJson from "../../package.json" with { type: "json" };
import type { Job } from "../../controller/engine/index.ts";
import type { Cluster, KubeObject } from "../../sandbox/cluster.ts";
import { resourceNamed } from "./resources.ts";

const TAKEN_AT = "2026-11-26T03:00:00Z";

export function endJob(cluster: Cluster, job: KubeObject): void {
  const { name, namespace, uid = "" } = job.metadata;
  const template = (job as unknown as Job).spec?.template;
  const env = new Map(template?.spec?.containers[0]?.env?.map((one) => [one.name, one.value ?? ""]));
  const report = env.has(MIGRATE_ENVIRONMENT.plan)
    ? migrated(env, template?.spec?.containers[0]?.image ?? "")
    : env.has(RESTORE_ENVIRONMENT.mode)
      ? restored(env)
      : backedUp(env);

  const terminated = { exitCode: report.ok ? 0 : 1, finishedAt: TAKEN_AT, message: JSON.stringify(report) };
  const pod = cluster.create(resourceNamed("pods"), {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${name}-pod`,
      ...(namespace !== undefined && { namespace }),
      labels: { ...template?.metadata?.labels },
      ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name, uid, controller: true }],
    },
    spec: { containers: [{ name: "backup", image: "lms" }] },
  });
  cluster.updateStatus(resourceNamed("pods"), {
    ...pod,
    status: {
      phase: "Succeeded",
      containerStatuses: [
        { name: "backup", image: "lms", imageID: "", ready: false, restartCount: 0, state: { terminated } },
      ],
    },
  });
  const lastTransitionTime = new Date().toISOString().replace(/\.\d+/, "");
  const conditions = [{ type: report.ok ? "Complete" : "Failed", status: "True", lastTransitionTime }];
  cluster.updateStatus(resourceNamed("jobs"), { ...job, status: { succeeded: 1, conditions } });
}

/** Images of releases that are not well say so in their names. */
function migrated(env: ReadonlyMap<string, string>, image: string): MigrateReport {
  if (env.get(MIGRATE_ENVIRONMENT.plan) !== "true" && image.includes("broken"))
    return { ok: false, reason: "MigrationFailed", message: "migration 0009 failed" };
  return {
    ok: true,
    runtimeVersion: packageJson.version,
    schemaVersion: 3,
    pending: [],
    compatibleFrom: image.includes("incompatible") ? 99 : 1,
    applied: [],
  };
}

function backedUp(env: ReadonlyMap<string, string>): BackupReport {
  const [id, site] = [env.get(BACKUP_ENVIRONMENT.id) ?? "", env.get(BACKUP_ENVIRONMENT.site) ?? ""];
  return {
    ok: true,
    backup: {
      id,
      path: `${site}/${id}`,
      takenAt: TAKEN_AT,
      completedAt: TAKEN_AT,
      runtimeVersion: "0.1.0",
      schemaVersion: 2,
      rows: 100,
      files: 1,
      fileBytes: 10,
      storedBytes: 1_000,
      encrypted: false,
      digest: "sha256:0",
    },
    removed: [],
  };
}

function restored(env: ReadonlyMap<string, string>): RestoreReport {
  const mode = env.get(RESTORE_ENVIRONMENT.mode);
  const backup = backedUp(env);
  return {
    ok: true,
    restore: {
      id: env.get(RESTORE_ENVIRONMENT.id) ?? "",
      path: env.get(RESTORE_ENVIRONMENT.path) ?? "",
      digest: "sha256:0",
      takenAt: TAKEN_AT,
      restoredAt: TAKEN_AT,
      rows: 100,
      files: 1,
      fromSchema: 2,
      schemaVersion: 3,
      seconds: 2,
      anonymized: false,
    },
    ...(mode === "verify" && { checks: [{ name: "Rows", ok: true, detail: "100 rows" }] }),
    ...(mode === "in-place" && backup.ok && { safety: backup.backup }),
  };
}
