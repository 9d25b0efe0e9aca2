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

/** What a backup is called where it lies: as its object, and never as another of the same name. */
export function backupId({ metadata }: Pick<BackupObject, "metadata">): string {
  return `${metadata.name}-${(metadata.uid ?? "").slice(0, 8)}`;
}

/** Whether the run has come to its end, well or not: a Backup is one run and stays what it became. */
export function isOver({ status }: Pick<BackupObject, "status">): boolean {
  return status?.completedAt !== undefined || status?.failedAt !== undefined;
}
