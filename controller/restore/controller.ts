// What wakes a Restore: itself, its Job and its pods, its tenants, its backup. And what wakes a schedule of drills.
import {
  Job,
  keyOf,
  type Live,
  type Manager,
  NetworkPolicy,
  type ObjectKey,
  Pod,
  watch,
} from "../engine/index.ts";
import { tenantKeyOf as tenantOfBackup } from "../backup/context.ts";
import type { Environment } from "../environment.ts";
import { Backup, LmsTenant, Restore } from "../kinds.ts";
import { isOver } from "../runs/id.ts";
import { shardOf } from "../settings.ts";
import { reconcileDrills } from "./reconcile-drills.ts";
import { reconcileRestore } from "./reconcile.ts";

/** Declares the cache of Restore. Where CRDs or rights are older than this operator, sites go on without restores. */
export function restoreCaches(manager: Manager, env: Environment): void {
  manager.cache(Restore, { optional: true, ...shardOf(env.settings) });
}

/** Declares the controllers of Restore and of the schedules of drills. */
export function restoreControllers(manager: Manager, env: Environment): void {
  const restores = manager.cache(Restore);
  const waiting = (
    namespace: string | undefined,
    isMeant: (restore: Live<Restore>) => boolean,
  ): ObjectKey[] =>
    restores
      .list(namespace)
      .filter((one) => !isOver(one) && isMeant(one))
      .map(keyOf);
  const about = (tenant: ObjectKey): ObjectKey[] =>
    waiting(tenant.namespace, ({ spec }) =>
      [spec.tenantRef.name, spec.newTenant?.name].includes(tenant.name),
    );
  manager.controller({
    name: "restore",
    type: Restore,
    owns: [Job, NetworkPolicy],
    watches: [
      watch(LmsTenant, (tenant) => about(keyOf(tenant))),
      watch(Backup, ({ metadata }) =>
        waiting(metadata.namespace, ({ spec }) => spec.source.backupRef?.name === metadata.name),
      ),
      // One that is over may have been waited for.
      watch(Restore, ({ metadata, spec }) =>
        about({ namespace: metadata.namespace ?? "", name: spec.tenantRef.name }),
      ),
      watch(Pod, ({ metadata }) =>
        about({
          namespace: metadata.namespace ?? "",
          name: metadata.labels?.["app.kubernetes.io/instance"] ?? "",
        }),
      ),
    ],
    resyncMs: env.settings.resyncMs,
    reconcile: (ctx) => reconcileRestore(ctx, env),
  });
  manager.controller({
    name: "drillschedule",
    type: LmsTenant,
    // A drill that is due may have waited for a backup.
    watches: [watch(Backup, (backup) => [tenantOfBackup(backup)])],
    resyncMs: env.settings.resyncMs,
    reconcile: (ctx) => reconcileDrills(ctx, env),
  });
}
