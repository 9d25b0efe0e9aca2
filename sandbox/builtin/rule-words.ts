// Short words for the rules of built-in kinds: faults, and looking into objects.
import { isObject, jsonEqual, type FieldError, type JsonObject } from "../schema/index.ts";

export const required = (field: string, detail = ""): FieldError => ({ type: "Required", field, detail });
export const forbidden = (field: string, detail: string): FieldError => ({
  type: "Forbidden",
  field,
  detail,
});
export const invalid = (field: string, badValue: unknown, detail: string): FieldError => ({
  type: "Invalid",
  field,
  badValue,
  detail,
});
export const duplicate = (field: string, badValue: unknown): FieldError => ({
  type: "Duplicate",
  field,
  badValue,
  detail: "",
});
export const notFound = (field: string, badValue: unknown): FieldError => ({
  type: "NotFound",
  field,
  badValue,
  detail: "",
});
export const notSupported = (field: string, badValue: unknown, allowed: readonly string[]): FieldError => ({
  type: "NotSupported",
  field,
  badValue,
  detail: `supported values: ${allowed.map((value) => JSON.stringify(value)).join(", ")}`,
});

/** A part of an object, or an empty one. */
export const part = (object: JsonObject, field: string): JsonObject => {
  const value = object[field];
  return isObject(value) ? value : {};
};

/** The objects in a list, or none. */
export const items = (object: JsonObject, field: string): JsonObject[] => {
  const value = object[field];
  return Array.isArray(value) ? value.filter(isObject) : [];
};

/** The fault of a field that changed and may not. */
export function immutable(
  field: string,
  now: unknown,
  before: unknown,
  detail = "field is immutable",
): FieldError[] {
  if (before === undefined && now === undefined) return [];
  return jsonEqual(now, before) ? [] : [invalid(field, now ?? null, detail)];
}
