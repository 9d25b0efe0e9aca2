// Would a server-side apply change anything? Compares what is declared with the live object and with the set of fields
// that our manager owns (managedFields). Pure.
//
// Both sides matter: a declared field with another value has to be written, and so has a field that we own but no
// longer declare (the API server then removes it) or declare but no longer own (somebody took it over).
import { deepEqual } from "./equal.ts";
import { sameQuantity } from "./quantity.ts";

/** A `fieldsV1` tree: `f:name` fields, `k:{json}` items of keyed lists, `v:json` items of sets, `.` the thing itself. */
export interface FieldsV1 {
  readonly [element: string]: FieldsV1;
}

/** Below an atomic field everything is ours. */
const ALL: FieldsV1 = Object.freeze({});

type Fields = FieldsV1 | undefined;
type Json = Record<string, unknown>;

const META_FIELDS = ["labels", "annotations", "ownerReferences", "finalizers"];

/**
 * JSON paths where an apply of `desired` would change `live` or the ownership of its fields; empty: nothing to write.
 * @param owned our entry in the live object's managedFields; absent when we never applied it
 */
export function differences(desired: object, live: object, owned: FieldsV1 | undefined): string[] {
  const out: string[] = [];
  const { metadata, apiVersion: _apiVersion, kind: _kind, status: _status, ...rest } = desired as Json;
  const { metadata: liveMeta, ...liveRest } = live as Json;
  const meta = Object.fromEntries(META_FIELDS.map((name) => [name, (metadata as Json | undefined)?.[name]]));
  const declared = { ...rest, metadata: meta };
  compareObject(declared, { ...liveRest, metadata: liveMeta }, owned ?? {}, "", out, owned !== undefined);
  if (owned === undefined) out.push("(not applied by us yet)");
  else undeclared(owned, declared, "", out);
  return [...new Set(out)];
}

function compare(desired: unknown, live: unknown, fields: Fields, path: string, out: string[]): void {
  if (desired === undefined || desired === null) return;
  // The API server drops empty objects and lists of many kinds: nothing declared is nothing to compare.
  if (isEmpty(desired) && (!Array.isArray(desired) || live === undefined || live === null || isEmpty(live)))
    return;
  // Nothing below is ours, or not even the field itself.
  if (fields === undefined) out.push(path);
  else if (Array.isArray(desired)) compareList(desired, live, fields, path, out);
  else if (typeof desired === "object") compareObject(desired as Json, live, fields, path, out);
  else if (desired !== live && !sameQuantity(path, desired, live)) out.push(path);
}

function compareObject(
  desired: Json,
  live: unknown,
  fields: FieldsV1,
  path: string,
  out: string[],
  strict = true,
): void {
  if (!isObject(live)) {
    out.push(path);
    return;
  }
  const atomic = strict && isLeaf(fields) && path !== "";
  for (const [name, value] of Object.entries(desired)) {
    compare(value, live[name], atomic || !strict ? ALL : fields[`f:${name}`], `${path}.${name}`, out);
  }
}

function compareList(
  desired: readonly unknown[],
  live: unknown,
  fields: FieldsV1,
  path: string,
  out: string[],
): void {
  if (!Array.isArray(live)) {
    out.push(path);
    return;
  }
  const keyed = Object.keys(fields).filter((element) => element.startsWith("k:"));
  if (keyed.length > 0) {
    for (const item of desired) {
      const element = keyed.find((candidate) => matches(item, keyOfElement(candidate)));
      const key = element === undefined ? undefined : keyOfElement(element);
      const found: unknown = key && live.find((candidate) => hasKey(candidate, key));
      if (element === undefined || found === undefined) out.push(`${path}[${label(item)}]`);
      else compare(item, found, fields[element], `${path}[${label(item)}]`, out);
    }
    return;
  }
  if (Object.keys(fields).some((element) => element.startsWith("v:"))) {
    for (const item of desired)
      if (!live.some((candidate) => deepEqual(candidate, item))) out.push(`${path}[${label(item)}]`);
    return;
  }
  // Atomic: the same items in the same order; the server may have added defaults inside them.
  if (live.length !== desired.length) out.push(path);
  else
    for (const [index, item] of desired.entries()) compare(item, live[index], ALL, `${path}[${index}]`, out);
}

/** What we own and do not declare any more. */
function undeclared(fields: FieldsV1, desired: unknown, path: string, out: string[]): void {
  for (const [element, below] of Object.entries(fields)) {
    const kind = element.slice(0, 2);
    if (kind === "f:") {
      const name = element.slice(2);
      const value = isObject(desired) ? desired[name] : undefined;
      if (value === undefined || value === null) out.push(`${path}.${name}`);
      else undeclared(below, value, `${path}.${name}`, out);
    } else if (kind === "k:") {
      const key = keyOfElement(element);
      const item: unknown = Array.isArray(desired)
        ? desired.find((candidate) => matches(candidate, key))
        : undefined;
      if (item === undefined) out.push(`${path}[${Object.values(key).join(",")}]`);
      else undeclaredInItem(below, item, key, `${path}[${Object.values(key).join(",")}]`, out);
    } else if (kind === "v:") {
      const value: unknown = JSON.parse(element.slice(2));
      if (!Array.isArray(desired) || !desired.some((candidate) => deepEqual(candidate, value)))
        out.push(`${path}[${String(value)}]`);
    }
  }
}

/** Key fields of an item may come from a default (`protocol: TCP`): they need not be declared. */
function undeclaredInItem(fields: FieldsV1, item: unknown, key: Json, path: string, out: string[]): void {
  const withKey = isObject(item) ? { ...key, ...item } : item;
  undeclared(fields, withKey, path, out);
}

function keyOfElement(element: string): Json {
  return JSON.parse(element.slice(2)) as Json;
}

/** The declared item is the one with this key; key fields it leaves to defaults match anything. */
function matches(item: unknown, key: Json): boolean {
  return (
    isObject(item) &&
    Object.entries(key).every(([name, value]) => item[name] === undefined || item[name] === value)
  );
}

function hasKey(item: unknown, key: Json): boolean {
  return isObject(item) && Object.entries(key).every(([name, value]) => item[name] === value);
}

function label(item: unknown): string {
  if (!isObject(item)) return String(item);
  const named = item["name"] ?? item["uid"] ?? item["type"] ?? item["key"];
  return typeof named === "string" ? named : Object.keys(item).join(",");
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isLeaf(fields: FieldsV1): boolean {
  return Object.keys(fields).length === 0;
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value)
    ? value.length === 0
    : Object.values(value).every((field) => field === undefined);
}
