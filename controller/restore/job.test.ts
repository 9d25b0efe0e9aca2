// What the Job of a restore is told, by what is declared.
import { describe, expect, test } from "vitest";
import { BACKUP_ENVIRONMENT, type LmsTenantSpecInput, RESTORE_ENVIRONMENT } from "../../api/index.ts";
import { aRestore, aTenant } from "../testing/manifests.ts";
import { bootstrapJob, drillJob, inPlaceJob, safetyLocationOf } from "./job.ts";

const bucket = { bucket: "site-backups", secretRef: { name: "s3" } };
const other = { bucket: "archive", endpoint: "https://s3.example.org", secretRef: { name: "old" } };
const input = { image: "lms:1", now: new Date("2026-11-26T03:00:00Z") };
const source = { path: "schools/hill/nightly-1", digest: `sha256:${"a".repeat(64)}` };

function envOf(job: ReturnType<typeof inPlaceJob>) {
  const env = job.spec?.template.spec?.containers[0]?.env ?? [];
  return new Map(env.map((one) => [one.name, one.value ?? one.valueFrom]));
}

function tenantWith(destination: NonNullable<LmsTenantSpecInput["backup"]>["destination"]) {
  const tenant = aTenant({ backup: { destination } });
  if (!tenant.spec.backup) throw new Error("the tenant has no backups");
  return { tenant, policy: tenant.spec.backup };
}

describe("in place", () => {
  test("from another bucket than the safety backup's: each has its own credentials", () => {
    const { tenant, policy } = tenantWith({ s3: bucket });
    const job = inPlaceJob(tenant, aRestore(), policy, {
      ...input,
      source: { ...source, destination: { s3: other } },
    });
    const env = envOf(job);
    const from = (name: string, key: string) => ({ secretKeyRef: { name, key } });
    expect(env.get("AWS_SECRET_ACCESS_KEY")).toEqual(from("s3", "secretAccessKey"));
    expect(env.get("PROVOST_SOURCE_AWS_SECRET_ACCESS_KEY")).toEqual(from("old", "secretAccessKey"));
    expect(env.get(RESTORE_ENVIRONMENT.location)).toBe("s3://archive?endpoint=https%3A%2F%2Fs3.example.org");
    expect(env.get(BACKUP_ENVIRONMENT.location)).toBe("s3://site-backups");
    expect(env.get(BACKUP_ENVIRONMENT.expiresAt)).toBe("2027-02-24T03:00:00.000Z");
    expect(safetyLocationOf(job)).toBe("s3://site-backups");
    expect(job.metadata?.name).toBe("back-restore");
  });

  test("from the claim that the safety backup goes to: mounted once", () => {
    const { tenant, policy } = tenantWith({ volume: { size: "1Gi" } });
    const destination = { claimName: "hill-backups" };
    const job = inPlaceJob(tenant, aRestore(), policy, { ...input, source: { ...source, destination } });
    const claims = job.spec?.template.spec?.volumes?.flatMap(
      ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
    );
    expect(claims).toEqual(["hill-backups"]);
    expect(envOf(job).get(RESTORE_ENVIRONMENT.location)).toBe("/backups");
  });

  test("from another claim: that one for reading only", () => {
    const { tenant, policy } = tenantWith({ volume: { size: "1Gi" } });
    const destination = { claimName: "old-backups" };
    const job = inPlaceJob(tenant, aRestore(), policy, { ...input, source: { ...source, destination } });
    const mounts = job.spec?.template.spec?.containers[0]?.volumeMounts;
    expect(mounts).toContainEqual({ name: "source", mountPath: "/source", readOnly: true });
    expect(mounts).toContainEqual({ name: "backups", mountPath: "/backups" });
  });
});

test("a drill knows nothing of the site's database, and its own goes with the pod", () => {
  const { tenant } = tenantWith({ s3: bucket });
  const scratch = { image: "postgres:18", password: "made-up", size: "2Gi" };
  const job = drillJob(tenant, aRestore(), {
    ...input,
    scratch,
    source: { ...source, destination: { s3: bucket } },
  });
  const env = envOf(job);
  expect(env.get("PGHOST")).toEqual({ fieldRef: { fieldPath: "status.podIP" } });
  expect(env.get("PGPASSWORD")).toBe("made-up");
  expect(JSON.stringify(job)).not.toContain("hill-database");
  expect(env.has(BACKUP_ENVIRONMENT.location)).toBe(false);
  const pod = job.spec?.template.spec;
  expect(pod?.volumes).toContainEqual({ name: "scratch-data", emptyDir: { sizeLimit: "2Gi" } });
  expect(pod?.volumes?.every(({ persistentVolumeClaim }) => persistentVolumeClaim === undefined)).toBe(true);
  expect(job.spec).toMatchObject({ backoffLimit: 1, ttlSecondsAfterFinished: 600 });
});

test("a new site's database is filled from what is only read, anonymous if asked", () => {
  const destination = { claimName: "old-backups" };
  const job = bootstrapJob(aTenant(), {
    image: "lms:1",
    name: "hill-bootstrap-1",
    id: "x",
    anonymize: true,
    source: { ...source, destination, identities: { name: "age", key: "identity.txt" } },
  });
  const env = envOf(job);
  expect(env.get(RESTORE_ENVIRONMENT.mode)).toBe("empty");
  expect(env.get(RESTORE_ENVIRONMENT.anonymize)).toBe("true");
  expect(env.get(RESTORE_ENVIRONMENT.identities)).toEqual({
    secretKeyRef: { name: "age", key: "identity.txt" },
  });
  expect(job.spec?.template.spec?.containers[0]?.volumeMounts).toContainEqual({
    name: "source",
    mountPath: "/source",
    readOnly: true,
  });
});
