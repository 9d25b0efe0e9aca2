// Is a schema one that a CRD may carry? Compiling and using it is elsewhere; the rules of lists and of defaults
// have files of their own.
import { compileRules } from "./cel/rules.ts";
import { goRegExp } from "./go-regexp.ts";
import { compileRoot } from "./node.ts";
import { checkDefault } from "./structural-default.ts";
import { checkListType, checkMapType } from "./structural-lists.ts";
import type { FieldError, JSONSchemaProps } from "./types.ts";

/** The schema under check and where faults go. */
export interface Inspection {
  readonly errors: FieldError[];
  /** Below top-level metadata no defaults may stand. */
  readonly inMetadata: boolean;
}

/**
 * Everything that makes `schema` not acceptable as the `openAPIV3Schema` of a CRD: constructs that are not
 * structural, list types that do not hold together, defaults that do not validate, CEL rules that do not compile.
 * Fields are `path` plus kube-apiserver's spelling (`.properties[spec].type`).
 */
export function checkStructural(schema: JSONSchemaProps, path = "openAPIV3Schema"): FieldError[] {
  const errors: FieldError[] = [];
  if (!schema.type) errors.push(required(`${path}.type`, "must not be empty at the root"));
  else if (schema.type !== "object")
    errors.push(invalid(`${path}.type`, schema.type, "must be object at the root"));
  checkMetadata(schema, path, errors);
  checkSchema(schema, path, { errors, inMetadata: false });
  if (errors.length === 0) errors.push(...compileRules(compileRoot(schema), path).errors);
  return errors;
}

const required = (field: string, detail: string): FieldError => ({ type: "Required", field, detail });
const forbidden = (field: string, detail: string): FieldError => ({ type: "Forbidden", field, detail });
const invalid = (field: string, badValue: unknown, detail: string): FieldError => ({
  type: "Invalid",
  field,
  badValue,
  detail,
});

function checkMetadata(schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  const metadata = schema.properties?.["metadata"];
  if (!metadata) return;
  const at = `${path}.properties[metadata]`;
  if (metadata.type !== undefined && metadata.type !== "object")
    errors.push(invalid(`${at}.type`, metadata.type, "must be object"));
  const { type: _type, description: _description, properties, ...rest } = metadata;
  const strange = Object.keys(properties ?? {}).some((name) => name !== "name" && name !== "generateName");
  if (strange || Object.keys(rest).length > 0)
    errors.push(
      forbidden(
        at,
        "must not specify anything other than name and generateName, but metadata is implicitly specified",
      ),
    );
}

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];

function checkSchema(schema: JSONSchemaProps, path: string, inspection: Inspection): void {
  const { errors } = inspection;
  checkUnsupported(schema, path, errors);
  checkType(schema, path, errors);
  checkExtensions(schema, path, errors);
  checkListType(schema, path, errors);
  checkMapType(schema, path, errors);
  checkPattern(schema, path, errors);
  checkDefault(schema, path, inspection);
  checkCombinations(schema, path, errors);
  checkChildren(schema, path, inspection);
}

function checkChildren(schema: JSONSchemaProps, path: string, inspection: Inspection): void {
  const { errors, inMetadata } = inspection;
  const isRoot = !path.includes("[") && !path.endsWith(".items");
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    const at = `${path}.properties[${name}]`;
    needsType(child, at, "must not be empty for specified object fields", errors);
    checkSchema(child, at, { errors, inMetadata: inMetadata || (isRoot && name === "metadata") });
  }
  if (typeof schema.additionalProperties === "object") {
    const at = `${path}.additionalProperties`;
    needsType(schema.additionalProperties, at, "must not be empty for specified object fields", errors);
    checkSchema(schema.additionalProperties, at, inspection);
  }
  if (schema.items) {
    needsType(schema.items, `${path}.items`, "must not be empty for specified array items", errors);
    checkSchema(schema.items, `${path}.items`, inspection);
  } else if (schema.type === "array") errors.push(required(`${path}.items`, "must be specified"));
}

function needsType(schema: JSONSchemaProps, path: string, detail: string, errors: FieldError[]): void {
  const exempt = schema["x-kubernetes-int-or-string"] || schema["x-kubernetes-preserve-unknown-fields"];
  if (!schema.type && !exempt && schema.$ref === undefined) errors.push(required(`${path}.type`, detail));
}

function checkUnsupported(schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  for (const name of [
    "$ref",
    "definitions",
    "patternProperties",
    "dependencies",
    "additionalItems",
    "id",
  ] as const)
    if (schema[name] !== undefined) errors.push(forbidden(`${path}.${name}`, `${name} is not supported`));
  if (schema.uniqueItems)
    errors.push(
      forbidden(
        `${path}.uniqueItems`,
        "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
      ),
    );
  if (schema.properties && typeof schema.additionalProperties === "object")
    errors.push(
      forbidden(`${path}.additionalProperties`, "additionalProperties and properties are mutual exclusive"),
    );
}

function checkType(schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  if (!schema.type || TYPES.includes(schema.type)) return;
  errors.push({
    type: "NotSupported",
    field: `${path}.type`,
    badValue: schema.type,
    detail: `supported values: ${TYPES.map((type) => JSON.stringify(type)).join(", ")}`,
  });
  if (schema.type === "null")
    errors.push(forbidden(`${path}.type`, "type cannot be set to null, use nullable as an alternative"));
}

function checkExtensions(schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  const preserve = schema["x-kubernetes-preserve-unknown-fields"];
  if (preserve === false)
    errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined"));
  if (!schema["x-kubernetes-embedded-resource"]) return;
  if (!preserve && Object.keys(schema.properties ?? {}).length === 0)
    errors.push(
      required(
        `${path}.properties`,
        "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
      ),
    );
  if (schema.type && schema.type !== "object")
    errors.push(
      invalid(`${path}.type`, schema.type, "must be object if x-kubernetes-embedded-resource is true"),
    );
}

function checkPattern(schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  if (schema.pattern === undefined) return;
  try {
    goRegExp(schema.pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    errors.push(
      invalid(`${path}.pattern`, schema.pattern, `must be a valid regular expression, but isn't: ${reason}`),
    );
  }
}

function checkCombinations(schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  for (const name of ["allOf", "anyOf", "oneOf"] as const)
    (schema[name] ?? []).forEach((part, index) => {
      if (schema["x-kubernetes-int-or-string"] && isIntOrStringPart(schema, name, index)) return;
      checkPart(part, `${path}.${name}[${index}]`, errors);
    });
  if (schema.not) checkPart(schema.not, `${path}.not`, errors);
}

/** `anyOf: [{type: integer}, {type: string}]` may stand beside x-kubernetes-int-or-string, also as first of an allOf. */
function isIntOrStringPart(
  schema: JSONSchemaProps,
  name: "allOf" | "anyOf" | "oneOf",
  index: number,
): boolean {
  if (name === "anyOf") return isIntOrString(schema.anyOf);
  return name === "allOf" && index === 0 && isIntOrString(schema.allOf?.[0]?.anyOf);
}

const isIntOrString = (parts: readonly JSONSchemaProps[] | undefined): boolean =>
  parts?.length === 2 && parts[0]?.type === "integer" && parts[1]?.type === "string";

/** A part of a combination only says more of values; their types and defaults stand outside. */
function checkPart(part: JSONSchemaProps, path: string, errors: FieldError[]): void {
  const must = (name: keyof JSONSchemaProps, what: string): void => {
    const value = part[name];
    if (value !== undefined && value !== false && value !== "")
      errors.push(forbidden(`${path}.${name}`, `must be ${what} to be structural`));
  };
  must("description", "empty");
  must("type", "empty");
  must("title", "empty");
  if (part.default !== undefined)
    errors.push(forbidden(`${path}.default`, "must be undefined to be structural"));
  if (part.additionalProperties !== undefined)
    errors.push(forbidden(`${path}.additionalProperties`, "must be undefined to be structural"));
  must("nullable", "false");
  must("x-kubernetes-preserve-unknown-fields", "undefined");
  must("x-kubernetes-embedded-resource", "false");
  must("x-kubernetes-int-or-string", "false");
  must("x-kubernetes-list-type", "undefined");
  must("x-kubernetes-list-map-keys", "undefined");
  must("x-kubernetes-map-type", "undefined");
  must("x-kubernetes-validations", "empty");
  checkUnsupported(part, path, errors);
  checkPattern(part, path, errors);
  checkCombinations(part, path, errors);
  for (const [name, child] of Object.entries(part.properties ?? {}))
    checkPart(child, `${path}.properties[${name}]`, errors);
  if (part.items) checkPart(part.items, `${path}.items`, errors);
}
