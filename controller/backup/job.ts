// The Job that makes a backup: the runtime's image, beside the database, with a deadline. Pure.
import {
  type Backup,
  BACKUP_ENVIRONMENT,
  type LmsTenant,
  locationText,
  type Retention,
} from "../../api/index.ts";
import type { Job } from "../engine/index.ts";
import { childMeta, labels, names, namespaceOf } from "../tenant/names.ts";
import { computeResources } from "../tenant/resources/compute.ts";
import { databaseEnv } from "../tenant/resources/database-env.ts";
import { CONTAINER_SECURITY, podSecurity, RUNTIME_UID } from "../tenant/resources/security.ts";
import { backupId } from "./context.ts";

type Policy = NonNullable<LmsTenant["spec"]["backup"]>;
type Env = { readonly name: string; readonly value?: string; readonly valueFrom?: object };

const FOLDER = "/backups";
const CA_FOLDER = "/etc/provost/backup-ca";
/** The kubelet's default, which the pod's status gets at the end (Kubernetes docs: "Determine the Reason for Pod Failure"). */
const TERMINATION_LOG = "/dev/termination-log";
/** Tries after the first: a database or a bucket may be away for a moment. */
const RETRIES = 2;
/** How long a finished Job is kept for who wants to read its log. */
const KEEP_SECONDS = 24 * 3_600;
const DAY_MS = 24 * 3_600_000;

/** On the Job: where its backup goes, for people. The tenant may say something else by the time it has ended. */
const LOCATION = "provost.dev/backup-location";

/** Where a Job's backup goes: what status says. */
export const locationOf = (job: Pick<Job, "metadata">): string | undefined =>
  job.metadata?.annotations?.[LOCATION];

/** Name of a Backup's Job. */
export const jobName = (backup: Pick<Backup, "metadata">): string => `${backup.metadata.name}-backup`;

/** The Job of one run. `createdAt` is when the Backup was created. */
export function backupJob(
  tenant: LmsTenant,
  backup: Backup,
  policy: Policy,
  input: { readonly image: string; readonly createdAt: Date },
): Job {
  const { s3, volume } = policy.destination;
  const volumes = [
    { name: "tmp", emptyDir: {} },
    ...(volume ? [{ name: "backups", persistentVolumeClaim: { claimName: claimOf(tenant, volume) } }] : []),
    ...(s3?.caConfigMapRef
      ? [
          {
            name: "ca",
            configMap: {
              name: s3.caConfigMapRef.name,
              items: [{ key: s3.caConfigMapRef.key, path: "ca.pem" }],
            },
          },
        ]
      : []),
  ];
  const mounts = [
    { name: "tmp", mountPath: "/tmp" },
    ...(volume ? [{ name: "backups", mountPath: FOLDER }] : []),
    ...(s3?.caConfigMapRef ? [{ name: "ca", mountPath: CA_FOLDER, readOnly: true }] : []),
  ];
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      ...childMeta(tenant, jobName(backup), "backup"),
      annotations: {
        [LOCATION]: s3 ? s3Location(s3) : `persistentvolumeclaim/${claimOf(tenant, volume)}`,
      },
    },
    spec: {
      backoffLimit: RETRIES,
      activeDeadlineSeconds: policy.deadlineMinutes * 60,
      ttlSecondsAfterFinished: KEEP_SECONDS,
      template: {
        metadata: { labels: labels(tenant.metadata.name, "backup") },
        spec: {
          restartPolicy: "Never",
          serviceAccountName: names(tenant.metadata.name).runtime,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: podSecurity(RUNTIME_UID),
          containers: [
            {
              name: "backup",
              image: input.image,
              imagePullPolicy: "IfNotPresent",
              args: ["lms", "backup"],
              terminationMessagePolicy: "FallbackToLogsOnError",
              env: [...databaseEnv(tenant), ...orderOf(tenant, backup, policy, input.createdAt)],
              resources: computeResources(policy.resources, {
                requests: { cpu: "50m", memory: "128Mi" },
                limits: { memory: "384Mi" },
              }),
              securityContext: CONTAINER_SECURITY,
              volumeMounts: mounts,
            },
          ],
          volumes,
        },
      },
    },
  };
}

/** What is to be done, as the contract says it (api/backup/contract.ts). */
function orderOf(tenant: LmsTenant, backup: Backup, policy: Policy, createdAt: Date): Env[] {
  const { s3 } = policy.destination;
  const { scheduledTime, expiresAfterDays } = backup.spec;
  const name = BACKUP_ENVIRONMENT;
  const expiresAt =
    expiresAfterDays === undefined ? undefined : new Date(createdAt.getTime() + expiresAfterDays * DAY_MS);
  return [
    { name: name.location, value: s3 ? s3Location(s3) : FOLDER },
    { name: name.site, value: `${namespaceOf(tenant)}/${tenant.metadata.name}` },
    { name: name.id, value: backupId(backup) },
    { name: name.origin, value: scheduledTime === undefined ? "manual" : "schedule" },
    ...(expiresAt ? [{ name: name.expiresAt, value: expiresAt.toISOString() }] : []),
    ...(policy.encryption ? [{ name: name.recipients, value: policy.encryption.recipients.join() }] : []),
    ...(policy.retention
      ? [{ name: name.retention, value: JSON.stringify(retentionOf(tenant, policy)) }]
      : []),
    { name: name.report, value: TERMINATION_LOG },
    ...(s3 ? credentialsOf(s3) : []),
  ];
}

function retentionOf(tenant: LmsTenant, { retention, timeZone }: Policy): Retention {
  return { keepLast: 3, ...retention, timeZone: timeZone ?? tenant.spec.site.timeZone };
}

type S3 = NonNullable<Policy["destination"]["s3"]>;

function s3Location({ bucket, prefix = "", endpoint, region }: S3): string {
  return locationText({
    type: "s3",
    bucket,
    prefix,
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
  });
}

function credentialsOf({ secretRef, caConfigMapRef }: S3): Env[] {
  const from = (variable: string, key: string, optional = false): Env => ({
    name: variable,
    valueFrom: { secretKeyRef: { name: secretRef.name, key, ...(optional ? { optional } : {}) } },
  });
  return [
    from("AWS_ACCESS_KEY_ID", "accessKeyId"),
    from("AWS_SECRET_ACCESS_KEY", "secretAccessKey"),
    from("AWS_SESSION_TOKEN", "sessionToken", true),
    ...(caConfigMapRef ? [{ name: "AWS_CA_BUNDLE", value: `${CA_FOLDER}/ca.pem` }] : []),
  ];
}

function claimOf(tenant: LmsTenant, volume: Policy["destination"]["volume"]): string {
  return volume?.claimName ?? names(tenant.metadata.name).backupClaim;
}
