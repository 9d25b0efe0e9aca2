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
import { BY_CATALOG } from "../tenant/indexes.ts";
import { reconcileCatalog } from "./catalog.ts";
import { reconcileUpdate } from "./reconcile.ts";
import { isBusy } from "./state.ts";

/** Declares the cache of ReleaseCatalog. Where its CRD or the right to it is missing, sites stay on what they are on. */
export function updateCaches(manager: Manager, { settings }: Environment): void {
  if (!settings.singleNamespace) manager.cache(ReleaseCatalog, { optional: true });
}

/** Declares the controllers of updates and of what is on offer. */
export function updateControllers(manager: Manager, env: Environment): void {
  const tenants = manager.cache(LmsTenant);
  const waitingBeside = (catalog: string): ObjectKey[] =>
    tenants
      .byIndex(BY_CATALOG, catalog)
      .filter(({ status }) => status?.update?.step === "Window")
      .map(keyOf);
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
      // A place has become free, or a wave is through.
      watch(LmsTenant, (tenant, event) => {
        if (event.type === "add") return [];
        const before = event.type === "update" ? event.old.status?.update : undefined;
        const now = tenant.status?.update;
        const same =
          event.type === "update" && before?.result === now?.result && (!isBusy(before) || isBusy(now));
        const { update } = tenant.spec;
        return same || !update ? [] : waitingBeside(update.catalogRef.name);
      }),
      ...(env.settings.singleNamespace
        ? []
        : [watch(ReleaseCatalog, ({ metadata }) => tenants.byIndex(BY_CATALOG, metadata.name).map(keyOf))]),
    ],
    // Most of it is waiting for an answer.
    concurrency: 16,
    resyncMs: env.settings.resyncMs,
    reconcile: (ctx) => reconcileUpdate(ctx, env),
  });
  // Who serves a part of the cluster sees a part of the fleet, and others would say something else.
  if (env.settings.singleNamespace || env.settings.selector !== undefined) return;
  manager.controller({
    name: "releasecatalog",
    type: ReleaseCatalog,
    watches: [
      watch(LmsTenant, (tenant, event) => {
        const { update } = tenant.spec;
        const same =
          event.type === "update" && event.old.status?.update?.result === tenant.status?.update?.result;
        return !update || same ? [] : [{ namespace: "", name: update.catalogRef.name }];
      }),
    ],
    resyncMs: env.settings.resyncMs,
    reconcile: (ctx) => reconcileCatalog(ctx, env),
  });
}

function runtimeOf({ metadata }: Live): ObjectKey[] {
  const name = metadata.labels?.["app.kubernetes.io/instance"];
  if (name === undefined || metadata.labels?.["app.kubernetes.io/component"] !== "lms") return [];
  return [{ namespace: metadata.namespace ?? "", name }];
}
