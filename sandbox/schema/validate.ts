// Walks a value with its schema and collects faults, worded like kube-apiserver. CEL rules are in cel/; the checks
// of single numbers, strings and lists in value-checks.ts.
import { jsonEqual, isObject } from "./json.ts";
import { checkListKeys, listItemKey } from "./list-keys.ts";
import { childNode, type CompiledNode } from "./node.ts";
import type { FieldError, JsonObject } from "./types.ts";
import { checkNumber, checkString, invalid, typeName } from "./value-checks.ts";

/** A value, its schema, where it stands, and what stood there before (undefined on create or when not correlated). */
export interface Site {
  readonly node: CompiledNode;
  readonly value: unknown;
  readonly old: unknown;
  readonly path: string;
}

/**
 * Adds everything wrong with the value to `errors`. Faults of a value that equals its old self are forgiven:
 * a schema that became stricter must not block updates of other fields.
 */
export function validateValue(site: Site, errors: FieldError[]): void {
  const before = errors.length;
  checkValue(site, errors);
  if (errors.length > before && site.old !== undefined && jsonEqual(site.value, site.old))
    errors.length = before;
}

function checkValue(site: Site, errors: FieldError[]): void {
  const { node, value, path } = site;
  if (value === null && node.nullable) return;
  if (!hasRightType(node, value, path, errors)) return;
  checkEnum(node, value, path, errors);
  if (typeof value === "string") checkString(node, value, path, errors);
  else if (typeof value === "number") checkNumber(node, value, path, errors);
  else if (Array.isArray(value)) checkList(site, value, errors);
  else if (isObject(value)) checkObject(site, value, errors);
  checkCombinations(site, errors);
}

const JSON_TYPES: Record<string, (value: unknown) => boolean> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  number: (value) => typeof value === "number",
  integer: (value) => typeof value === "number" && Number.isInteger(value),
};

function hasRightType(node: CompiledNode, value: unknown, path: string, errors: FieldError[]): boolean {
  let expected: string;
  if (node.intOrString) {
    if (typeof value === "string" || (typeof value === "number" && Number.isInteger(value))) return true;
    expected = "integer,string";
  } else if (node.type === "") {
    return true;
  } else {
    if (JSON_TYPES[node.type]?.(value) && !(node.type === "integer" && !isSafeInt64(value))) return true;
    const { format } = node.props;
    expected =
      node.type === "integer" && typeof value === "number" && isIntFormat(format) ? format : node.type;
  }
  const actual = typeof value === "number" && isIntFormat(expected) ? "float64" : typeName(value);
  errors.push({
    type: "TypeInvalid",
    field: path === "" ? "<nil>" : path,
    badValue: actual,
    detail: `${path} in body must be of type ${expected}: "${actual}"`,
  });
  return false;
}

const isIntFormat = (format: string | undefined): format is string =>
  format === "int32" || format === "int64";

/** JSON numbers beyond int64 are floats to kube-apiserver. */
const isSafeInt64 = (value: unknown): boolean => typeof value === "number" && Math.abs(value) < 2 ** 63;

function checkEnum(node: CompiledNode, value: unknown, path: string, errors: FieldError[]): void {
  const allowed = node.props.enum;
  if (!allowed || allowed.length === 0 || allowed.some((item) => jsonEqual(item, value))) return;
  const names = allowed.map((item) =>
    typeof item === "string" ? JSON.stringify(item) : `"${JSON.stringify(item)}"`,
  );
  errors.push({
    type: "NotSupported",
    field: path,
    badValue: value,
    detail: `supported values: ${names.join(", ")}`,
  });
}

function checkList(site: Site, list: readonly unknown[], errors: FieldError[]): void {
  const { node, path } = site;
  const { minItems, maxItems } = node.props;
  if (minItems !== undefined && list.length < minItems)
    errors.push(invalid(path, list.length, `${path} in body should have at least ${minItems} items`));
  if (maxItems !== undefined && list.length > maxItems)
    errors.push({
      type: "TooMany",
      field: path,
      badValue: list.length,
      detail: `must have at most ${maxItems} items`,
    });
  if (node.items) {
    const oldOf = oldItems(site, list);
    for (let i = 0; i < list.length; i++)
      validateValue({ node: node.items, value: list[i], old: oldOf?.(i), path: `${path}[${i}]` }, errors);
  }
  if (node.listType !== "atomic") checkListKeys(node, list, path, errors);
}

/** The old value of each item: by key where the list is a map, else none, for items have no identity. */
function oldItems(site: Site, list: readonly unknown[]): ((index: number) => unknown) | undefined {
  const { node, old } = site;
  if (!Array.isArray(old) || node.listType !== "map") return undefined;
  const byKey = new Map(old.map((item: unknown) => [listItemKey(node, item), item]));
  return (index) => byKey.get(listItemKey(node, list[index]));
}

function checkObject(site: Site, object: JsonObject, errors: FieldError[]): void {
  const { node, path, old } = site;
  const { minProperties, maxProperties, required } = node.props;
  if (minProperties !== undefined || maxProperties !== undefined) {
    const size = Object.keys(object).length;
    if (minProperties !== undefined && size < minProperties)
      errors.push(invalid(path, size, `${path} in body should have at least ${minProperties} properties`));
    if (maxProperties !== undefined && size > maxProperties)
      errors.push({
        type: "TooMany",
        field: path,
        badValue: size,
        detail: `must have at most ${maxProperties} items`,
      });
  }
  for (const name of required ?? [])
    if (!Object.hasOwn(object, name)) errors.push({ type: "Required", field: join(path, name), detail: "" });
  if (node.embedded)
    for (const name of ["apiVersion", "kind"])
      if (!Object.hasOwn(object, name))
        errors.push({ type: "Required", field: join(path, name), detail: "" });
      else if (object[name] === "") errors.push(invalid(join(path, name), "", "must not be empty"));
  const before = isObject(old) ? old : undefined;
  for (const key in object) {
    const child = childNode(node, key);
    if (!child) continue;
    const oldValue = before && Object.hasOwn(before, key) ? before[key] : undefined;
    validateValue({ node: child, value: object[key], old: oldValue, path: join(path, key) }, errors);
  }
}

const join = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

function checkCombinations(site: Site, errors: FieldError[]): void {
  const { node } = site;
  for (const part of node.allOf) {
    const faults = faultsOf(site, part);
    if (faults.length > 0) errors.push(...faults, combination(site, "must validate all the schemas (allOf)"));
  }
  if (node.anyOf.length > 0) {
    const tries = node.anyOf.map((part) => faultsOf(site, part));
    if (!tries.some((faults) => faults.length === 0))
      errors.push(
        combination(site, "must validate at least one schema (anyOf)"),
        ...nearest(tries.reverse()),
      );
  }
  if (node.oneOf.length > 0) {
    const tries = node.oneOf.map((part) => faultsOf(site, part));
    const matches = tries.filter((faults) => faults.length === 0).length;
    if (matches !== 1)
      errors.push(
        combination(
          site,
          `must validate one and only one schema (oneOf). Found ${matches === 0 ? "none valid" : `${matches} valid alternatives`}`,
        ),
        ...(matches === 0 ? nearest(tries) : []),
      );
  }
  if (node.not && faultsOf(site, node.not).length === 0)
    errors.push(combination(site, "must not validate the schema (not)"));
}

function faultsOf(site: Site, node: CompiledNode): FieldError[] {
  const faults: FieldError[] = [];
  checkValue({ ...site, node, old: undefined }, faults);
  return faults;
}

/** The faults of the alternative that came closest: the one the author most likely meant. */
const nearest = (tries: readonly FieldError[][]): FieldError[] =>
  tries.reduce((best, faults) => (faults.length < best.length ? faults : best), tries[0] ?? []);

/** kube-apiserver names no field in these, only the quoted path. */
const combination = (site: Site, what: string): FieldError => invalid("<nil>", "", `"${site.path}" ${what}`);
