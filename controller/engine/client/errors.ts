// What an API call can fail with. Messages never carry headers, tokens or request bodies.

/** One cause of a Kubernetes `Status` (`details.causes[]`). */
export interface StatusCause {
  readonly reason?: string;
  readonly field?: string;
  readonly message?: string;
}

/** The `details` of a Kubernetes `Status`. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly retryAfterSeconds?: number;
  readonly causes?: readonly StatusCause[];
}

/** A refusal by the API server (a Kubernetes `Status`), or by something in front of it (`reason` is then "Unknown"). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status, e.g. 404. */
  readonly status: number;
  /** Kubernetes' machine-readable reason: NotFound, AlreadyExists, Conflict, Invalid, Forbidden, Expired, ... */
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  /** How long the server asked us to wait, from `Retry-After` or `details.retryAfterSeconds`. */
  readonly retryAfterMs: number | undefined;

  constructor(init: {
    status: number;
    reason: string;
    message: string;
    details?: StatusDetails | undefined;
    retryAfterMs?: number | undefined;
  }) {
    super(init.message);
    this.status = init.status;
    this.reason = init.reason;
    this.details = init.details;
    this.retryAfterMs = init.retryAfterMs;
  }
}

/** The request never got an answer: connection refused, reset, timed out. `cause` is the transport's error. */
export class TransportError extends Error {
  override readonly name = "TransportError";
}

/** A write was refused by our own client because this process is not (or no longer) the leader. */
export class NotLeaderError extends Error {
  override readonly name = "NotLeaderError";
}

const isApiError = (error: unknown, status: number, reason?: string): error is ApiError =>
  error instanceof ApiError && error.status === status && (reason === undefined || error.reason === reason);

/** 404: the object (or its kind) is not there. */
export const isNotFound = (error: unknown): error is ApiError => isApiError(error, 404);
/** 409 of a write that lost against another (stale resourceVersion, uid precondition, field ownership). */
export const isConflict = (error: unknown): error is ApiError => isApiError(error, 409, "Conflict");
/** 409 of a create whose name is taken. */
export const isAlreadyExists = (error: unknown): error is ApiError => isApiError(error, 409, "AlreadyExists");
/** 410: the resourceVersion or continue token is too old. */
export const isGone = (error: unknown): error is ApiError => isApiError(error, 410);
/** 422: the object breaks its schema or a CEL rule; retrying the same write cannot help. */
export const isInvalid = (error: unknown): error is ApiError => isApiError(error, 422);
/** 403. */
export const isForbidden = (error: unknown): error is ApiError => isApiError(error, 403);
