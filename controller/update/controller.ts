// What wakes an update: its tenant, what it has made, the replicas, the catalog.
import {
  Deployment,
  Job,
  keyOf,
  type Live,
  type Manager,
  type ObjectKey,
  Pod,
  watch,
} from "../engine/index.ts";
import type { Environment } from "../environment.ts";
import { tenantKeyOf } from "../backup/context.ts";
import { Backup, LmsTenant, ReleaseCatalog, Restore } from "../kinds.ts";
import { reconcileCatalog } from "./catalog.ts";
import { reconcileUpdate } from "./reconcile.ts";

/** Declares the cache of ReleaseCatalog. Where its CRD or the right to it is missing, sites stay on what they are on. */
export function updateCaches(manager: Manager): void {
  manager.cache(ReleaseCatalog, { optional: true });
}

/** Declares the controllers of updates and of what is on offer. */
export function updateControllers(manager: Manager, env: Environment): void {
  const tenants = manager.cache(LmsTenant);
  manager.controller({
    name: "update",
    type: LmsTenant,
    owns: [Deployment, Job],
    watches: [
      watch(Backup, (backup) => [tenantKeyOf(backup)]),
      watch(Restore, ({ metadata, spec }) => [
        { namespace: metadata.namespace ?? "", name: spec.tenantRef.name },
      ]),
      watch(Pod, (pod) => runtimeOf(pod as unknown as Live)),
      watch(ReleaseCatalog, ({ metadata }) =>
        tenants
          .list()
          .filter(({ spec }) => spec.update?.catalogRef.name === metadata.name)
          .map(keyOf),
      ),
    ],
    // Most of it is waiting for an answer.
    concurrency: 16,
    resyncMs: env.settings.resyncMs,
    reconcile: (ctx) => reconcileUpdate(ctx, env),
  });
  manager.controller({
    name: "releasecatalog",
    type: ReleaseCatalog,
    resyncMs: env.settings.resyncMs,
    reconcile: (ctx) => reconcileCatalog(ctx, env),
  });
}

function runtimeOf({ metadata }: Live): ObjectKey[] {
  const name = metadata.labels?.["app.kubernetes.io/instance"];
  if (name === undefined || metadata.labels?.["app.kubernetes.io/component"] !== "lms") return [];
  return [{ namespace: metadata.namespace ?? "", name }];
}
