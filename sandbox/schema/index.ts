// Structural schemas: the door of this folder.
export { checkStructural } from "./structural.ts";
export { compileStructural } from "./compile.ts";
export { causeReason, fieldErrorBody, fieldErrorMessage } from "./field-error.ts";
export type {
  FieldError,
  FieldErrorType,
  JSONSchemaProps,
  JsonObject,
  SchemaNode,
  StructuralSchema,
  ValidationRule,
} from "./types.ts";
