// The update verb and what every change of an existing object has in common, whichever verb asks for it.
import { isDeepStrictEqual } from "node:util";
import { trackUpdate } from "../apply/index.ts";
import type { KubeObject, ObjectMeta } from "../cluster.ts";
import type { JsonObject } from "../schema/index.ts";
import { must, now, type Core, type WriteManner } from "./core.ts";
import { settleNamespace } from "./create.ts";
import { mustBeValid, mustFit, takeIn, undecodable, type RefuseFields } from "./intake.ts";
import { countsGeneration, rulesOf } from "./kind-rules.ts";
import { desiredState, metadataUpdateErrors } from "./metadata.ts";
import { apiVersionOf, hasSubresource, type ApiResource } from "./resources.ts";
import { badRequest, conflict, invalid } from "./status.ts";
import { asServed, asStored } from "./versions.ts";

export interface Change {
  /** The subresource written to; undefined is the object itself. */
  subresource?: "status";
  /** How unknown fields are refused; patches word it another way. */
  refuse?: RefuseFields;
  /** Set by apply, which has written managedFields itself. */
  tracked?: boolean;
  /** Writes without a resourceVersion are refused for custom kinds over PUT, as the real server does. */
  needsVersion?: boolean;
}

/** Fields the endpoint does not write: nobody comes to own them through it. */
export const resetFieldsOf = (res: ApiResource, subresource: string | undefined): string[][] => {
  if (subresource === "status") return [["metadata"], ["spec"]];
  return hasSubresource(res, "status") ? [["status"]] : [];
};

const checkIdentity = (meta: ObjectMeta, live: KubeObject, res: ApiResource, change: Change): void => {
  const { name } = live.metadata;
  if (meta.uid && meta.uid !== live.metadata.uid)
    throw conflict(
      res,
      name,
      `Precondition failed: UID in precondition: ${meta.uid}, UID in object meta: ${live.metadata.uid ?? ""}`,
    );
  if (meta.resourceVersion) {
    if (meta.resourceVersion !== live.metadata.resourceVersion) throw conflict(res, name);
  } else if (change.needsVersion === true)
    throw invalid(res, name, [
      {
        type: "Invalid",
        field: "metadata.resourceVersion",
        badValue: 0,
        detail: "must be specified for an update",
      },
    ]);
};

/** System-owned metadata comes from the live object whatever the client sent. */
const keepSystemMetadata = (meta: ObjectMeta, live: ObjectMeta): ObjectMeta => {
  const kept: ObjectMeta = { ...meta, name: live.name };
  for (const field of [
    "namespace",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "generateName",
    "resourceVersion",
  ] as const) {
    delete kept[field];
    if (live[field] !== undefined) Object.assign(kept, { [field]: live[field] });
  }
  if (kept.managedFields === undefined && live.managedFields !== undefined)
    kept.managedFields = structuredClone(live.managedFields);
  delete (kept as unknown as JsonObject)["selfLink"];
  return kept;
};

/** The object as the endpoint lets it change: the other endpoint's part stays as it is. */
const compose = (input: KubeObject, live: KubeObject, res: ApiResource, change: Change): KubeObject => {
  if (change.subresource === "status") {
    const next: KubeObject = { ...structuredClone(live), metadata: structuredClone(live.metadata) };
    delete next.status;
    if (input.status !== undefined) next.status = input.status;
    // Apply has put the new ownership there; other writes are tracked later.
    if (input.metadata.managedFields) next.metadata.managedFields = input.metadata.managedFields;
    return next;
  }
  input.metadata = keepSystemMetadata(input.metadata, live.metadata);
  if (hasSubresource(res, "status")) {
    delete input.status;
    if (live.status !== undefined) input.status = structuredClone(live.status);
  }
  return input;
};

const bumpGeneration = (next: KubeObject, live: KubeObject, res: ApiResource): void => {
  if (!countsGeneration(res)) return;
  const statusApart = hasSubresource(res, "status");
  if (!isDeepStrictEqual(desiredState(next, statusApart), desiredState(live, statusApart)))
    next.metadata.generation = (live.metadata.generation ?? 0) + 1;
};

/** Equal but for the times in managedFields: then nothing has happened. */
const unchanged = (next: KubeObject, live: KubeObject): boolean => {
  const timeless = (object: KubeObject): JsonObject => ({
    ...object,
    metadata: {
      ...object.metadata,
      managedFields: object.metadata.managedFields?.map((entry) => ({ ...entry, time: "" })),
    },
  });
  return isDeepStrictEqual(timeless(next), timeless(live));
};

const isLeaving = (object: KubeObject, res: ApiResource): boolean =>
  object.metadata.deletionTimestamp !== undefined &&
  (object.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
  (object.metadata.finalizers ?? []).length === 0 &&
  (rulesOf(res).mayGo?.(object) ?? true);

/** Stores a changed object, or removes it when it was only waiting for its last finalizer. */
export const storeChanged = (
  core: Core,
  res: ApiResource,
  live: KubeObject,
  next: KubeObject,
  dryRun: boolean,
): KubeObject => {
  if (unchanged(next, live) && !isLeaving(next, res)) return live;
  mustFit(next);
  if (dryRun) return next;
  if (isLeaving(next, res)) {
    core.store.remove(res.storage, live.metadata.namespace, live.metadata.name);
    return next;
  }
  return asServed(core.store.put(res.storage, asStored(next, res)), res);
};

/**
 * Replaces the live object (or its status) by `input`, which is taken over and changed. All rules of a write
 * apply; an input that changes nothing writes nothing.
 */
export const changeObject = (
  core: Core,
  res: ApiResource,
  live: KubeObject,
  input: JsonObject,
  manner: WriteManner,
  change: Change = {},
): KubeObject => {
  const taken = takeIn(input, res, manner, change.refuse ?? undecodable(res));
  settleNamespace(taken.metadata as unknown as JsonObject, res, live.metadata.namespace);
  if (taken.metadata.name !== live.metadata.name)
    throw badRequest(
      `the name of the object (${taken.metadata.name}) does not match the name on the URL (${live.metadata.name})`,
    );
  checkIdentity(taken.metadata, live, res, change);
  const next = compose(taken, live, res, change);
  if (change.subresource === undefined) rulesOf(res).onUpdate?.(next, live);
  core.admission?.({
    res: { ...res, resource: res.plural },
    operation: "UPDATE",
    object: next,
    oldObject: live,
    dryRun: manner.dryRun,
  });
  bumpGeneration(next, live, res);
  const errors = metadataUpdateErrors(next.metadata, live.metadata);
  if (errors.length > 0) throw invalid(res, next.metadata.name, errors);
  mustBeValid(next, res, live);
  const owned =
    change.tracked === true
      ? next
      : (trackUpdate({
          before: live,
          after: next,
          manager: manner.manager,
          schema: res.schema.root,
          now: now(),
          apiVersion: apiVersionOf(res),
          ...(change.subresource && { subresource: change.subresource }),
          resetFields: resetFieldsOf(res, change.subresource),
        }) as unknown as KubeObject);
  return storeChanged(core, res, live, owned, manner.dryRun);
};

/** The update verb (PUT): the body is the whole object. */
export const updateObject = (
  core: Core,
  res: ApiResource,
  namespace: string | undefined,
  name: string,
  input: JsonObject,
  manner: WriteManner,
  change: Change = {},
): KubeObject => changeObject(core, res, must(core, res, namespace, name), input, manner, change);
