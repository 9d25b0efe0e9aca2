// What the steps of a Backup's reconcile are given.
import type { Backup as BackupObject } from "../../api/index.ts";
import type { Job, Live, ObjectKey, Step } from "../engine/index.ts";
import type { Context } from "../environment.ts";
import type { Backup } from "../kinds.ts";

/** `job` is there for the step after the one that orders it. */
export type BackupContext = Context<Backup> & { found: { job?: Live<Job> } };
export type BackupStep = Step<BackupContext>;

/** The Backup as its pure builders see it. */
export function backupOf(ctx: BackupContext): BackupObject {
  return ctx.object as unknown as BackupObject;
}

/** Key of the tenant that a Backup is of. */
export function tenantKeyOf(backup: Pick<BackupObject, "metadata" | "spec">): ObjectKey {
  return { namespace: backup.metadata.namespace ?? "", name: backup.spec.tenantRef.name };
}
