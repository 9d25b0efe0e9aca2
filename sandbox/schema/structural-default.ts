// Is a default one that the schema itself accepts? Part of checkStructural.
import { jsonClone } from "./json.ts";
import { compileNode } from "./node.ts";
import { pruneValue } from "./prune.ts";
import type { Inspection } from "./structural.ts";
import type { FieldError, JSONSchemaProps } from "./types.ts";
import { validateValue } from "./validate.ts";

/** Faults of a schema's own default. */
export function checkDefault(schema: JSONSchemaProps, path: string, inspection: Inspection): void {
  const { errors, inMetadata } = inspection;
  if (schema.default === undefined || schema.default === null) return;
  const field = `${path}.default`;
  if (inMetadata) {
    errors.push({ type: "Forbidden", field, detail: "must not be set in top-level metadata" });
    return;
  }
  const node = compileNode(schema);
  const unknown: string[] = [];
  pruneValue(node, jsonClone(schema.default), "", unknown);
  if (unknown.length > 0)
    errors.push({ type: "Invalid", field, badValue: schema.default, detail: "must not have unknown fields" });
  const faults: FieldError[] = [];
  try {
    validateValue({ node, value: schema.default, old: undefined, path: "" }, faults);
  } catch {
    // A pattern that is no regular expression is reported where it stands.
    return;
  }
  for (const fault of faults) errors.push({ ...fault, field: below(field, fault.field) });
}

function below(field: string, inner: string): string {
  if (inner === "" || inner === "<nil>") return field;
  return inner.startsWith("[") ? field + inner : `${field}.${inner}`;
}
