// The patch verb: four formats, each giving the object that is then written like any other.
import { applyPatch } from "../apply/index.ts";
import type { KubeObject } from "../cluster.ts";
import { jsonPatch, mergePatch, PatchError, strategicMergePatch } from "../patch/index.ts";
import type { JsonObject } from "../schema/index.ts";
import { decodeJson, decodeObject } from "./body.ts";
import { find, must, now, type Core, type WriteManner } from "./core.ts";
import { createObject } from "./create.ts";
import { apiVersionOf, type ApiResource } from "./resources.ts";
import {
  ApiError,
  applyConflict,
  badRequest,
  invalid,
  invalidOptions,
  unsupportedMediaType,
} from "./status.ts";
import { changeObject, resetFieldsOf } from "./update.ts";

export const mediaJsonPatch = "application/json-patch+json";
export const mediaMergePatch = "application/merge-patch+json";
export const mediaStrategicPatch = "application/strategic-merge-patch+json";
export const mediaApplyPatch = "application/apply-patch+yaml";

export interface PatchRequest {
  namespace: string | undefined;
  name: string;
  mediaType: string;
  body: Buffer;
  subresource?: "status";
  /** Apply only: take fields over from other managers. */
  force: boolean;
  /** False when the client named no field manager: apply insists on one. */
  managerNamed: boolean;
}

/** The patch formats a kind takes: strategic merge needs what only built-in kinds tell of their lists. */
export const formatsOf = (res: ApiResource): string[] => [
  mediaJsonPatch,
  mediaMergePatch,
  ...(res.custom ? [] : [mediaStrategicPatch]),
  mediaApplyPatch,
];

/** Runs a patch function; its refusals become API errors. */
export const patched = (work: () => JsonObject): JsonObject => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    throw error.code === 400
      ? badRequest(error.message)
      : new ApiError(
          422,
          "Invalid",
          `the server rejected our request due to an error in our request: ${error.message}`,
        );
  }
};

/** The patched document for the three formats that are functions of document and patch. */
export const patchDocument = (
  doc: JsonObject,
  res: ApiResource,
  mediaType: string,
  body: Buffer,
): JsonObject => {
  const change = decodeJson(body);
  switch (mediaType) {
    case mediaJsonPatch:
      return patched(() => jsonPatch(doc, change));
    case mediaMergePatch:
      return patched(() => mergePatch(doc, change));
    case mediaStrategicPatch:
      if (!res.custom) return patched(() => strategicMergePatch(doc, change, res.schema.root));
      throw unsupportedMediaType(formatsOf(res));
    default:
      throw unsupportedMediaType(formatsOf(res));
  }
};

/** Unknown fields that a patch brought in are refused as a fault of the patch. */
const refusePatch =
  (result: JsonObject) =>
  (faults: string): Error =>
    invalid({ group: "", kind: "" }, "", [
      {
        type: "Invalid",
        field: "patch",
        badValue: JSON.stringify(result),
        detail: `strict decoding error: ${faults}`,
      },
    ]);

const apply = (core: Core, res: ApiResource, request: PatchRequest, manner: WriteManner): KubeObject => {
  if (!request.managerNamed)
    throw invalidOptions("PatchOptions", {
      type: "Required",
      field: "fieldManager",
      detail: "is required for apply patch",
    });
  const { object: applied, duplicates } = decodeObject(request.body, "application/yaml", true);
  if (duplicates.length > 0 && manner.fieldValidation === "Strict")
    throw badRequest(`error strict decoding YAML: ${duplicates.join(", ")}`);
  if (duplicates.length > 0 && manner.fieldValidation === "Warn") manner.warnings.push(...duplicates);
  const meta = (applied["metadata"] ??= {}) as JsonObject;
  if (applied["apiVersion"] !== apiVersionOf(res))
    throw badRequest(
      `the API version in the data (${String(applied["apiVersion"])}) does not match the expected API version (${apiVersionOf(res)})`,
    );
  if (meta["name"] !== undefined && meta["name"] !== request.name)
    throw badRequest(
      `the name of the object (${String(meta["name"])}) does not match the name on the URL (${request.name})`,
    );
  if (Array.isArray(meta["managedFields"]) && meta["managedFields"].length > 0)
    throw badRequest("metadata.managedFields must be nil");
  delete meta["managedFields"];
  mustBeDeclared(applied, res);
  meta["name"] = request.name;
  if (res.namespaced) meta["namespace"] ??= request.namespace;

  const live = find(core, res, request.namespace, request.name);
  if (live === undefined && request.subresource !== undefined)
    must(core, res, request.namespace, request.name);
  const result = applyPatch({
    ...(live && { live: live as unknown as JsonObject }),
    applied,
    manager: manner.manager,
    force: request.force,
    schema: res.schema.root,
    now: now(),
    apiVersion: apiVersionOf(res),
    ...(request.subresource && { subresource: request.subresource }),
    resetFields: resetFieldsOf(res, request.subresource),
  });
  if (result.conflicts !== undefined) throw applyConflict(result.conflicts);
  const next = structuredClone(result.object);
  if (live === undefined) return createObject(core, res, request.namespace, next, manner, true);
  return changeObject(core, res, live, next, manner, {
    ...(request.subresource && { subresource: request.subresource }),
    tracked: true,
  });
};

/** Apply knows its fields by the schema, whatever the field validation mode. */
const mustBeDeclared = (applied: JsonObject, res: ApiResource): void => {
  const unknown = res.schema.prune(structuredClone(applied));
  if (unknown.length === 0) return;
  const meta = applied["metadata"] as { name?: string; namespace?: string };
  const who = `${meta.namespace ?? ""}/${meta.name ?? ""}`;
  const faults = unknown.map((path) => `.${path}: field not declared in schema`);
  const all = faults.length === 1 ? faults[0] : `errors:\n${faults.map((f) => `  ${f}`).join("\n")}`;
  throw new ApiError(
    500,
    "",
    `failed to create typed patch object (${who}; ${apiVersionOf(res)}, Kind=${res.kind}): ${all}`,
  );
};

/** Patches an object, or creates it when the patch is an apply. */
export const patchObject = (
  core: Core,
  res: ApiResource,
  request: PatchRequest,
  manner: WriteManner,
): KubeObject => {
  if (request.mediaType === mediaApplyPatch) return apply(core, res, request, manner);
  if (request.force)
    throw invalidOptions("PatchOptions", {
      type: "Forbidden",
      field: "force",
      detail: "may not be specified for non-apply patch",
    });
  const live = must(core, res, request.namespace, request.name);
  const result = structuredClone(
    patchDocument(live as unknown as JsonObject, res, request.mediaType, request.body),
  );
  return changeObject(core, res, live, result, manner, {
    ...(request.subresource && { subresource: request.subresource }),
    refuse: refusePatch(result),
  });
};
