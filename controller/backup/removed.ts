// When retention has removed a backup where it lay, its object goes too.
import { keyOf } from "../engine/index.ts";
import { Backup } from "../kinds.ts";
import { isOver, runId } from "../runs/id.ts";
import { backupOf, type BackupContext } from "./context.ts";

/** Deletes the Backups of the same tenant with these ids. */
export async function removeObjectsOf(ctx: BackupContext, ids: readonly string[]): Promise<void> {
  const gone = new Set(ids);
  const { tenantRef } = backupOf(ctx).spec;
  const objects = ctx
    .cache(Backup)
    .list(ctx.key.namespace)
    .filter((one) => one.spec.tenantRef.name === tenantRef.name && isOver(one) && gone.has(runId(one)));
  await Promise.all(
    objects.map((one) => ctx.client.delete(Backup, keyOf(one), { preconditions: { uid: one.metadata.uid } })),
  );
  if (objects.length > 0)
    ctx.events.normal(
      "BackupsRemoved",
      `Retention removed ${objects.map(({ metadata }) => metadata.name).join(", ")}.`,
    );
}
