// What goes into and comes out of server-side apply.
import type { JsonObject, SchemaNode } from "../schema/index.ts";

/** One entry of `metadata.managedFields`. */
export interface ManagedFieldsEntry {
  manager: string;
  operation: "Apply" | "Update";
  apiVersion: string;
  time?: string;
  fieldsType: "FieldsV1";
  fieldsV1: JsonObject;
  subresource?: string;
}

/** A field another manager owns with another value; `manager` reads `"kubectl" using v1`, `field` `.spec.replicas`. */
export interface Conflict {
  readonly manager: string;
  readonly field: string;
}

/** One apply request. `live` is absent when the object does not exist yet. */
export interface ApplyRequest {
  readonly live?: JsonObject;
  readonly applied: JsonObject;
  readonly manager: string;
  readonly force: boolean;
  readonly schema: SchemaNode;
  /** RFC 3339 with seconds, as it will stand in managedFields. */
  readonly now: string;
  readonly apiVersion: string;
  /** "status", "scale", ... or absent for the object itself. */
  readonly subresource?: string;
  /** Fields this endpoint ignores (as paths: `["status"]` for the object itself); nobody gets to own them here. */
  readonly resetFields?: readonly (readonly string[])[];
}

/** `changed` is false when the object, managedFields included, equals `live`: the write can be skipped. */
export type ApplyResult =
  | { readonly object: JsonObject; readonly changed: boolean; readonly conflicts?: undefined }
  | { readonly conflicts: readonly Conflict[]; readonly object?: undefined };

/** One write that is not an apply: create, update, or another patch format. */
export interface UpdateRequest {
  /** Absent on create. */
  readonly before?: JsonObject;
  readonly after: JsonObject;
  readonly manager: string;
  readonly schema: SchemaNode;
  readonly now: string;
  readonly apiVersion: string;
  readonly subresource?: string;
  readonly resetFields?: readonly (readonly string[])[];
}
