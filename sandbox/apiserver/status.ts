// Errors as the API speaks them: ApiError carries a `Status` object, worded as kube-apiserver words it.
// Only the making of errors lives here; who throws which is decided where the rule is.
import { conflictCauses, conflictMessage, type Conflict } from "../apply/index.ts";
import { causeReason, fieldErrorBody, fieldErrorMessage, type FieldError } from "../schema/index.ts";

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

export interface Status {
  kind: "Status";
  apiVersion: "v1";
  metadata: { continue?: string };
  status: "Success" | "Failure";
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code: number;
}

/** A refusal of the API server: thrown in process, sent as a `Status` body over HTTP. */
export class ApiError extends Error {
  readonly status: Status;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.name = "ApiError";
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      ...(reason !== "" && { reason }),
      ...(details && { details }),
      code,
    };
  }

  get code(): number {
    return this.status.code;
  }

  get reason(): string {
    return this.status.reason ?? "";
  }
}

/** Group and plural name, as far as error messages need it. */
export interface GroupResource {
  group: string;
  plural: string;
}

/** Group and kind, as far as error messages need it. */
export interface GroupKind {
  group: string;
  kind: string;
}

/** `lmstenants.provost.dev`, or just `pods` for the core group. */
export const qualified = (name: string, group: string): string => (group === "" ? name : `${name}.${group}`);

const about = (res: GroupResource, name: string): StatusDetails => ({
  ...(name !== "" && { name }),
  ...(res.group !== "" && { group: res.group }),
  kind: res.plural,
});

export const notFound = (res: GroupResource, name: string): ApiError =>
  new ApiError(404, "NotFound", `${qualified(res.plural, res.group)} "${name}" not found`, about(res, name));

export const alreadyExists = (res: GroupResource, name: string): ApiError =>
  new ApiError(
    409,
    "AlreadyExists",
    `${qualified(res.plural, res.group)} "${name}" already exists`,
    about(res, name),
  );

export const conflict = (
  res: GroupResource,
  name: string,
  why = "the object has been modified; please apply your changes to the latest version and try again",
): ApiError =>
  new ApiError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(res.plural, res.group)} "${name}": ${why}`,
    about(res, name),
  );

export const forbidden = (res: GroupResource, name: string, why: string, causes?: StatusCause[]): ApiError =>
  new ApiError(403, "Forbidden", `${qualified(res.plural, res.group)} "${name}" is forbidden: ${why}`, {
    ...about(res, name),
    ...(causes && { causes }),
  });

export const badRequest = (message: string): ApiError => new ApiError(400, "BadRequest", message);

export const unauthorized = (): ApiError => new ApiError(401, "Unauthorized", "Unauthorized");

/** No such path, group, version or resource. */
export const noSuchResource = (): ApiError =>
  new ApiError(404, "NotFound", "the server could not find the requested resource", {});

export const methodNotAllowed = (): ApiError =>
  new ApiError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );

/** A verb that a kind, or its subresource, does not have. */
export const notSupported = (res: GroupResource, action: string): ApiError =>
  new ApiError(
    405,
    "MethodNotAllowed",
    `${action} is not supported on resources of kind "${qualified(res.plural, res.group)}"`,
    { ...(res.group !== "" && { group: res.group }), kind: res.plural },
  );

export const unsupportedMediaType = (accepted: readonly string[]): ApiError =>
  new ApiError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );

export const notAcceptable = (accepted: readonly string[]): ApiError =>
  new ApiError(406, "NotAcceptable", `only the following media types are accepted: ${accepted.join(", ")}`);

export const tooLarge = (message: string): ApiError => new ApiError(413, "RequestEntityTooLarge", message);

/** 410: the resourceVersion or continue token is older than the kept history. */
export const expired = (message: string): ApiError => new ApiError(410, "Expired", message);

export const notImplemented = (message: string): ApiError => new ApiError(501, "NotImplemented", message);

export const serviceUnavailable = (message: string): ApiError =>
  new ApiError(503, "ServiceUnavailable", message);

export const internalError = (message: string): ApiError =>
  new ApiError(500, "InternalError", `Internal error occurred: ${message}`, {
    causes: [{ message }],
  });

/** 422 listing every violated rule, each with its field path in `details.causes`. */
export const invalid = (kind: GroupKind, name: string, errors: readonly FieldError[]): ApiError => {
  const texts = [...new Set(errors.map(fieldErrorMessage))];
  const all = texts.length === 1 ? String(texts[0]) : `[${texts.join(", ")}]`;
  return new ApiError(422, "Invalid", `${qualified(kind.kind, kind.group)} "${name}" is invalid: ${all}`, {
    ...(name !== "" && { name }),
    ...(kind.group !== "" && { group: kind.group }),
    kind: kind.kind,
    causes: errors.map((e) => ({ reason: causeReason(e), message: fieldErrorBody(e), field: e.field })),
  });
};

/** 422 about the options of a request (`ListOptions`, `PatchOptions`), which are an object of their own. */
export const invalidOptions = (kind: string, error: FieldError): ApiError =>
  invalid({ group: "meta.k8s.io", kind }, "", [error]);

/** 409 of server-side apply: other managers own fields with other values. */
export const applyConflict = (conflicts: readonly Conflict[]): ApiError =>
  new ApiError(409, "Conflict", conflictMessage(conflicts), { causes: conflictCauses(conflicts) });
