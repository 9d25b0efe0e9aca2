// Is a schema one that a CRD may carry? Compiling and using it is elsewhere.
import type { FieldError, JSONSchemaProps } from "./types.ts";

/** Everything that makes `schema` not acceptable as `openAPIV3Schema`; fields are relative to the schema. */
export function checkStructural(_schema: JSONSchemaProps, _path = "openAPIV3Schema"): FieldError[] {
  throw new Error("not there yet");
}
