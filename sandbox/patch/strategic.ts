// Strategic merge patch: what kubectl sends for built-in kinds. Maps merge; lists merge by key where the type says so
// and are replaced where it does not; directives ($patch, $retainKeys, ...) say the rest. Lists are in strategic-list.ts.
import { anything, isObject, jsonClone, setKey, type JsonObject, type SchemaNode } from "../schema/index.ts";
import { PatchError } from "./patch-error.ts";
import { deletePrimitives, mergeList, orderList, type MergeItems } from "./strategic-list.ts";

const DELETE_FROM = "$deleteFromPrimitiveList/";
const ORDER = "$setElementOrder/";
const RETAIN = "$retainKeys";

/** Applies `patch` to `doc`, typed by `schema`, and returns the result; no argument is changed. @throws PatchError */
export function strategicMergePatch(doc: JsonObject, patch: unknown, schema: SchemaNode): JsonObject {
  if (!isObject(patch))
    throw new PatchError(
      400,
      "error decoding patch: a strategic merge patch must be a JSON object, as the object it changes is",
    );
  return mergeMap(jsonClone(doc), jsonClone(patch), schema);
}

/** Changes and returns `target`. */
const mergeMap: MergeItems = (target, patch, node) => {
  const directive = patch["$patch"];
  if (directive !== undefined && directive !== "merge") return replaceBy(directive, patch);
  retainKeys(target, patch);
  for (const key of Object.keys(patch)) {
    if (key === "$patch" || key === RETAIN || key.startsWith(ORDER)) continue;
    if (key.startsWith(DELETE_FROM)) {
      const field = key.slice(DELETE_FROM.length);
      if (Array.isArray(target[field]))
        target[field] = deletePrimitives(target[field], listOf(patch[key], key));
    } else mergeField(target, key, patch, node);
  }
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(ORDER)) continue;
    const field = key.slice(ORDER.length);
    // A list that the patch names was put in order when it was merged.
    if (patch[field] === undefined && Array.isArray(target[field]))
      target[field] = orderList(
        target[field],
        target[field],
        listOf(patch[key], key),
        mergeKeyOf(childOf(node, field)),
      );
  }
  return target;
};

function mergeField(target: JsonObject, key: string, patch: JsonObject, node: SchemaNode): void {
  const value = patch[key];
  const child = childOf(node, key);
  const before = Object.hasOwn(target, key) ? target[key] : undefined;
  if (value === null) delete target[key];
  else if (isObject(value) && isObject(before) && !replaces(child))
    setKey(target, key, mergeMap(before, value, child));
  else if (Array.isArray(value) && Array.isArray(before) && merges(child)) {
    const order = patch[ORDER + key];
    const items = child.items ?? anything;
    const given = order === undefined ? undefined : listOf(order, ORDER + key);
    setKey(
      target,
      key,
      mergeList(before, value, { items, mergeKey: mergeKeyOf(child), order: given, mergeMap }),
    );
  } else setKey(target, key, withoutDirectives(value));
}

/** `$patch: replace` leaves what the patch says and nothing else; `$patch: delete` leaves nothing. */
function replaceBy(directive: unknown, patch: JsonObject): JsonObject {
  if (directive === "delete") return {};
  if (directive !== "replace")
    throw new PatchError(
      400,
      `unknown patch type: ${JSON.stringify(directive)}: $patch must be "merge", "replace" or "delete"`,
    );
  const { $patch: _directive, ...rest } = patch;
  return withoutDirectives(rest) as JsonObject;
}

function retainKeys(target: JsonObject, patch: JsonObject): void {
  const retained = patch[RETAIN];
  if (retained === undefined) return;
  const keep = new Set(listOf(retained, RETAIN));
  for (const key of Object.keys(patch))
    if (!key.startsWith("$") && patch[key] !== null && !keep.has(key))
      throw new PatchError(
        400,
        `the list of $retainKeys must contain all fields of the patch: ${JSON.stringify(key)} is missing`,
      );
  for (const key of Object.keys(target)) if (!keep.has(key)) delete target[key];
}

/** New content: directives and nulls in it have nothing to act on. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value))
    return value.filter((item) => !isObject(item) || item["$patch"] === undefined).map(withoutDirectives);
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  for (const key in value)
    if (value[key] !== null && !isDirective(key)) setKey(out, key, withoutDirectives(value[key]));
  return out;
}

const isDirective = (key: string): boolean =>
  key === "$patch" || key === RETAIN || key.startsWith(ORDER) || key.startsWith(DELETE_FROM);

function listOf(value: unknown, directive: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new PatchError(400, `invalid value for directive ${directive}: it must be a list`);
}

const childOf = (node: SchemaNode, key: string): SchemaNode =>
  node.properties.get(key) ?? node.additional ?? anything;

const strategyOf = (node: SchemaNode): readonly string[] =>
  node.props["x-kubernetes-patch-strategy"]?.split(",") ?? [];
const merges = (node: SchemaNode): boolean => strategyOf(node).includes("merge");
const replaces = (node: SchemaNode): boolean => strategyOf(node).includes("replace");
const mergeKeyOf = (node: SchemaNode): string | undefined => node.props["x-kubernetes-patch-merge-key"];
