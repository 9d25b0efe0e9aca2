// Settles CustomResourceDefinitions: accepts names, sets conditions, and empties those being deleted.
import type { KubeObject } from "../cluster.ts";
import type { Background } from "./background.ts";
import { find, now, systemManner, type Core } from "./core.ts";
import {
  crdFinalizer,
  crdSpec,
  crdStatus,
  crdStorage,
  type CrdCondition,
  type CrdNames,
} from "./crd-types.ts";
import { deleteObject } from "./delete.ts";
import type { ApiResource } from "./resources.ts";
import { storeChanged, updateObject } from "./update.ts";

const manner = systemManner("apiextensions-apiserver");

const crdResource = (core: Core): ApiResource => {
  const res = core.registry.ofStorage(crdStorage);
  if (res === undefined) throw new Error("the CustomResourceDefinition kind is not registered");
  return res;
};

/** The name of this CRD that another CRD of the same group holds already, if any. */
const nameConflict = (core: Core, crd: KubeObject): { reason: string; message: string } | undefined => {
  const { group, names } = crdSpec(crd);
  for (const [, other] of core.store.collection(crdStorage).entries()) {
    if (other.metadata.name === crd.metadata.name || crdSpec(other).group !== group) continue;
    const taken = crdStatus(other).acceptedNames;
    if (taken === undefined || taken.plural === "") continue;
    const used = new Set([taken.plural, taken.singular, ...(taken.shortNames ?? [])]);
    for (const name of [names.plural, names.singular ?? "", ...(names.shortNames ?? [])])
      if (used.has(name)) return { reason: "NameConflict", message: `"${name}" is already in use` };
    if (taken.kind === names.kind)
      return { reason: "KindConflict", message: `"${names.kind}" is already in use` };
  }
  return undefined;
};

const withConditions = (
  old: readonly CrdCondition[],
  fresh: Omit<CrdCondition, "lastTransitionTime">[],
): CrdCondition[] => {
  const time = now();
  const changed = fresh.map((condition) => {
    const before = old.find((c) => c.type === condition.type);
    return before?.status === condition.status && before.reason === condition.reason
      ? before
      : { ...condition, lastTransitionTime: time };
  });
  return [...changed, ...old.filter((c) => !fresh.some((f) => f.type === c.type))];
};

const desiredConditions = (core: Core, crd: KubeObject): Omit<CrdCondition, "lastTransitionTime">[] => {
  const clash = nameConflict(core, crd);
  const names = clash === undefined;
  return [
    {
      type: "NamesAccepted",
      status: names ? "True" : "False",
      reason: clash?.reason ?? "NoConflicts",
      message: clash?.message ?? "no conflicts found",
    },
    {
      type: "Established",
      status: names ? "True" : "False",
      reason: names ? "InitialNamesAccepted" : "NotAccepted",
      message: names ? "the initial names have been accepted" : "not all names are accepted",
    },
    ...(crd.metadata.deletionTimestamp === undefined
      ? []
      : [
          {
            type: "Terminating",
            status: "True" as const,
            reason: "InstanceDeletionInProgress",
            message: "CustomResource deletion is in progress",
          },
        ]),
  ];
};

const settle = (core: Core, crd: KubeObject): void => {
  const { names, versions } = crdSpec(crd);
  const status = crdStatus(crd);
  const conditions = withConditions(status.conditions ?? [], desiredConditions(core, crd));
  const accepted = conditions.some((c) => c.type === "NamesAccepted" && c.status === "True");
  const storedVersions = [
    ...new Set([...(status.storedVersions ?? []), ...versions.filter((v) => v.storage).map((v) => v.name)]),
  ];
  const nothing: CrdNames = { plural: "", kind: "" };
  const acceptedNames = accepted ? names : (status.acceptedNames ?? nothing);
  const next = structuredClone({ ...crd, status: { acceptedNames, conditions, storedVersions } });
  updateObject(core, crdResource(core), undefined, crd.metadata.name, next, manner, {
    subresource: "status",
  });
};

/** Deletes the CRD's objects; when none is left, lets the CRD go. */
const empty = (core: Core, crd: KubeObject): void => {
  const objects = [...core.store.collection(crd.metadata.name).entries()].map(([, object]) => object);
  const res = core.registry.ofStorage(crd.metadata.name);
  for (const { metadata } of objects) {
    if (metadata.deletionTimestamp !== undefined) continue;
    if (res === undefined) core.store.remove(crd.metadata.name, metadata.namespace, metadata.name);
    else deleteObject(core, res, metadata.namespace, metadata.name);
  }
  if (core.store.collection(crd.metadata.name).size > 0) return;
  const live = find(core, crdResource(core), undefined, crd.metadata.name);
  if (live === undefined) return;
  const finalizers = (live.metadata.finalizers ?? []).filter((f) => f !== crdFinalizer);
  storeChanged(core, crdResource(core), live, { ...live, metadata: { ...live.metadata, finalizers } }, false);
};

/** Watches CRDs, and the objects of those being deleted. Returns the function that stops it. */
export const runCrdController = (core: Core, background: Background): (() => void) => {
  const enqueue = (name: string): void =>
    background.add(`crd ${name}`, () => {
      const crd = core.store.get(crdStorage, undefined, name);
      if (crd === undefined) return;
      settle(core, crd);
      if (crd.metadata.deletionTimestamp !== undefined) empty(core, crd);
    });
  for (const [, crd] of core.store.collection(crdStorage).entries()) enqueue(crd.metadata.name);
  return core.store.subscribeAll((event) => {
    if (event.resource === crdStorage) {
      enqueue(event.object.metadata.name);
      // Names that a deleted CRD held are free for others now.
      if (event.type === "DELETED")
        for (const [, crd] of core.store.collection(crdStorage).entries()) enqueue(crd.metadata.name);
    } else if (event.type === "DELETED") {
      const crd = core.store.get(crdStorage, undefined, event.resource);
      if (crd?.metadata.deletionTimestamp !== undefined) enqueue(crd.metadata.name);
    }
  });
};
