// What wakes a tenant: itself, its children, and what it names.
import { isDeepStrictEqual } from "node:util";
import {
  ConfigMap,
  type ControllerSpec,
  Deployment,
  Ingress,
  Job,
  type KubeObject,
  type Live,
  type Manager,
  NetworkPolicy,
  type ObjectKey,
  PersistentVolumeClaim,
  Pod,
  type ResourceType,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
  keyOf,
  keyString,
  watch,
} from "../engine/index.ts";
import type { Environment } from "../environment.ts";
import { shardOf } from "../settings.ts";
import { tenantKeyOf } from "../backup/context.ts";
import { Backup, LmsTenant, ReleaseCatalog, Restore } from "../kinds.ts";
import { Farewells, type Possession } from "./farewell.ts";
import { BY_CATALOG, BY_CONFIG_MAP, BY_HOSTNAME, BY_SECRET, tenantIndexers } from "./indexes.ts";
import { MANAGED } from "./names.ts";
import { OPTIONAL_KINDS } from "./optional/apis.ts";
import { PostgresCluster } from "./optional/kinds.ts";
import { reconcileTenant } from "./reconcile.ts";

const CHILDREN = [
  Deployment,
  Ingress,
  NetworkPolicy,
  PersistentVolumeClaim,
  Service,
  ServiceAccount,
  StatefulSet,
];

/** What can be set for the kinds that a cluster may not serve. */
export interface OptionalKinds {
  /** How often a kind that is absent is looked for; default: a minute. */
  readonly absentRecheckMs?: number;
}

/** Declares the caches and the controller of LmsTenant. */
export function tenantController(manager: Manager, env: Environment, optional: OptionalKinds = {}): void {
  const tenants = manager.cache(LmsTenant, { indexers: tenantIndexers, ...shardOf(env.settings) });
  for (const type of CHILDREN) manager.cache<KubeObject>(type, { labelSelector: MANAGED });
  for (const type of OPTIONAL_KINDS)
    manager.cache<KubeObject>(type, { labelSelector: MANAGED, optional: true, ...optional });
  manager.cache(Pod, { labelSelector: MANAGED });
  const farewells = new Farewells();
  tenants.onChange(({ type, object }) => {
    // What leaves a shard may only have changed its labels.
    if (type === "delete" && env.settings.selector === undefined)
      farewells.tell(object as unknown as LmsTenant, possessionsIn(manager, object.metadata.namespace));
  });
  const named =
    (index: string) =>
    (object: Live): ObjectKey[] =>
      tenants.byIndex(index, keyString(keyOf(object))).map(keyOf);

  const spec: ControllerSpec<LmsTenant> = {
    name: "lmstenant",
    type: LmsTenant,
    owns: [...CHILDREN, ...OPTIONAL_KINDS, Secret, Job],
    watches: [
      watch(Secret, (secret) => [
        ...named(BY_SECRET)(secret as unknown as Live),
        ...instanceOf(secret as unknown as Live),
      ]),
      watch(ConfigMap, named(BY_CONFIG_MAP) as never),
      watch(PersistentVolumeClaim, (claim) => instanceOf(claim as unknown as Live)),
      watch(PostgresCluster, (cluster) => instanceOf(cluster as unknown as Live)),
      watch(Backup, (backup) => [tenantKeyOf(backup)]),
      watch(Restore, ({ metadata, spec }) => [
        { namespace: metadata.namespace ?? "", name: spec.tenantRef.name },
      ]),
      watch(Pod, (pod) => instanceOf(pod as unknown as Live)),
      ...(env.settings.singleNamespace
        ? []
        : [watch(ReleaseCatalog, ({ metadata }) => tenants.byIndex(BY_CATALOG, metadata.name).map(keyOf))]),
      // The image, and whether anything runs, follow from how far an update is, and from the clock.
      watch(LmsTenant, (tenant, event) => {
        if (event.type !== "update") return [];
        const { update, sleep } = event.old.status ?? {};
        const same =
          isDeepStrictEqual(update, tenant.status?.update) && isDeepStrictEqual(sleep, tenant.status?.sleep);
        return same ? [] : [keyOf(tenant)];
      }),
      // A hostname that becomes free may have been waited for.
      watch(LmsTenant, (tenant, event) => {
        if (event.type === "add") return [];
        const former = event.type === "update" ? event.old.spec.hostname : tenant.spec.hostname;
        if (event.type === "update" && former === tenant.spec.hostname) return [];
        return tenants.byIndex(BY_HOSTNAME, former).map(keyOf);
      }),
    ],
    // Most of a reconcile is waiting for an answer.
    concurrency: 32,
    resyncMs: env.settings.resyncMs,
    reconcile: (ctx) => {
      farewells.remember(ctx.object as unknown as LmsTenant, ctx.events);
      return reconcileTenant(ctx, env);
    },
    gone: (key) => env.connections.forget(key.namespace, key.name),
  };
  manager.controller(spec);
}

/** The tenant that a labelled object belongs to although it is not owned. */
function instanceOf({ metadata }: Live): ObjectKey[] {
  const name = metadata.labels?.["app.kubernetes.io/instance"];
  if (name === undefined || metadata.labels?.["app.kubernetes.io/managed-by"] !== "provost") return [];
  return [{ namespace: metadata.namespace ?? "", name }];
}

/** What may hold learner data in a namespace. Objects of a cache carry no kind. */
function possessionsIn(manager: Manager, namespace: string | undefined): Possession[] {
  return [PersistentVolumeClaim, PostgresCluster, Secret].flatMap((type: ResourceType) =>
    manager
      .cache<KubeObject>(type)
      .list(namespace)
      .map(({ metadata }) => ({ kind: type.kind as Possession["kind"], metadata })),
  );
}
