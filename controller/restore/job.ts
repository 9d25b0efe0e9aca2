// The Job that restores a backup. Pure.
import {
  BACKUP_ENVIRONMENT,
  type LmsTenant,
  type Restore,
  RESTORE_ENVIRONMENT,
  type RestoreMode,
  SOURCE_PREFIX,
} from "../../api/index.ts";
import { recipientsOf } from "../backup/job.ts";
import type { Job } from "../engine/index.ts";
import { runId } from "../runs/id.ts";
import { destinationOf, destinationText, type EnvVar, type Place, placeOf } from "../runs/place.ts";
import { runtimeJob, TERMINATION_LOG } from "../runs/runtime-job.ts";
import { namespaceOf } from "../tenant/names.ts";
import { databaseEnv } from "../tenant/resources/database-env.ts";
import { type Scratch, scratchDatabase } from "./scratch.ts";
import type { Source } from "./source.ts";

type Policy = NonNullable<LmsTenant["spec"]["backup"]>;

/** How long the backup of what was there is kept at least. */
const SAFETY_DAYS = 90;
const DAY_MS = 24 * 3_600_000;

/** A drill that failed has a log to read, and a whole site's data beside it. One that went well goes at once. */
const KEEP_FAILED_DRILL_SECONDS = 600;

/** On the Job of a restore in place: where its safety backup goes. */
const SAFETY_LOCATION = "provost.dev/safety-location";

/** Where the safety backup of a Job lies. */
export const safetyLocationOf = (job: Pick<Job, "metadata">): string | undefined =>
  job.metadata?.annotations?.[SAFETY_LOCATION];

/** Name of a Restore's Job. */
export const jobName = (restore: Pick<Restore, "metadata">): string => `${restore.metadata.name}-restore`;

interface Input {
  readonly image: string;
  readonly source: Source;
}

/** The Job that puts a site back to a backup. */
export function inPlaceJob(
  tenant: LmsTenant,
  restore: Restore,
  policy: Policy,
  input: Input & { readonly now: Date },
): Job {
  const safety = placeOf(destinationOf(tenant, policy), { name: "backups" });
  const source = sourceBeside(safety, input.source);
  const expiresAt = new Date(input.now.getTime() + SAFETY_DAYS * DAY_MS).toISOString();
  const name = BACKUP_ENVIRONMENT;
  return runtimeJob(tenant, {
    name: jobName(restore),
    component: "restore",
    annotations: { [SAFETY_LOCATION]: safety.text },
    image: input.image,
    args: ["lms", "restore"],
    env: [
      ...databaseEnv(tenant),
      ...orderOf("in-place", source.url, runId(restore), input.source),
      { name: name.location, value: safety.url },
      { name: name.site, value: `${namespaceOf(tenant)}/${tenant.metadata.name}` },
      { name: name.id, value: runId(restore) },
      { name: name.origin, value: "manual" },
      { name: name.expiresAt, value: expiresAt },
      ...recipientsOf(policy),
    ],
    places: [source, safety],
    deadlineMinutes: restore.spec.deadlineMinutes,
    resources: policy.resources,
  });
}

/** One claim is mounted once: a kubelet may wait for ever for the second mount (Kubernetes issue 82526). */
function sourceBeside(safety: Place, { destination }: Source): Place {
  if ("claimName" in destination && destinationText(destination) === safety.text)
    return { ...safety, env: [], volumes: [], mounts: [] };
  return placeOf(destination, { name: "source", prefix: SOURCE_PREFIX, readOnly: true });
}

/** The Job that tries a backup on a scratch database beside it, which goes with the pod. */
export function drillJob(
  tenant: LmsTenant,
  restore: Restore,
  input: Input & { readonly scratch: Scratch },
): Job {
  // It says on the backup itself that it was found whole.
  const source = placeOf(input.source.destination, { name: "source" });
  const scratch = scratchDatabase(input.scratch);
  return runtimeJob(tenant, {
    name: jobName(restore),
    component: "drill",
    image: input.image,
    args: ["lms", "restore"],
    env: [...scratch.env, ...orderOf("verify", source.url, runId(restore), input.source)],
    places: [source],
    deadlineMinutes: restore.spec.deadlineMinutes,
    // A backup that is not whole is not whole a second time.
    retries: 1,
    keepSeconds: KEEP_FAILED_DRILL_SECONDS,
    resources: tenant.spec.backup?.resources,
    sidecars: scratch.sidecars,
    volumes: scratch.volumes,
  });
}

/** The Job that a new site begins with. */
export function bootstrapJob(
  tenant: LmsTenant,
  input: Input & { readonly name: string; readonly id: string; readonly anonymize: boolean },
): Job {
  const source = placeOf(input.source.destination, { name: "source", readOnly: true });
  return runtimeJob(tenant, {
    name: input.name,
    component: "restore",
    image: input.image,
    args: ["lms", "restore"],
    env: [
      ...databaseEnv(tenant),
      ...orderOf("empty", source.url, input.id, input.source),
      ...(input.anonymize ? [{ name: RESTORE_ENVIRONMENT.anonymize, value: "true" }] : []),
    ],
    places: [source],
    deadlineMinutes: 240,
    resources: tenant.spec.backup?.resources,
  });
}

/** What is to be done, as the contract says it (api/restore/contract.ts). */
function orderOf(mode: RestoreMode, url: string, id: string, source: Source): EnvVar[] {
  const name = RESTORE_ENVIRONMENT;
  const { path, digest, identities } = source;
  return [
    { name: name.mode, value: mode },
    { name: name.location, value: url },
    { name: name.path, value: path },
    ...(digest === undefined ? [] : [{ name: name.digest, value: digest }]),
    { name: name.id, value: id },
    ...(identities ? [{ name: name.identities, valueFrom: { secretKeyRef: { ...identities } } }] : []),
    { name: name.report, value: TERMINATION_LOG },
  ];
}
