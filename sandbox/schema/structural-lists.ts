// Do list types and map types of a schema hold together? Part of checkStructural.
import type { FieldError, JSONSchemaProps } from "./types.ts";

/** Faults of x-kubernetes-list-type and x-kubernetes-list-map-keys. */
export function checkListType(schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  const listType = schema["x-kubernetes-list-type"] as string | undefined;
  const keys = schema["x-kubernetes-list-map-keys"];
  if (keys && keys.length > 0 && listType === undefined)
    errors.push({
      type: "Required",
      field: `${path}.x-kubernetes-list-type`,
      detail: "must be map if x-kubernetes-list-map-keys is non-empty",
    });
  if (listType === undefined) return;
  if (schema.type !== "array")
    errors.push(
      invalid(`${path}.type`, schema.type ?? "", "must be array if x-kubernetes-list-type is specified"),
    );
  if (!["atomic", "set", "map"].includes(listType))
    errors.push({
      type: "NotSupported",
      field: `${path}.x-kubernetes-list-type`,
      badValue: listType,
      detail: 'supported values: "atomic", "set", "map"',
    });
  else if (listType === "set") checkSetItems(schema.items, `${path}.items`, errors);
  else if (listType === "map") checkMapKeys(schema, keys ?? [], path, errors);
}

function checkSetItems(items: JSONSchemaProps | undefined, path: string, errors: FieldError[]): void {
  if (items?.nullable)
    errors.push({
      type: "Forbidden",
      field: `${path}.nullable`,
      detail: "cannot be nullable when x-kubernetes-list-type is set",
    });
  const mapType = items?.["x-kubernetes-map-type"];
  if (items?.type === "object" && mapType !== "atomic")
    errors.push(
      invalid(
        `${path}.x-kubernetes-map-type`,
        mapType ?? null,
        "must be atomic as item of a list with x-kubernetes-list-type=set",
      ),
    );
  const listType = items?.["x-kubernetes-list-type"];
  if (items?.type === "array" && listType !== undefined && listType !== "atomic")
    errors.push(
      invalid(
        `${path}.x-kubernetes-list-type`,
        listType,
        "must be atomic as item of a list with x-kubernetes-list-type=set",
      ),
    );
}

function checkMapKeys(
  schema: JSONSchemaProps,
  keys: readonly string[],
  path: string,
  errors: FieldError[],
): void {
  const field = `${path}.x-kubernetes-list-map-keys`;
  const { items } = schema;
  if (keys.length === 0)
    errors.push({ type: "Required", field, detail: "must not be empty if x-kubernetes-list-type is map" });
  if (items?.type !== "object") {
    errors.push(
      invalid(
        `${path}.items.type`,
        items?.type ?? "",
        "must be object if parent array's x-kubernetes-list-type is map",
      ),
    );
    return;
  }
  if (new Set(keys).size < keys.length)
    errors.push(invalid(field, keys, "must not contain duplicate entries"));
  if (keys.some((key) => !Object.hasOwn(items.properties ?? {}, key)))
    errors.push(invalid(field, keys, "entries must all be names of item properties"));
  for (const key of new Set(keys)) checkKey(items, key, `${path}.items.properties[${key}]`, errors);
}

function checkKey(items: JSONSchemaProps, key: string, path: string, errors: FieldError[]): void {
  const property = items.properties?.[key];
  if (!property) return;
  if (property.type === "object" || property.type === "array")
    errors.push(
      invalid(
        `${path}.type`,
        property.type,
        "must be a scalar type if parent array's x-kubernetes-list-type is map",
      ),
    );
  if (property.nullable)
    errors.push({
      type: "Forbidden",
      field: `${path}.nullable`,
      detail: "this property is in x-kubernetes-list-map-keys, so it cannot be nullable",
    });
  if (property.default === undefined && !items.required?.includes(key))
    errors.push({
      type: "Required",
      field: `${path}.default`,
      detail:
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
    });
}

/** Faults of x-kubernetes-map-type. */
export function checkMapType(schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  const mapType = schema["x-kubernetes-map-type"] as string | undefined;
  if (mapType === undefined) return;
  if (schema.type !== "object")
    errors.push(
      invalid(`${path}.type`, schema.type ?? "", "must be object if x-kubernetes-map-type is specified"),
    );
  if (mapType !== "atomic" && mapType !== "granular")
    errors.push({
      type: "NotSupported",
      field: `${path}.x-kubernetes-map-type`,
      badValue: mapType,
      detail: 'supported values: "atomic", "granular"',
    });
}

const invalid = (field: string, badValue: unknown, detail: string): FieldError => ({
  type: "Invalid",
  field,
  badValue,
  detail,
});
