// The resourceVersion parameters of reads: what may be asked for, and what it means.
import type { Store } from "../store/store.ts";
import { text } from "./request.ts";
import { ApiError, badRequest, expired, invalidOptions } from "./status.ts";

export type VersionMatch = "Exact" | "NotOlderThan";

export interface WantedVersion {
  /** Undefined: the most recent. 0: any. */
  readonly revision: number | undefined;
  readonly match: VersionMatch | undefined;
}

const matchForbidden = (detail: string): ApiError =>
  invalidOptions("ListOptions", { type: "Forbidden", field: "resourceVersionMatch", detail });

const matchUnknown = (badValue: string, supported: string): ApiError =>
  invalidOptions("ListOptions", {
    type: "NotSupported",
    field: "resourceVersionMatch",
    badValue,
    detail: `supported values: ${supported}`,
  });

/** Reads `resourceVersion` and `resourceVersionMatch`. Throws 400 or 422 on nonsense. */
export const wantedVersion = (query: URLSearchParams): WantedVersion => {
  const given = text(query, "resourceVersion");
  const match = text(query, "resourceVersionMatch");
  if (given !== undefined && !/^\d{1,15}$/.test(given))
    throw badRequest(`resourceVersion: Invalid value: ${JSON.stringify(given)}: must be a number`);
  if (match !== undefined && match !== "Exact" && match !== "NotOlderThan")
    throw matchUnknown(match, '"Exact", "NotOlderThan", ""');
  return { revision: given === undefined ? undefined : Number(given), match };
};

/** The rules of a list's version parameters beyond their syntax. */
export const mustSuitList = (query: URLSearchParams, { revision, match }: WantedVersion): void => {
  if (query.has("sendInitialEvents"))
    throw invalidOptions("ListOptions", {
      type: "Forbidden",
      field: "sendInitialEvents",
      detail: "sendInitialEvents is forbidden for list",
    });
  if (match === undefined) return;
  if (query.has("continue")) throw matchForbidden("resourceVersionMatch is forbidden with continue");
  if (revision === undefined)
    throw matchForbidden("resourceVersionMatch is forbidden unless resourceVersion is provided");
  if (match === "Exact" && revision === 0)
    throw matchForbidden('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
};

/** A watch names a match only together with sendInitialEvents, which wants NotOlderThan. */
export const mustSuitWatch = ({ match }: WantedVersion, initialEvents: boolean | undefined): void => {
  if (initialEvents === undefined && match !== undefined)
    throw matchForbidden("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
  if (initialEvents !== undefined && match !== "NotOlderThan")
    throw match === undefined
      ? matchForbidden("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
      : matchUnknown(match, '"NotOlderThan"');
};

/** 504: the client has seen a version that this server has not (its data folder was emptied, perhaps). */
export const mustHaveReached = (store: Store, revision: number): void => {
  if (revision <= store.revision) return;
  throw new ApiError(
    504,
    "Timeout",
    `Timeout: Too large resource version: ${revision}, current: ${store.revision}`,
    {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    },
  );
};

/** 410: history does not go back that far. */
export const mustBeKept = (store: Store, revision: number): void => {
  if (revision < store.compactedRevision)
    throw expired(`too old resource version: ${revision} (${store.compactedRevision})`);
};
