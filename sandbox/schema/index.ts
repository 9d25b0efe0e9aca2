// Structural schemas: the door of this folder.
export { compileStructural } from "./compile.ts";
export { causeReason, fieldErrorBody, fieldErrorMessage } from "./field-error.ts";
export { getKey, isObject, jsonClone, jsonEqual, setKey } from "./json.ts";
export { anything } from "./node.ts";
export { objectMeta } from "./object-meta.ts";
export { checkStructural } from "./structural.ts";
export type {
  FieldError,
  FieldErrorType,
  JSONSchemaProps,
  JsonObject,
  SchemaNode,
  StructuralSchema,
  ValidationRule,
} from "./types.ts";
