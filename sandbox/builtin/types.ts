// What the server needs to know of a built-in kind.
import type { FieldError, JsonObject, StructuralSchema } from "../schema/index.ts";

/** One built-in kind in one version. */
export interface BuiltinResource {
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  /** "status", "scale", ... */
  readonly subresources: readonly string[];
  /** Compiled on first use. */
  readonly schema: StructuralSchema;
  /** Fills in every default of the kind, also those that follow from other fields (Service targetPort = port). */
  applyDefaults(obj: JsonObject): void;
  /** Schema faults and the kind's own rules (immutable fields, cross-field rules). */
  validate(obj: JsonObject, oldObj?: JsonObject): FieldError[];
}
