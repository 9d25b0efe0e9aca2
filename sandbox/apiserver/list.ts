// The list verb: a consistent snapshot, whole or in pages.
import type { KubeObject } from "../cluster.ts";
import type { Collection } from "../store/collection.ts";
import type { Core } from "./core.ts";
import { integer, text } from "./request.ts";
import type { ApiResource } from "./resources.ts";
import { fieldMatcher, labelMatcher, type Matcher } from "./selectors.ts";
import type { Snapshots } from "./snapshots.ts";
import { badRequest, expired, type ApiError } from "./status.ts";
import { mustBeKept, mustHaveReached, mustSuitList, wantedVersion } from "./version-params.ts";
import { asServed } from "./versions.ts";
import type { ListMeta } from "./view.ts";

/** Which objects of a resource are meant. */
export interface Selection {
  readonly namespace: string | undefined;
  /** Undefined selects all. */
  readonly matches: Matcher | undefined;
}

export interface Listed {
  readonly meta: ListMeta;
  readonly items: KubeObject[];
}

/** Where the next page begins. `revision` 0 reads what is there then: the rest of an expired list. */
interface Continuation {
  readonly revision: number;
  readonly after: string;
}

const encodeToken = ({ revision, after }: Continuation): string =>
  Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start: after })).toString("base64url");

const decodeToken = (token: string): Continuation => {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(token, "base64url").toString("utf8")) as Record<
      string,
      unknown
    >;
    if (v === "meta.k8s.io/v1" && Number.isSafeInteger(rv) && typeof start === "string")
      return { revision: rv as number, after: start };
  } catch {
    // Told below.
  }
  throw badRequest("continue key is not valid: start the list again without the continue parameter");
};

/** Reads label and field selectors; a selected namespace narrows the reading. */
export const selectionOf = (
  res: ApiResource,
  namespace: string | undefined,
  query: URLSearchParams,
): Selection => {
  const labels = labelMatcher(query.get("labelSelector") ?? undefined);
  const fields = fieldMatcher(query.get("fieldSelector") ?? undefined, res);
  const wanted: Matcher[] = [];
  if (labels !== undefined) wanted.push(labels);
  if (fields !== undefined) wanted.push(fields.matches);
  return {
    namespace: res.namespaced ? (namespace ?? (fields?.namespace || undefined)) : undefined,
    matches: wanted.length === 0 ? undefined : (object) => wanted.every((matches) => matches(object)),
  };
};

const expiredToken = (after: string): ApiError => {
  const error = expired(
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
  );
  error.status.metadata.continue = encodeToken({ revision: 0, after });
  return error;
};

/** Which state is to be read, from which key on. */
const startOf = (
  core: Core,
  query: URLSearchParams,
  limit: number | undefined,
): { revision: number; after?: string } => {
  const { store } = core;
  const token = text(query, "continue");
  const wanted = wantedVersion(query);
  mustSuitList(query, wanted);
  if (token !== undefined) {
    if (wanted.revision !== undefined && wanted.revision !== 0)
      throw badRequest("specifying resource version is not allowed when using continue");
    const { revision, after } = decodeToken(token);
    if (revision === 0) return { revision: store.revision, after };
    mustHaveReached(store, revision);
    if (revision < store.compactedRevision) throw expiredToken(after);
    return { revision, after };
  }
  if (wanted.revision === undefined || wanted.revision === 0) return { revision: store.revision };
  mustHaveReached(store, wanted.revision);
  // A limit without a match means exactly that version, for old clients' sake.
  const exact = wanted.match === "Exact" || (wanted.match === undefined && limit !== undefined);
  if (!exact) return { revision: store.revision };
  mustBeKept(store, wanted.revision);
  return { revision: wanted.revision };
};

const page = (
  state: Collection,
  res: ApiResource,
  selection: Selection,
  after: string | undefined,
  limit: number,
): { items: KubeObject[]; last: string; more: boolean; remaining: () => number } => {
  const items: KubeObject[] = [];
  let last = "";
  const entries = state.entries(selection.namespace, after);
  for (const [key, stored] of entries) {
    const object = asServed(stored, res);
    if (selection.matches !== undefined && !selection.matches(object)) continue;
    if (items.length === limit) {
      const remaining = (): number => 1 + [...entriesAfter(state, selection, key)].length;
      return { items, last, more: true, remaining };
    }
    items.push(object);
    last = key;
  }
  return { items, last, more: false, remaining: () => 0 };
};

function* entriesAfter(state: Collection, selection: Selection, key: string): Generator<string> {
  for (const [found] of state.entries(selection.namespace, key)) yield found;
}

/** Lists objects. Throws 400, 410, 422 or 504 where the parameters ask for what cannot be had. */
export const listObjects = (
  core: Core,
  snapshots: Snapshots,
  res: ApiResource,
  selection: Selection,
  query: URLSearchParams,
): Listed => {
  const limit = integer(query, "limit") || undefined;
  const { revision, after } = startOf(core, query, limit);
  const state = snapshots.at(res.storage, revision);
  const found = page(state, res, selection, after, limit ?? Infinity);
  return {
    items: found.items,
    meta: {
      resourceVersion: String(revision),
      ...(found.more && { continue: encodeToken({ revision, after: found.last }) }),
      ...(found.more && selection.matches === undefined && { remainingItemCount: found.remaining() }),
    },
  };
};
