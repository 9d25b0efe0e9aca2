// The Job that makes a backup. Pure.
import { type Backup, BACKUP_ENVIRONMENT, type LmsTenant, type Retention } from "../../api/index.ts";
import type { Job } from "../engine/index.ts";
import { runId } from "../runs/id.ts";
import { destinationOf, type EnvVar, placeOf } from "../runs/place.ts";
import { runtimeJob, TERMINATION_LOG } from "../runs/runtime-job.ts";
import { namespaceOf } from "../tenant/names.ts";
import { databaseEnv } from "../tenant/resources/database-env.ts";

type Policy = NonNullable<LmsTenant["spec"]["backup"]>;

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
  const place = placeOf(destinationOf(tenant, policy), { name: "backups" });
  return runtimeJob(tenant, {
    name: jobName(backup),
    component: "backup",
    annotations: { [LOCATION]: place.text },
    image: input.image,
    args: ["lms", "backup"],
    env: [
      ...databaseEnv(tenant),
      { name: BACKUP_ENVIRONMENT.location, value: place.url },
      ...orderOf(tenant, backup, policy, input.createdAt),
    ],
    places: [place],
    deadlineMinutes: policy.deadlineMinutes,
    resources: policy.resources,
  });
}

/** What is to be done, as the contract says it (api/backup/contract.ts). */
function orderOf(tenant: LmsTenant, backup: Backup, policy: Policy, createdAt: Date): EnvVar[] {
  const { scheduledTime, expiresAfterDays } = backup.spec;
  const name = BACKUP_ENVIRONMENT;
  const expiresAt =
    expiresAfterDays === undefined ? undefined : new Date(createdAt.getTime() + expiresAfterDays * DAY_MS);
  return [
    { name: name.site, value: `${namespaceOf(tenant)}/${tenant.metadata.name}` },
    { name: name.id, value: runId(backup) },
    { name: name.origin, value: scheduledTime === undefined ? "manual" : "schedule" },
    ...(expiresAt ? [{ name: name.expiresAt, value: expiresAt.toISOString() }] : []),
    ...recipientsOf(policy),
    ...(policy.retention
      ? [{ name: name.retention, value: JSON.stringify(retentionOf(tenant, policy)) }]
      : []),
    { name: name.report, value: TERMINATION_LOG },
  ];
}

/** To whose keys what is written is encrypted. */
export function recipientsOf({ encryption }: Policy): EnvVar[] {
  return encryption ? [{ name: BACKUP_ENVIRONMENT.recipients, value: encryption.recipients.join() }] : [];
}

function retentionOf(tenant: LmsTenant, { retention, timeZone }: Policy): Retention {
  return { keepLast: 3, ...retention, timeZone: timeZone ?? tenant.spec.site.timeZone };
}
