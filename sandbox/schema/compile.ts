// Turns a schema into its compiled form.
import type { JSONSchemaProps, StructuralSchema } from "./types.ts";

/** Compiles a schema that `checkStructural` accepts. Rules and patterns are compiled once, on first use. */
export function compileStructural(_schema: JSONSchemaProps): StructuralSchema {
  throw new Error("not there yet");
}
