// What wakes a Backup: itself, its Job and its pods, its tenant. And what wakes a schedule: the clock.
import {
  Job,
  keyOf,
  keyString,
  type Live,
  type Manager,
  type ObjectKey,
  Pod,
  watch,
} from "../engine/index.ts";
import type { Environment } from "../environment.ts";
import { Backup, LmsTenant } from "../kinds.ts";
import { shardOf } from "../settings.ts";
import { MANAGED } from "../tenant/names.ts";
import { BY_TENANT, backupIndexers } from "./indexes.ts";
import { isOver } from "../runs/id.ts";
import { reconcileBackup } from "./reconcile.ts";
import { reconcileSchedule } from "./reconcile-schedule.ts";

/** Declares the caches of Backup and Job. Where CRDs or rights are older than this operator, sites go on without backups. */
export function backupCaches(manager: Manager, env: Environment): void {
  manager.cache(Backup, { indexers: backupIndexers, optional: true, ...shardOf(env.settings) });
  manager.cache(Job, { labelSelector: MANAGED, optional: true });
}

/** Declares the controllers of Backup and of the schedules of backups. */
export function backupControllers(manager: Manager, env: Environment): void {
  const backups = manager.cache(Backup);
  const waiting = (tenant: ObjectKey): ObjectKey[] =>
    backups
      .byIndex(BY_TENANT, keyString(tenant))
      .filter((one) => !isOver(one))
      .map(keyOf);
  manager.controller({
    name: "backup",
    type: Backup,
    owns: [Job],
    watches: [
      watch(LmsTenant, (tenant) => waiting(keyOf(tenant))),
      watch(Pod, (pod) => waiting(instanceOf(pod as unknown as Live))),
    ],
    resyncMs: env.settings.resyncMs,
    reconcile: (ctx) => reconcileBackup(ctx, env),
  });
  manager.controller({
    name: "backupschedule",
    type: LmsTenant,
    resyncMs: env.settings.resyncMs,
    reconcile: (ctx) => reconcileSchedule(ctx, env),
  });
}

function instanceOf({ metadata }: Live): ObjectKey {
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.labels?.["app.kubernetes.io/instance"] ?? "",
  };
}
