// Can an applied configuration be read by its schema? Worded like structured-merge-diff.
import { isObject, type JsonObject, type SchemaNode } from "../schema/index.ts";
import { ApplyError } from "./apply-error.ts";
import { itemElement, printElement } from "./path-element.ts";
import { childOf, itemsOf, shapeOf } from "./shape.ts";

/** @throws ApplyError when fields are unknown, have the wrong type, or list items cannot be told apart */
export function mustBeReadable(node: SchemaNode, applied: JsonObject): void {
  const faults: string[] = [];
  checkMap(node, applied, "", faults);
  if (faults.length === 0) return;
  const { apiVersion, kind, metadata } = applied;
  const { namespace, name } = isObject(metadata) ? metadata : {};
  const who = `${asText(namespace)}/${asText(name)}; ${asText(apiVersion)}, Kind=${asText(kind)}`;
  const told = faults.length === 1 ? faults[0] : `errors:\n${faults.map((fault) => `  ${fault}`).join("\n")}`;
  throw new ApplyError(`failed to create typed patch object (${who}): ${told ?? ""}`);
}

const asText = (value: unknown): string => (typeof value === "string" ? value : "");

function checkValue(node: SchemaNode, value: unknown, path: string, faults: string[]): void {
  if (value === null || value === undefined) return;
  switch (node.type) {
    case "object":
      if (isObject(value)) checkMap(node, value, path, faults);
      else faults.push(`${path}: expected map, got &{${goText(value)}}`);
      return;
    case "array":
      if (Array.isArray(value)) checkList(node, value, path, faults);
      else faults.push(`${path}: expected list, got &{${goText(value)}}`);
      return;
    case "string":
      // Dates and byte strings have no scalar type of their own there.
      if (
        typeof value !== "string" &&
        !["date-time", "byte", "int-or-string"].includes(node.props.format ?? "")
      )
        faults.push(`${path}: expected string, got &value.valueUnstructured{Value:${goText(value)}}`);
      return;
    case "boolean":
      if (typeof value !== "boolean") faults.push(`${path}: expected boolean, got &{${goText(value)}}`);
      return;
    case "integer":
    case "number":
      if (typeof value !== "number")
        faults.push(`${path}: expected numeric (int or float), got ${goType(value)}`);
      return;
    default:
  }
}

function checkMap(node: SchemaNode, object: JsonObject, path: string, faults: string[]): void {
  for (const key of Object.keys(object).sort()) {
    const known = node.properties.has(key) || node.additional !== undefined || node.preserveUnknown;
    if (!known) faults.push(`${path}.${key}: field not declared in schema`);
    else checkValue(childOf(node, key), object[key], `${path}.${key}`, faults);
  }
}

function checkList(node: SchemaNode, list: readonly unknown[], path: string, faults: string[]): void {
  if (shapeOf(node, list) === "leaf") {
    list.forEach((item, at) => checkValue(itemsOf(node), item, `${path}[${at}]`, faults));
    return;
  }
  const seen = new Set<string>();
  list.forEach((item, at) => {
    const element = itemElement(node, item);
    if (element === undefined) {
      faults.push(
        `${path}: element ${at}: associative list with keys has an element that omits all key fields [${node.listKeys.map((key) => JSON.stringify(key)).join(" ")}] (and doesn't have default values for any key fields)`,
      );
      return;
    }
    if (seen.has(element)) faults.push(`${path}: duplicate entries for key ${printElement(element)}`);
    seen.add(element);
    checkValue(itemsOf(node), item, `${path}${printElement(element)}`, faults);
  });
}

/** A value as Go's %v prints it. */
function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (isObject(value))
    return `map[${Object.keys(value)
      .sort()
      .map((key) => `${key}:${goText(value[key])}`)
      .join(" ")}]`;
  return value === null ? "<nil>" : String(value as string | number | boolean);
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return "[]interface {}";
  return typeof value === "boolean" ? "bool" : isObject(value) ? "map[string]interface {}" : typeof value;
}
