// Server-side apply, after structured-merge-diff: merge what is applied, take away what is no longer applied, keep
// the books of who holds which field, refuse to take fields from others unless forced.
import { jsonClone, jsonEqual, type JsonObject, type SchemaNode } from "../schema/index.ts";
import { mustBeReadable } from "./check.ts";
import { compare, ignoring } from "./compare.ts";
import { ignoredFields, serverFields, withoutFields } from "./ignored.ts";
import {
  capUpdaters,
  holdId,
  readHolds,
  sameHolds,
  settle,
  withHolds,
  withoutHolds,
  type Hold,
  type Holds,
} from "./managers.ts";
import { merge, removeFields } from "./merge.ts";
import { toFieldSet, withParents } from "./to-field-set.ts";
import type { FieldSet } from "./field-set.ts";
import type { ApplyRequest, ApplyResult } from "./types.ts";

/**
 * Merges an applied configuration into the live object, or names the conflicts. Arguments are not changed.
 * @throws ApplyError when the configuration cannot be read by its schema
 */
export function applyPatch(request: ApplyRequest): ApplyResult {
  const { live, schema, manager, apiVersion, subresource, now } = request;
  mustBeReadable(schema, request.applied);
  const ignored = ignoredFields(request);
  const applied = withoutFields(schema, request.applied, ignored);
  const before = live && withoutHolds(live);
  const holds = readHolds(live);
  const formerly: Holds = new Map(holds);
  if (before && holds.size === 0) holdEverything(holds, before, request, ignored);

  const mine: Omit<Hold, "set"> = {
    manager,
    operation: "Apply",
    apiVersion,
    ...(subresource && { subresource }),
  };
  const id = holdId(mine);
  const last = holds.get(id);
  const set = toFieldSet(schema, applied).without(ignored).difference(serverFields);
  holds.set(id, { ...mine, ...(last?.time && { time: last.time }), set });

  const merged = merge(schema, before ?? {}, applied) as JsonObject;
  const letsGo = last !== undefined && !last.set.difference(set).isEmpty();
  const pruned = letsGo ? prune(schema, merged, holds, last.set) : merged;
  const changes = ignoring(compare(schema, before, pruned), ignored);
  const conflicts = settle(holds, id, changes, request.force);
  if (conflicts.length > 0) return { conflicts };

  // A hold that grows or shrinks without changing the object keeps its time, as in kube-apiserver.
  const changed = !before || !jsonEqual(before, pruned);
  const hold = holds.get(id);
  if (changed && hold) holds.set(id, { ...hold, time: now });
  capUpdaters(holds);
  const object = changed ? jsonClone(pruned) : before;
  if (changed) request.defaults?.(object);
  // What differs in nothing but the times of the books is no write.
  if (live && sameHolds(holds, formerly) && (!changed || jsonEqual(object, before)))
    return { object: jsonClone(live), changed: false };
  return { object: withHolds(changed ? object : jsonClone(object), holds), changed: true };
}

/** An object nobody's hold is known of, such as one made before there was apply, is held by whoever made it. */
function holdEverything(holds: Holds, before: JsonObject, request: ApplyRequest, ignored: FieldSet): void {
  const { schema, apiVersion, now } = request;
  const { added } = ignoring(compare(schema, undefined, before), ignored);
  const hold: Hold = {
    manager: "before-first-apply",
    operation: "Update",
    apiVersion,
    time: now,
    set: added.difference(serverFields),
  };
  if (!hold.set.isEmpty()) holds.set(holdId(hold), hold);
}

/** Takes away what the manager applied last time and does not apply now, unless anyone else holds it. */
function prune(schema: SchemaNode, merged: JsonObject, holds: Holds, last: FieldSet): JsonObject {
  const all = withParents(schema, toFieldSet(schema, merged));
  const gone = withParents(schema, last);
  let kept = present(schema, removed(schema, merged, gone));
  for (const { set } of holds.values()) kept = kept.union(withParents(schema, set));
  const withOwned = removed(schema, merged, all.difference(kept));
  const remaining = present(schema, withOwned);
  return removed(schema, merged, all.difference(remaining).intersection(gone));
}

const removed = (schema: SchemaNode, object: JsonObject, set: FieldSet): JsonObject =>
  (removeFields(schema, object, set) ?? {}) as JsonObject;

const present = (schema: SchemaNode, object: JsonObject): FieldSet =>
  withParents(schema, toFieldSet(schema, object));
