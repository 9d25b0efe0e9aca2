// ajv validators compiled from the structural schemas: closed objects, list-map keys unique, errors in plain words.
// CEL rules are not evaluated here: the API server does that, and `provost validate` with the same evaluator.
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import addFormatsModule from "ajv-formats";
import type { Infer, Structural } from "./structural.ts";

/** One thing that is wrong with a value. */
export interface Finding {
  /** JSON pointer (RFC 6901) to the value, or to its parent when a field is missing or unknown. */
  readonly pointer: string;
  readonly message: string;
}

const addFormats = addFormatsModule as unknown as (ajv: Ajv) => void;

let shared: Ajv | undefined;

function ajv(): Ajv {
  if (shared) return shared;
  shared = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, useDefaults: true });
  addFormats(shared);
  shared.addFormat("byte", /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
  for (const format of ["int32", "int64", "double"])
    shared.addFormat(format, { type: "number", validate: () => true });
  shared.addVocabulary([
    "x-kubernetes-validations",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
    "x-kubernetes-int-or-string",
  ]);
  shared.addKeyword({
    keyword: "x-kubernetes-list-type",
    type: "array",
    errors: true,
    compile: (listType: string, parent) => {
      const keys =
        (parent as { "x-kubernetes-list-map-keys"?: readonly string[] })["x-kubernetes-list-map-keys"] ?? [];
      const check = (items: readonly unknown[]): boolean => {
        if (listType === "atomic") return true;
        const seen = new Set<string>();
        for (const item of items) {
          const id =
            listType === "set"
              ? JSON.stringify(item)
              : keys.map((k) => JSON.stringify((item as Record<string, unknown> | null)?.[k])).join(",");
          if (seen.has(id)) {
            (check as { errors?: unknown[] }).errors = [
              {
                keyword: "duplicate",
                params: {},
                message: `has the same ${keys.join("+") || "value"} twice: ${id}`,
              },
            ];
            return false;
          }
          seen.add(id);
        }
        return true;
      };
      return check;
    },
  });
  return shared;
}

/** The schema as ajv reads it: unknown fields are errors, int-or-string is spelled out. */
function closed(schema: Structural): Record<string, unknown> {
  const s = schema as unknown as Record<string, unknown>;
  const out: Record<string, unknown> = { ...s };
  delete out["description"];
  if (s["x-kubernetes-int-or-string"]) out["type"] = ["integer", "string"];
  if (s["properties"]) {
    const properties = s["properties"] as Record<string, Structural>;
    out["properties"] = Object.fromEntries(Object.entries(properties).map(([k, v]) => [k, closed(v)]));
    out["additionalProperties"] = false;
  }
  if (s["items"]) out["items"] = closed(s["items"] as Structural);
  if (s["additionalProperties"])
    out["additionalProperties"] = closed(s["additionalProperties"] as Structural);
  return out;
}

const compiled = new WeakMap<Structural, ValidateFunction>();

/**
 * Validates a value against a schema and fills in its defaults in place.
 * Returns the value with its type, or every finding.
 */
export function validate<const S extends Structural>(
  schema: S,
  value: unknown,
):
  | { readonly ok: true; readonly value: Infer<S> }
  | { readonly ok: false; readonly findings: readonly Finding[] } {
  let check = compiled.get(schema);
  if (!check) {
    check = ajv().compile(closed(schema));
    compiled.set(schema, check);
  }
  if (check(value)) return { ok: true, value: value as Infer<S> };
  return { ok: false, findings: (check.errors ?? []).map(finding) };
}

function finding(error: ErrorObject): Finding {
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case "additionalProperties":
      return {
        pointer: error.instancePath,
        message: `unknown field "${String(params["additionalProperty"])}"`,
      };
    case "required":
      return { pointer: error.instancePath, message: `missing field "${String(params["missingProperty"])}"` };
    case "enum":
      return {
        pointer: error.instancePath,
        message: `must be one of ${(params["allowedValues"] as unknown[]).map(String).join(", ")}`,
      };
    default:
      return { pointer: error.instancePath, message: error.message ?? `breaks the rule ${error.keyword}` };
  }
}
