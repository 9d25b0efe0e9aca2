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
  /**
   * Fields this endpoint does not write, as paths: `["status"]` for an object with a status endpoint. By default
   * none, and all but the status for the subresource "status".
   */
  readonly resetFields?: readonly (readonly string[])[];
  /** Fills defaults in, in place, before the result is compared with what was there. */
  readonly defaults?: (object: JsonObject) => void;
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
