// Lists in a strategic merge patch: merged by key or as sets of primitives, and put in order.
import { isObject, jsonEqual, type JsonObject, type SchemaNode } from "../schema/index.ts";
import { PatchError } from "./patch-error.ts";

export type MergeItems = (target: JsonObject, patch: JsonObject, node: SchemaNode) => JsonObject;

export interface ListMerge {
  readonly items: SchemaNode;
  /** Absent for lists of primitives. */
  readonly mergeKey: string | undefined;
  /** The order that the patch asks for, when it does. */
  readonly order: readonly unknown[] | undefined;
  readonly mergeMap: MergeItems;
}

/** The items of `before` and of `patch`, merged. */
export function mergeList(before: readonly unknown[], patch: readonly unknown[], how: ListMerge): unknown[] {
  const { mergeKey, order } = how;
  const [merged, asked] =
    mergeKey === undefined ? mergePrimitives(before, patch) : mergeByKey(before, patch, mergeKey, how);
  return orderList(merged, before, order ?? asked, mergeKey);
}

function mergePrimitives(
  before: readonly unknown[],
  patch: readonly unknown[],
): [unknown[], readonly unknown[]] {
  if (patch.some(isObject))
    throw new PatchError(400, "cannot merge lists of objects without a merge key: replace the list in full");
  return [[...new Set([...before, ...patch])], patch];
}

function mergeByKey(
  before: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
  { items, mergeMap }: ListMerge,
): [unknown[], readonly unknown[]] {
  const changes = patch.map((item) => keyed(item, mergeKey));
  const plain = changes.filter((item) => item["$patch"] === undefined || item["$patch"] === "merge");
  for (const item of plain) keyOf(item, mergeKey);
  if (changes.some((item) => item["$patch"] === "replace")) return [plain, plain];
  const deleted = changes.filter((item) => item["$patch"] === "delete").map((item) => keyOf(item, mergeKey));
  const merged = before.filter(
    (item) => !deleted.some((key) => isObject(item) && jsonEqual(item[mergeKey], key)),
  );
  for (const item of plain) {
    const at = merged.findIndex((other) => isObject(other) && jsonEqual(other[mergeKey], item[mergeKey]));
    if (at < 0) merged.push(mergeMap({}, item, items));
    else merged[at] = mergeMap(merged[at] as JsonObject, item, items);
  }
  return [merged, plain];
}

const DIRECTIVES = [undefined, "merge", "replace", "delete"] as const;

function keyed(item: unknown, mergeKey: string): JsonObject {
  if (!isObject(item))
    throw new PatchError(
      400,
      `items of a list merged by ${JSON.stringify(mergeKey)} must be objects, not ${JSON.stringify(item)}`,
    );
  if (!DIRECTIVES.includes(item["$patch"] as undefined))
    throw new PatchError(
      400,
      `unknown patch type: ${JSON.stringify(item["$patch"])}: $patch must be "merge", "replace" or "delete"`,
    );
  return item;
}

function keyOf(item: JsonObject, mergeKey: string): unknown {
  const key = item[mergeKey];
  if (key === undefined)
    throw new PatchError(
      400,
      `map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`,
    );
  return key;
}

/** `before` without the primitives in `gone`. */
export function deletePrimitives(before: readonly unknown[], gone: readonly unknown[]): unknown[] {
  return before.filter((item) => !gone.includes(item));
}

/**
 * Puts a merged list in order: items that `asked` names come in its order; the others keep the order they had in
 * `before`, and each stands before the first named item that it stood before there.
 */
export function orderList(
  merged: readonly unknown[],
  before: readonly unknown[],
  asked: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] {
  const identity = (item: unknown): unknown =>
    mergeKey !== undefined && isObject(item) ? item[mergeKey] : item;
  const place = (list: readonly unknown[], item: unknown): number =>
    list.findIndex((other) => jsonEqual(identity(other), identity(item)));
  const byOrder = (list: readonly unknown[]) => (a: unknown, b: unknown) => place(list, a) - place(list, b);
  const named = merged.filter((item) => place(asked, item) >= 0).sort(byOrder(asked));
  const others = merged.filter((item) => place(asked, item) < 0).sort(byOrder(before));
  const out: unknown[] = [];
  while (named.length > 0 && others.length > 0) {
    const [left, right] = [place(before, others[0]), place(before, named[0])];
    out.push(left >= 0 && right >= 0 && left < right ? others.shift() : named.shift());
  }
  return [...out, ...named, ...others];
}
