// Namespaces: each gets its default ServiceAccount and the authority's certificate; a deleted one is emptied.
import type { KubeObject } from "../cluster.ts";
import type { Background } from "./background.ts";
import { find, now, systemManner, type Core } from "./core.ts";
import { createObject } from "./create.ts";
import { deleteObject } from "./delete.ts";
import type { ApiResource } from "./resources.ts";
import { ApiError } from "./status.ts";
import { storeChanged } from "./update.ts";

const manner = systemManner("kube-controller-manager");
const rootCa = "kube-root-ca.crt";

interface NamespaceCondition {
  type: string;
  status: "True" | "False";
  reason: string;
  message: string;
  lastTransitionTime: string;
}

const resourceOf = (core: Core, storage: string): ApiResource => {
  const res = core.registry.ofStorage(storage);
  if (res === undefined) throw new Error(`the built-in kind ${storage} is not registered`);
  return res;
};

const ensure = (core: Core, storage: string, namespace: string, object: KubeObject): void => {
  const res = resourceOf(core, storage);
  if (find(core, res, namespace, object.metadata.name) === undefined)
    createObject(core, res, namespace, structuredClone(object) as unknown as Record<string, unknown>, manner);
};

/** What every namespace has. */
const furnish = (core: Core, name: string, ca: string): void => {
  ensure(core, "serviceaccounts", name, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace: name },
  });
  const held = core.store.get("configmaps", name, rootCa);
  if (held !== undefined && (held["data"] as Record<string, string> | undefined)?.["ca.crt"] !== ca)
    deleteObject(core, resourceOf(core, "configmaps"), name, rootCa);
  ensure(core, "configmaps", name, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: rootCa, namespace: name },
    data: { "ca.crt": ca },
  });
};

/** Deletes all that is in the namespace; returns what is left, by kind, and which finalizers hold it. */
const empty = (core: Core, namespace: string): { left: string[]; finalizers: string[] } => {
  const left: string[] = [];
  const finalizers = new Map<string, number>();
  for (const storage of core.registry.storages()) {
    const res = core.registry.ofStorage(storage);
    if (res?.namespaced !== true) continue;
    for (const [, object] of [...core.store.collection(storage).entries(namespace)])
      if (object.metadata.deletionTimestamp === undefined)
        deleteObject(core, res, namespace, object.metadata.name, { propagationPolicy: "Background" });
    const rest = [...core.store.collection(storage).entries(namespace)];
    if (rest.length > 0) left.push(`${storage} has ${rest.length} resource instances`);
    for (const [, { metadata }] of rest)
      for (const finalizer of metadata.finalizers ?? [])
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
  }
  return {
    left,
    finalizers: [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`),
  };
};

const conditionsOf = (
  old: readonly NamespaceCondition[],
  left: readonly string[],
  finalizers: readonly string[],
): NamespaceCondition[] => {
  const make = (
    type: string,
    lines: readonly string[],
    some: string,
    none: [string, string],
    prefix: string,
  ) => {
    const on = lines.length > 0;
    const status = on ? ("True" as const) : ("False" as const);
    const before = old.find((c) => c.type === type);
    return {
      type,
      status,
      reason: on ? some : none[0],
      message: on ? `${prefix}: ${lines.join(", ")}` : none[1],
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : now(),
    };
  };
  return [
    make(
      "NamespaceContentRemaining",
      left,
      "SomeResourcesRemain",
      ["ContentRemoved", "All content successfully removed"],
      "Some resources are remaining",
    ),
    make(
      "NamespaceFinalizersRemaining",
      finalizers,
      "SomeFinalizersRemain",
      ["ContentHasNoFinalizers", "All content-preserving finalizers finished"],
      "Some content in the namespace has finalizers remaining",
    ),
  ];
};

const finish = (core: Core, name: string): void => {
  const res = resourceOf(core, "namespaces");
  const { left, finalizers } = empty(core, name);
  const live = find(core, res, undefined, name);
  if (live === undefined) return;
  if (left.length > 0) {
    const status = live.status as { conditions?: NamespaceCondition[] } | undefined;
    const conditions = conditionsOf(status?.conditions ?? [], left, finalizers);
    storeChanged(core, res, live, { ...live, status: { ...status, conditions } }, false);
    return;
  }
  const spec = live.spec as { finalizers?: string[] } | undefined;
  const kept = (spec?.finalizers ?? []).filter((finalizer) => finalizer !== "kubernetes");
  storeChanged(core, res, live, { ...live, spec: { ...spec, finalizers: kept } }, false);
};

const initial = ["default", "kube-node-lease", "kube-public", "kube-system"];

/** Makes the namespaces every cluster has. */
export const makeNamespaces = (core: Core): void => {
  const res = resourceOf(core, "namespaces");
  for (const name of initial)
    try {
      createObject(core, res, undefined, { apiVersion: "v1", kind: "Namespace", metadata: { name } }, manner);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 409) throw error;
    }
};

/** Tends namespaces from now on. Returns the function that stops it. */
export const runNamespaceController = (core: Core, background: Background, ca: string): (() => void) => {
  const enqueue = (name: string): void =>
    background.add(`namespace ${name}`, () => {
      const namespace = core.store.get("namespaces", undefined, name);
      if (namespace === undefined) return;
      if (namespace.metadata.deletionTimestamp === undefined) furnish(core, name, ca);
      else finish(core, name);
    });
  for (const [, { metadata }] of core.store.collection("namespaces").entries()) enqueue(metadata.name);
  return core.store.subscribeAll(({ resource, type, object }) => {
    if (resource === "namespaces") {
      if (type !== "DELETED") enqueue(object.metadata.name);
      return;
    }
    const { namespace } = object.metadata;
    if (type !== "DELETED" || namespace === undefined) return;
    const terminating = core.store.get("namespaces", undefined, namespace)?.metadata.deletionTimestamp;
    const furniture = resource === "serviceaccounts" || resource === "configmaps";
    if (terminating !== undefined || furniture) enqueue(namespace);
  });
};
