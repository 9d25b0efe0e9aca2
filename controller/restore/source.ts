// Where the backup to be restored lies: by its object, or by what somebody wrote down.
import type { LmsTenant as LmsTenantObject, Restore } from "../../api/index.ts";
import {
  type KubeObject,
  type ReconcileContext,
  requeueAfter,
  stalled,
  type StepResult,
} from "../engine/index.ts";
import { Backup, LmsTenant } from "../kinds.ts";
import { type Destination, destinationOf, destinationText } from "../runs/place.ts";

type SourceSpec = Restore["spec"]["source"];
type Identities = { readonly name: string; readonly key: string };

export interface Source {
  readonly destination: Destination;
  /** Folder of the backup there. */
  readonly path: string;
  /** What its manifest must have, when that is known. */
  readonly digest?: string;
  readonly identities?: Identities;
}

/** The backup's changes wake us; this is for when they are missed. */
const LOOK_AGAIN_MS = 30_000;

/** @param field of the manifest that names the source, for messages */
export function sourceOf(
  ctx: Pick<ReconcileContext<KubeObject>, "cache" | "key">,
  spec: SourceSpec,
  tenant: LmsTenantObject,
  field: string,
): Source | StepResult {
  const identities = spec.identitySecretRef && { identities: spec.identitySecretRef };
  if (spec.backupRef) return byObject(ctx, spec.backupRef.name, field, spec.identitySecretRef);
  const destination =
    namedDestination(spec) ?? (tenant.spec.backup && destinationOf(tenant, tenant.spec.backup));
  if (destination === undefined)
    return stalled(
      "NoDestination",
      `${field}: LmsTenant ${tenant.metadata.name} does not say where backups lie: set ${field}.destination.`,
    );
  return { destination, path: spec.path ?? "", ...identities };
}

function namedDestination({ destination }: SourceSpec): Destination | undefined {
  if (destination?.s3) return { s3: destination.s3 };
  return destination?.claimName === undefined ? undefined : { claimName: destination.claimName };
}

function byObject(
  ctx: Pick<ReconcileContext<KubeObject>, "cache" | "key">,
  name: string,
  field: string,
  identities: Identities | undefined,
): Source | StepResult {
  const { namespace } = ctx.key;
  const backup = ctx.cache(Backup).get({ namespace, name });
  if (backup === undefined)
    return requeueAfter(
      LOOK_AGAIN_MS,
      "BackupNotFound",
      `Waiting for Backup ${name}, which is not in namespace ${namespace}: name another, or say where it lies in ${field}.path.`,
    );
  const { completedAt, failedAt, path, location, digest, encrypted } = backup.status ?? {};
  if (failedAt !== undefined)
    return stalled("BackupFailed", `${field}.backupRef: Backup ${name} failed: name a complete one.`);
  if (completedAt === undefined || path === undefined)
    return requeueAfter(LOOK_AGAIN_MS, "WaitingForBackup", `Waiting for Backup ${name} to be complete.`);
  if (encrypted === true && identities === undefined)
    return stalled(
      "WrongKey",
      `Backup ${name} is encrypted: give the Secret with an age identity in ${field}.identitySecretRef.`,
    );
  const owner = ctx.cache(LmsTenant).get({ namespace, name: backup.spec.tenantRef.name }) as
    LmsTenantObject | undefined;
  const policy = owner?.spec.backup;
  const destination = owner && policy && destinationOf(owner, policy);
  if (destination === undefined || destinationText(destination) !== location)
    return stalled(
      "DestinationChanged",
      `Backup ${name} lies at ${location ?? "a place that is not known"}, which LmsTenant ${backup.spec.tenantRef.name} names no more: set ${field}.path to ${path}, and ${field}.destination.`,
    );
  return { destination, path, ...(digest !== undefined && { digest }), ...(identities && { identities }) };
}
