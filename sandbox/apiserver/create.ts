// The create verb.
import { randomInt, randomUUID } from "node:crypto";
import { trackUpdate } from "../apply/index.ts";
import type { KubeObject } from "../cluster.ts";
import type { JsonObject } from "../schema/index.ts";
import { find, now, type Core, type WriteManner } from "./core.ts";
import { mustBeValid, mustFit, nameOf, takeIn, undecodable } from "./intake.ts";
import { metadataWarnings } from "./metadata.ts";
import { countsGeneration, rulesOf } from "./kind-rules.ts";
import { apiVersionOf, hasSubresource, type ApiResource } from "./resources.ts";
import { alreadyExists, ApiError, badRequest, forbidden, notFound } from "./status.ts";
import { asServed, asStored } from "./versions.ts";

// No vowels and no look-alikes, as apimachinery's rand.String has it.
const alphabet = "bcdfghjklmnpqrstvwxz2456789";
const maxGeneratedPrefix = 58;

const randomSuffix = (): string =>
  Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join("");

/** Namespace of the URL and of the body must agree; cluster-scoped objects have none. */
export const settleNamespace = (meta: JsonObject, res: ApiResource, namespace: string | undefined): void => {
  if (!res.namespaced) {
    delete meta["namespace"];
    return;
  }
  if (meta["namespace"] === undefined || meta["namespace"] === "") meta["namespace"] = namespace;
  if (meta["namespace"] !== namespace)
    throw badRequest(
      `the namespace of the provided object does not match the namespace sent on the request: "${String(meta["namespace"])}" and "${namespace ?? ""}"`,
    );
};

const mustBeOpen = (core: Core, res: ApiResource, namespace: string, name: string): void => {
  const found = core.store.get("namespaces", undefined, namespace);
  if (found === undefined) throw notFound({ group: "", plural: "namespaces" }, namespace);
  if (found.metadata.deletionTimestamp !== undefined)
    throw forbidden(
      res,
      name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
      [
        {
          reason: "NamespaceTerminating",
          message: `namespace ${namespace} is being terminated`,
          field: "metadata.namespace",
        },
      ],
    );
};

/** Creates an object from what a client sent; `input` is taken over and changed. Returns it as served. */
export const createObject = (
  core: Core,
  res: ApiResource,
  namespace: string | undefined,
  input: JsonObject,
  manner: WriteManner,
  /** Set by apply, which has written managedFields itself. */
  tracked = false,
): KubeObject => {
  if (res.terminating)
    throw forbidden(res, nameOf(input), "create not allowed while custom resource definition is terminating");
  const object = takeIn(input, res, manner, undecodable(res));
  const meta = object.metadata;
  settleNamespace(meta as unknown as JsonObject, res, namespace);
  if (meta.resourceVersion) throw badRequest("resourceVersion should not be set on objects to be created");
  const generated = !meta.name && meta.generateName !== undefined && meta.generateName !== "";
  if (generated) meta.name = meta.generateName?.slice(0, maxGeneratedPrefix) + randomSuffix();
  if (res.namespaced) mustBeOpen(core, res, namespace ?? "", meta.name ?? "");

  for (const field of ["deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion", "selfLink"])
    delete (meta as unknown as JsonObject)[field];
  meta.uid = randomUUID();
  meta.creationTimestamp = now();
  if (countsGeneration(res)) meta.generation = 1;
  else delete meta.generation;
  if (hasSubresource(res, "status")) delete object.status;
  rulesOf(res).onCreate?.(object);
  core.admission?.({
    res: { ...res, resource: res.plural },
    operation: "CREATE",
    object,
    dryRun: manner.dryRun,
  });
  mustBeValid(object, res);
  if (res.custom) manner.warnings.push(...metadataWarnings(object.metadata));

  const owned = tracked
    ? object
    : (trackUpdate({
        after: object,
        manager: manner.manager,
        schema: res.schema.root,
        now: now(),
        apiVersion: apiVersionOf(res),
        resetFields: hasSubresource(res, "status") ? [["status"]] : [],
      }) as unknown as KubeObject);
  mustFit(owned);
  if (find(core, res, namespace, meta.name) !== undefined) {
    if (generated)
      throw new ApiError(
        409,
        "AlreadyExists",
        `${res.plural} "${meta.name}" already exists, the server was not able to generate a unique name for the object`,
      );
    throw alreadyExists(res, meta.name);
  }
  if (manner.dryRun) return owned;
  return asServed(core.store.put(res.storage, asStored(owned, res)), res);
};
