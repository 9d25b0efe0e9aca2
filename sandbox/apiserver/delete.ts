// The delete and deletecollection verbs: preconditions, propagation, graceful stop, finalizers.
// Collecting dependents is gc.ts' work; it sees the finalizers set here.
import type { KubeObject, PropagationPolicy } from "../cluster.ts";
import { must, now, type Core } from "./core.ts";
import { countsGeneration, rulesOf } from "./kind-rules.ts";
import type { ApiResource } from "./resources.ts";
import { badRequest, conflict, forbidden, invalidOptions } from "./status.ts";
import { asServed, asStored } from "./versions.ts";

export interface Deletion {
  uid?: string;
  resourceVersion?: string;
  propagationPolicy?: PropagationPolicy;
  gracePeriodSeconds?: number;
  dryRun?: boolean;
}

export interface Deleted {
  object: KubeObject;
  /** False when the object is only marked: finalizers or a grace period hold it. */
  gone: boolean;
}

export const orphanFinalizer = "orphan";
export const foregroundFinalizer = "foregroundDeletion";

const immortal = new Set(["default", "kube-system", "kube-public"]);

const checkPreconditions = (res: ApiResource, live: KubeObject, deletion: Deletion): void => {
  const { uid = "", resourceVersion = "", name } = live.metadata;
  if (deletion.uid !== undefined && deletion.uid !== uid)
    throw conflict(
      res,
      name,
      `Precondition failed: UID in precondition: ${deletion.uid}, UID in object meta: ${uid}`,
    );
  if (deletion.resourceVersion !== undefined && deletion.resourceVersion !== resourceVersion)
    throw conflict(
      res,
      name,
      `Precondition failed: ResourceVersion in precondition: ${deletion.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`,
    );
};

const finalizersFor = (live: KubeObject, policy: PropagationPolicy | undefined): string[] => {
  const present = live.metadata.finalizers ?? [];
  if (policy === undefined) return present;
  const own = present.filter((f) => f !== orphanFinalizer && f !== foregroundFinalizer);
  if (policy === "Orphan") return [...own, orphanFinalizer];
  return policy === "Foreground" ? [...own, foregroundFinalizer] : own;
};

/** Deletes an object, or marks it for deletion. 404 when absent, 409 when a precondition fails. */
export const deleteObject = (
  core: Core,
  res: ApiResource,
  namespace: string | undefined,
  name: string,
  deletion: Deletion = {},
): Deleted => {
  const live = must(core, res, namespace, name);
  checkPreconditions(res, live, deletion);
  if (res.storage === "namespaces" && immortal.has(name))
    throw forbidden(res, name, "this namespace may not be deleted");
  const rules = rulesOf(res);
  const finalizers = finalizersFor(live, deletion.propagationPolicy);
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = live.metadata;
  const full = rules.graceSeconds?.(live) ?? 0;
  let grace = full === 0 ? 0 : (deletion.gracePeriodSeconds ?? full);
  // A second delete may shorten the time to stop, never lengthen it.
  if (deletionTimestamp !== undefined) grace = Math.min(grace, deletionGracePeriodSeconds);

  if (grace === 0 && finalizers.length === 0 && (rules.mayGo?.(live) ?? true)) {
    if (deletion.dryRun !== true) core.store.remove(res.storage, live.metadata.namespace, name);
    return { object: live, gone: true };
  }
  const marked: KubeObject = { ...live, metadata: { ...live.metadata } };
  if (finalizers.length > 0) marked.metadata.finalizers = finalizers;
  else delete marked.metadata.finalizers;
  if (deletionTimestamp === undefined || grace < deletionGracePeriodSeconds) {
    marked.metadata.deletionTimestamp = now(grace);
    marked.metadata.deletionGracePeriodSeconds = grace;
  }
  if (deletionTimestamp === undefined) {
    if (countsGeneration(res)) marked.metadata.generation = (live.metadata.generation ?? 0) + 1;
    rules.onMarked?.(marked);
  } else if (
    grace === deletionGracePeriodSeconds &&
    finalizers.join() === (live.metadata.finalizers ?? []).join()
  )
    return { object: live, gone: false };
  if (deletion.dryRun === true) return { object: marked, gone: false };
  return { object: asServed(core.store.put(res.storage, asStored(marked, res)), res), gone: false };
};

/** Reads DeleteOptions from the body and the query, the body winning. Throws 400 or 422 on nonsense. */
export const readDeletion = (body: Record<string, unknown> | undefined, query: URLSearchParams): Deletion => {
  const options = body ?? {};
  const policy = options["propagationPolicy"] ?? query.get("propagationPolicy") ?? undefined;
  const orphan = options["orphanDependents"] ?? query.get("orphanDependents") ?? undefined;
  const grace = options["gracePeriodSeconds"] ?? query.get("gracePeriodSeconds") ?? undefined;
  const { uid, resourceVersion } = (options["preconditions"] ?? {}) as Record<string, unknown>;
  if (policy !== undefined && policy !== "Background" && policy !== "Foreground" && policy !== "Orphan")
    throw invalidOptions("DeleteOptions", {
      type: "NotSupported",
      field: "propagationPolicy",
      badValue: policy,
      detail: 'supported values: "Foreground", "Background", "Orphan", "nil"',
    });
  if (policy !== undefined && orphan !== undefined)
    throw badRequest("orphanDependents and propagationPolicy cannot be both set");
  const seconds = grace === undefined || grace === null ? undefined : Number(grace);
  if (seconds !== undefined && !Number.isInteger(seconds))
    throw badRequest(`gracePeriodSeconds: Invalid value: ${JSON.stringify(grace)}: must be a whole number`);
  const effective =
    policy ?? (orphan === undefined ? undefined : String(orphan) === "true" ? "Orphan" : "Background");
  return {
    ...(effective !== undefined && { propagationPolicy: effective }),
    // A negative time means as soon as can be.
    ...(seconds !== undefined && { gracePeriodSeconds: seconds < 0 ? 1 : seconds }),
    ...(typeof uid === "string" && { uid }),
    ...(typeof resourceVersion === "string" && { resourceVersion }),
  };
};
