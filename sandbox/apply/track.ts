// Keeping the books of writes that are not applies: create, update, and the other patch formats.
import { isObject, jsonClone, jsonEqual, type JsonObject } from "../schema/index.ts";
import { compare, ignoring } from "./compare.ts";
import { ignoredFields, serverFields } from "./ignored.ts";
import {
  capUpdaters,
  holdId,
  metadataOf,
  readHolds,
  sameHolds,
  settle,
  withHolds,
  withoutHolds,
  type Hold,
  type Holds,
} from "./managers.ts";
import type { UpdateRequest } from "./types.ts";

/**
 * Returns `after` with `metadata.managedFields` brought up to date for a write by `manager`. Arguments are not
 * changed. A client that sends an empty list (or one empty entry) starts the books anew.
 */
export function trackUpdate(request: UpdateRequest): JsonObject {
  const { before, after, manager, schema, now, apiVersion, subresource } = request;
  const holds = startingHolds(request);
  const object = withoutHolds(jsonClone(after));
  // Nobody keeps books of an object whose books were thrown away, until it is applied again.
  if (before && holds.size === 0) return object;
  const changes = ignoring(compare(schema, before && withoutHolds(before), object), ignoredFields(request));
  settle(holds, undefined, changes, true);
  const touched = changes.added.union(changes.modified).difference(serverFields);
  if (!touched.isEmpty()) {
    const hold: Omit<Hold, "set"> = {
      manager,
      operation: "Update",
      apiVersion,
      ...(subresource && { subresource }),
      time: now,
    };
    const known = holds.get(holdId(hold));
    holds.set(holdId(hold), { ...hold, set: known ? known.set.union(touched) : touched });
  }
  capUpdaters(holds);
  // What differs in nothing but the times of the books is no write.
  const isSame = before && jsonEqual(object, withoutHolds(before)) && sameHolds(holds, readHolds(before));
  return isSame ? jsonClone(before) : withHolds(object, holds);
}

/** The client may bring the books along, through the object itself; else those of the live object hold. */
function startingHolds({ before, after, subresource }: UpdateRequest): Holds {
  if (subresource) return readHolds(before);
  const sent = metadataOf(after)["managedFields"];
  if (Array.isArray(sent) && isReset(sent)) return new Map();
  const holds = readHolds(after);
  return holds.size > 0 ? holds : readHolds(before);
}

function isReset(entries: readonly unknown[]): boolean {
  return entries.length === 1 && isObject(entries[0]) && Object.keys(entries[0]).length === 0;
}
