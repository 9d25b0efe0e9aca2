// Why an owned object was not applied.
import type { ApiError } from "../client/errors.ts";

/** A field we declare with another value than its manager. */
export interface FieldConflict {
  /** JSON path, e.g. `.spec.replicas`. */
  readonly field: string;
  /** The other field manager, e.g. `kubectl-edit`. */
  readonly manager: string;
}

/** Another manager owns fields we declare. `conflicts` names each field and its manager. */
export class ApplyConflictError extends Error {
  override readonly name = "ApplyConflictError";
  readonly reason = "FieldConflict";
  readonly conflicts: readonly FieldConflict[];

  constructor(what: string, conflicts: readonly FieldConflict[], cause: ApiError) {
    const list = conflicts.map(({ field, manager }) => `${field} (managed by "${manager}")`).join(", ");
    super(
      `${what}: not written, other managers hold ${list}; remove these fields there, or stop changing them by hand`,
      { cause },
    );
    this.conflicts = conflicts;
  }
}

/** The live object belongs to another owner (or to nobody, and adopting was not allowed). */
export class NotOwnedError extends Error {
  override readonly name = "NotOwnedError";
  readonly reason = "NotOwned";
}

/** The object is on its way out; it can be made anew when it is gone. */
export class BeingDeletedError extends Error {
  override readonly name = "BeingDeletedError";
  readonly reason = "WaitingForDeletion";
}

/** The conflicts inside a 409 of server-side apply; empty for any other 409. */
export function conflictsOf(error: ApiError): FieldConflict[] {
  return (error.details?.causes ?? [])
    .filter((cause) => cause.reason === "FieldManagerConflict")
    .map((cause) => ({
      field: cause.field ?? "(unnamed field)",
      manager: /conflict with "([^"]*)"/.exec(cause.message ?? "")?.[1] ?? "unknown",
    }));
}
