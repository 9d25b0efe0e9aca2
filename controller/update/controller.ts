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
export function updateCaches(manager: Manager, { settings }: Environment): void {
  if (!settings.singleNamespace) manager.cache(ReleaseCatalog, { optional: true });
}

/** Declares the controllers of updates and of what is on offer. */
export function updateControllers(manager: Manager, env: Environment): void {
  const tenants = manager.cache(LmsTenant);
  const takersOf = (catalog: string): ObjectKey[] =>
    tenants
      .list()
      .filter(({ spec: { update } }) => update?.catalogRef.name === catalog)
      .map(keyOf);
  const waitingBeside = (catalog: string | undefined): ObjectKey[] =>
    tenants
      .list()
      .filter(
        ({ spec, status }) => spec.update?.catalogRef.name === catalog && status?.update?.step === "Window",
      )
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
        const before = event.type === "update" ? event.old.status?.update : undefined;
        const { step, result } = tenant.status?.update ?? {};
        if (event.type === "update" && before?.step === step && before?.result === result) return [];
        return waitingBeside(tenant.spec.update?.catalogRef.name);
      }),
      ...(env.settings.singleNamespace
        ? []
        : [watch(ReleaseCatalog, ({ metadata }) => takersOf(metadata.name))]),
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
