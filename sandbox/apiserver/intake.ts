// The door for written objects: is it the right kind, are its fields known, what are its defaults.
// Used by create, update and patch alike; storing is not done here.
import type { KubeObject } from "../cluster.ts";
import type { JsonObject } from "../schema/index.ts";
import type { WriteManner } from "./core.ts";
import { metadataErrors, normalizeMetadata } from "./metadata.ts";
import { apiVersionOf, type ApiResource } from "./resources.ts";
import { badRequest, invalid, tooLarge } from "./status.ts";

/** As etcd's default request limit. */
const maxObjectBytes = 1.5 * 1024 * 1024;

/** What is wrong with the fields of a body, in strict mode; each caller words the refusal its own way. */
export type RefuseFields = (faults: string) => Error;

const identityError = (object: JsonObject, res: ApiResource): Error | undefined => {
  const expected = apiVersionOf(res);
  const { apiVersion, kind } = object;
  if (typeof kind !== "string" || kind === "")
    return badRequest(`Object 'Kind' is missing in '${JSON.stringify(object).slice(0, 200)}'`);
  if (typeof apiVersion !== "string" || apiVersion === "")
    return badRequest(`Object 'apiVersion' is missing in '${JSON.stringify(object).slice(0, 200)}'`);
  if (apiVersion !== expected)
    return badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  if (kind !== res.kind)
    return badRequest(`the kind in the data (${kind}) does not match the expected kind (${res.kind})`);
  return undefined;
};

/** Refusal of unknown fields in a whole object, as create and update word it. */
export const undecodable =
  (res: ApiResource): RefuseFields =>
  (faults) =>
    badRequest(
      `${res.kind} in version "${res.version}" cannot be handled as a ${res.kind}: strict decoding error: ${faults}`,
    );

/**
 * Checks kind and field names, prunes what is unknown and fills defaults in, all in place. After it the object
 * has sound metadata types and only known fields.
 */
export const takeIn = (
  object: JsonObject,
  res: ApiResource,
  manner: WriteManner,
  refuse: RefuseFields,
): KubeObject => {
  const wrong = identityError(object, res);
  if (wrong !== undefined) throw wrong;
  if (
    object["metadata"] !== undefined &&
    (object["metadata"] === null || typeof object["metadata"] !== "object")
  )
    throw badRequest("metadata must be an object");
  object["metadata"] ??= {};
  const meta = normalizeMetadata(object);
  const faults = [
    ...manner.duplicates,
    ...[...meta.unknown, ...res.schema.prune(object)].map((path) => `unknown field "${path}"`),
  ];
  if (faults.length > 0) {
    if (manner.fieldValidation === "Strict") throw refuse(faults.join(", "));
    if (manner.fieldValidation === "Warn") manner.warnings.push(...faults);
  }
  if (meta.errors.length > 0) throw invalid(res, nameOf(object), meta.errors);
  res.applyDefaults(object);
  return object as unknown as KubeObject;
};

/** The name in an object of unknown shape, or "". */
export const nameOf = (object: JsonObject): string => {
  const { name } = (object["metadata"] ?? {}) as { name?: unknown };
  return typeof name === "string" ? name : "";
};

/** Throws 422 listing everything wrong with the object as it would be stored. */
export const mustBeValid = (object: KubeObject, res: ApiResource, old?: KubeObject): void => {
  const errors = [...metadataErrors(object.metadata, res.storage, res.custom), ...res.validate(object, old)];
  if (errors.length > 0) throw invalid(res, object.metadata.name ?? "", errors);
};

/** Throws 413 when the object is larger than etcd would take. */
export const mustFit = (object: KubeObject): void => {
  const bytes = Buffer.byteLength(JSON.stringify(object));
  if (bytes > maxObjectBytes)
    throw tooLarge(
      `etcdserver: request is too large: the object has ${bytes} bytes, the limit is ${maxObjectBytes}`,
    );
};
