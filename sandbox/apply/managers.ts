// Who manages which fields: metadata.managedFields as a map that apply and update work on, and back.
import { isObject, type JsonObject } from "../schema/index.ts";
import type { Comparison } from "./compare.ts";
import { listConflicts } from "./conflict.ts";
import { FieldSet } from "./field-set.ts";
import { serverFields } from "./ignored.ts";
import type { Conflict, ManagedFieldsEntry } from "./types.ts";

/** One manager's hold on an object. */
export interface Hold {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource?: string;
  readonly set: FieldSet;
  readonly time?: string;
}

/** Holds by identity (see `holdId`). */
export type Holds = Map<string, Hold>;

/** What makes two holds the same one. An applier stays the same when it moves to another version of the API. */
export function holdId(hold: Omit<Hold, "set" | "time">): string {
  const { manager, operation, apiVersion, subresource } = hold;
  return JSON.stringify([manager, operation, operation === "Apply" ? "" : apiVersion, subresource ?? ""]);
}

/** Reads `metadata.managedFields`; entries that make no sense are dropped. */
export function readHolds(object: JsonObject | undefined): Holds {
  const holds: Holds = new Map();
  const entries = metadataOf(object)["managedFields"];
  if (!Array.isArray(entries)) return holds;
  for (const entry of entries) {
    if (!isEntry(entry)) continue;
    const set = FieldSet.parse(entry.fieldsV1);
    const hold: Hold = {
      manager: entry.manager ?? "unknown",
      operation: entry.operation,
      apiVersion: entry.apiVersion,
      ...(entry.subresource ? { subresource: entry.subresource } : {}),
      ...(entry.time ? { time: entry.time } : {}),
      set,
    };
    const id = holdId(hold);
    const known = holds.get(id);
    holds.set(id, known ? { ...hold, set: known.set.union(set) } : hold);
  }
  return holds;
}

function isEntry(entry: unknown): entry is ManagedFieldsEntry {
  return (
    isObject(entry) &&
    (entry["operation"] === "Apply" || entry["operation"] === "Update") &&
    typeof entry["apiVersion"] === "string"
  );
}

/** `metadata` of an object, or an empty one. */
export function metadataOf(object: JsonObject | undefined): JsonObject {
  const metadata = object?.["metadata"];
  return isObject(metadata) ? metadata : {};
}

/** The object without its managedFields. */
export function withoutHolds(object: JsonObject): JsonObject {
  if (metadataOf(object)["managedFields"] === undefined) return object;
  const { managedFields: _managedFields, ...metadata } = metadataOf(object);
  return { ...object, metadata };
}

/** The object with these managedFields; none at all when nobody holds anything. */
export function withHolds(object: JsonObject, holds: Holds): JsonObject {
  const managedFields = printHolds(holds);
  if (managedFields.length === 0) return withoutHolds(object);
  return { ...object, metadata: { ...metadataOf(object), managedFields } };
}

/** Whether the same managers hold the same fields; times do not count. */
export function sameHolds(a: Holds, b: Holds): boolean {
  if (a.size !== b.size) return false;
  for (const [id, hold] of a) {
    const other = b.get(id);
    if (other?.apiVersion !== hold.apiVersion || !hold.set.equals(other.set)) return false;
  }
  return true;
}

/**
 * Takes the fields that a write changes from everyone but the writer (`id`). Without `force` the write is refused:
 * the conflicts are returned and `holds` stays as it was.
 */
export function settle(
  holds: Holds,
  id: string | undefined,
  changes: Comparison,
  force: boolean,
): Conflict[] {
  const written = changes.modified.union(changes.added).difference(serverFields);
  const others = [...holds].filter(([other]) => other !== id);
  const taken = others
    .map(([, hold]) => ({ hold, fields: hold.set.intersection(written) }))
    .filter(({ fields }) => !fields.isEmpty());
  if (!force && taken.length > 0) return listConflicts(taken);
  for (const [other, hold] of others) {
    const set = hold.set.difference(written).difference(changes.removed);
    if (set.isEmpty()) holds.delete(other);
    else holds.set(other, { ...hold, set });
  }
  return [];
}

/** Entries in Kubernetes' order: appliers first, then by time, name, version and subresource. */
function printHolds(holds: Holds): ManagedFieldsEntry[] {
  return [...holds.values()]
    .filter((hold) => !hold.set.isEmpty())
    .sort(compareHolds)
    .map((hold) => ({
      manager: hold.manager,
      operation: hold.operation,
      apiVersion: hold.apiVersion,
      ...(hold.time !== undefined && { time: hold.time }),
      fieldsType: "FieldsV1" as const,
      fieldsV1: hold.set.print(),
      ...(hold.subresource !== undefined && { subresource: hold.subresource }),
    }));
}

function compareHolds(a: Hold, b: Hold): number {
  const keys = (hold: Hold): string[] => [
    hold.operation,
    hold.time ?? "",
    hold.manager,
    hold.apiVersion,
    hold.subresource ?? "",
  ];
  const [left, right] = [keys(a), keys(b)];
  for (let i = 0; i < left.length; i++) {
    const [x, y] = [left[i] as string, right[i] as string];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

const MAX_UPDATERS = 10;

/** Folds the oldest updaters into "ancient-changes" when there are more than ten: managedFields must not grow for ever. */
export function capUpdaters(holds: Holds): void {
  const updaters = [...holds]
    .filter(([, hold]) => hold.operation === "Update")
    .sort(([, a], [, b]) => compareHolds(a, b));
  const excess = updaters.length - MAX_UPDATERS;
  if (excess <= 0) return;
  // One more than the excess: the bucket takes a place itself.
  for (const [id, hold] of updaters.slice(0, excess + 1)) {
    holds.delete(id);
    const bucket: Hold = { ...hold, manager: "ancient-changes" };
    const known = holds.get(holdId(bucket));
    holds.set(holdId(bucket), known ? { ...bucket, set: known.set.union(hold.set) } : bucket);
  }
}
