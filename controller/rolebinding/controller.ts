// What wakes a RoleBinding: itself, its tenant (with its users, groups and roles), the course it is about.
import { tenantKeyOf } from "../attachment/attached.ts";
import { wakesAttached } from "../attachment/wake.ts";
import { siteKeyOf } from "../course/indexes.ts";
import { isNewlyThere } from "../course/newly-there.ts";
import {
  keyOf,
  keyString,
  type Live,
  type Manager,
  Namespace,
  type ObjectKey,
  watch,
} from "../engine/index.ts";
import type { Environment } from "../environment.ts";
import { shardOf } from "../settings.ts";
import { Course, LmsTenant, RoleBinding } from "../kinds.ts";
import { reconcileRoleBinding } from "./reconcile.ts";

const BY_TENANT = "tenant";
const BY_COURSE = "course";

/** Declares the cache and the controller of RoleBinding. */
export function roleBindingController(manager: Manager, env: Environment): void {
  const bindings = manager.cache(RoleBinding, {
    ...shardOf(env.settings),
    indexers: {
      [BY_TENANT]: (binding) => [keyString(tenantKeyOf(binding))],
      [BY_COURSE]: (binding) => {
        const { course } = binding.spec.scope;
        return course === undefined ? [] : [`${keyString(tenantKeyOf(binding))}/${course}`];
      },
    },
  });
  const keys = (found: readonly Live<RoleBinding>[]): ObjectKey[] => found.map(keyOf);
  manager.controller({
    name: "rolebinding",
    type: RoleBinding,
    watches: [
      watch(LmsTenant, (tenant, event) =>
        wakesAttached(event) ? keys(bindings.byIndex(BY_TENANT, keyString(keyOf(tenant)))) : [],
      ),
      // A course that has just been published may be the one a binding waits for.
      watch(Course, (course, event) =>
        event.type === "update" && isNewlyThere(event.old, course)
          ? keys(bindings.byIndex(BY_COURSE, siteKeyOf(course)))
          : [],
      ),
      ...(env.settings.singleNamespace
        ? []
        : [watch(Namespace, (namespace) => keys(bindings.list(namespace.metadata.name)))]),
    ],
    // Most of a reconcile is waiting for an answer.
    concurrency: 32,
    resyncMs: env.settings.resyncMs,
    reconcile: (ctx) => reconcileRoleBinding(ctx, env),
  });
}
