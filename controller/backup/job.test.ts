// What the Job of a backup is told, by what is declared.
import { describe, expect, test } from "vitest";
import {
  BACKUP_ENVIRONMENT,
  type BackupSpecInput,
  type LmsTenantSpecInput,
  parseLocation,
} from "../../api/index.ts";
import { aBackup, aTenant } from "../testing/manifests.ts";
import { backupJob, locationOf } from "./job.ts";

type Policy = NonNullable<LmsTenantSpecInput["backup"]>;

const RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const bucket = { bucket: "site-backups", secretRef: { name: "s3" } };

function orderOf(policy: Policy, spec: Partial<BackupSpecInput> = {}) {
  const tenant = aTenant({ backup: policy });
  if (tenant.spec.backup === undefined) throw new Error("the tenant has no backups");
  const createdAt = new Date("2026-11-26T03:00:00Z");
  const job = backupJob(tenant, aBackup(spec), tenant.spec.backup, { image: "lms:1", createdAt });
  const pod = job.spec?.template.spec;
  const env = new Map(pod?.containers[0]?.env?.map((one) => [one.name, one.value ?? one.valueFrom]));
  return { job, pod, env, location: locationOf(job) };
}

describe("the environment", () => {
  test("of a scheduled run to a volume", () => {
    const { env, pod, job, location } = orderOf(
      { destination: { volume: { size: "5Gi" } }, retention: { daily: 7 }, timeZone: "Europe/Berlin" },
      { scheduledTime: "2026-11-26T03:00:00Z" },
    );
    expect(env.get(BACKUP_ENVIRONMENT.location)).toBe("/backups");
    expect(env.get(BACKUP_ENVIRONMENT.id)).toBe("nightly-1a2b3c4d");
    expect(env.get(BACKUP_ENVIRONMENT.site)).toBe("schools/hill");
    expect(env.get(BACKUP_ENVIRONMENT.origin)).toBe("schedule");
    expect(JSON.parse(String(env.get(BACKUP_ENVIRONMENT.retention)))).toEqual({
      keepLast: 3,
      daily: 7,
      timeZone: "Europe/Berlin",
    });
    expect(env.has(BACKUP_ENVIRONMENT.expiresAt)).toBe(false);
    expect(env.has("AWS_ACCESS_KEY_ID")).toBe(false);
    expect(pod?.volumes).toContainEqual({
      name: "backups",
      persistentVolumeClaim: { claimName: "hill-backups" },
    });
    expect(job.metadata?.name).toBe("nightly-backup");
    expect(location).toBe("persistentvolumeclaim/hill-backups");
  });

  test("of a run by hand to a bucket, encrypted, which expires", () => {
    const { env, pod, location } = orderOf(
      {
        destination: {
          s3: {
            ...bucket,
            prefix: "lms/prod",
            endpoint: "https://s3.example.org:9000",
            region: "eu-central-1",
            caConfigMapRef: { name: "ca", key: "root.pem" },
          },
        },
        encryption: { recipients: [RECIPIENT] },
      },
      { expiresAfterDays: 30 },
    );
    const text = String(env.get(BACKUP_ENVIRONMENT.location));
    expect(text).toBe(location);
    expect(parseLocation(text)).toEqual({
      type: "s3",
      bucket: "site-backups",
      prefix: "lms/prod",
      endpoint: "https://s3.example.org:9000",
      region: "eu-central-1",
    });
    expect(env.get(BACKUP_ENVIRONMENT.origin)).toBe("manual");
    expect(env.get(BACKUP_ENVIRONMENT.expiresAt)).toBe("2026-12-26T03:00:00.000Z");
    expect(env.get(BACKUP_ENVIRONMENT.recipients)).toBe(RECIPIENT);
    expect(env.has(BACKUP_ENVIRONMENT.retention)).toBe(false);
    expect(env.get("AWS_SECRET_ACCESS_KEY")).toEqual({
      secretKeyRef: { name: "s3", key: "secretAccessKey" },
    });
    expect(env.get("AWS_CA_BUNDLE")).toBe("/etc/provost/backups-ca/ca.pem");
    expect(pod?.volumes).toContainEqual({
      name: "backups-ca",
      configMap: { name: "ca", items: [{ key: "root.pem", path: "ca.pem" }] },
    });
  });

  test("holds no secret: credentials come from Secrets", () => {
    const { env } = orderOf({ destination: { s3: bucket } });
    for (const [name, value] of env)
      if (/PASS|SECRET|KEY|TOKEN/.test(name)) expect(value, name).toHaveProperty("secretKeyRef");
  });
});

test("it has a deadline, few tries, and is cleared away", () => {
  const { job } = orderOf({ destination: { volume: { claimName: "mine" } }, deadlineMinutes: 5 });
  expect(job.spec).toMatchObject({
    activeDeadlineSeconds: 300,
    backoffLimit: 2,
    ttlSecondsAfterFinished: 86_400,
  });
});
