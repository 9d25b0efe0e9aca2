// The vocabulary of this folder: JSON values, the schema language of CRDs, field errors, the compiled tree.
// No behaviour lives here.

/** A JSON object as parsed from a request; values are looked at, never trusted. */
export type JsonObject = Record<string, unknown>;

/** One `x-kubernetes-validations` entry. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

/**
 * `apiextensions.k8s.io/v1` JSONSchemaProps as it stands in YAML, plus the two patch extensions that OpenAPI
 * documents of built-in kinds carry.
 */
export interface JSONSchemaProps {
  readonly $ref?: string;
  readonly $schema?: string;
  readonly id?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JSONSchemaProps>>;
  readonly patternProperties?: Readonly<Record<string, JSONSchemaProps>>;
  readonly additionalProperties?: JSONSchemaProps | boolean;
  readonly additionalItems?: JSONSchemaProps | boolean;
  readonly items?: JSONSchemaProps;
  readonly oneOf?: readonly JSONSchemaProps[];
  readonly anyOf?: readonly JSONSchemaProps[];
  readonly allOf?: readonly JSONSchemaProps[];
  readonly not?: JSONSchemaProps;
  readonly definitions?: Readonly<Record<string, JSONSchemaProps>>;
  readonly dependencies?: Readonly<Record<string, unknown>>;
  readonly externalDocs?: unknown;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: "granular" | "atomic";
  readonly "x-kubernetes-validations"?: readonly ValidationRule[];
  readonly "x-kubernetes-patch-strategy"?: string;
  readonly "x-kubernetes-patch-merge-key"?: string;
}

/** What is wrong with a field; the wire name of each is `FieldValue<type>` (see `causeReason`). */
export type FieldErrorType =
  | "Required"
  | "Invalid"
  | "NotSupported"
  | "Duplicate"
  | "Forbidden"
  | "TooLong"
  | "TooMany"
  | "TooFew"
  | "TypeInvalid"
  | "NotFound"
  | "InternalError";

/** One fault of one field, worded like kube-apiserver. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** Such as `spec.users[1].name`; `<nil>` for the whole object, as kube-apiserver prints it. */
  readonly field: string;
  readonly badValue?: unknown;
  readonly detail: string;
}

/** One node of a compiled schema: what server-side apply and strategic merge need to know of a value's type. */
export interface SchemaNode {
  readonly props: JSONSchemaProps;
  /** "" when the schema names no type. */
  readonly type: string;
  /** Declared fields. */
  readonly properties: ReadonlyMap<string, SchemaNode>;
  /** Type of the values of undeclared keys, when the object is a map. */
  readonly additional: SchemaNode | undefined;
  readonly items: SchemaNode | undefined;
  readonly preserveUnknown: boolean;
  readonly embedded: boolean;
  readonly listType: "atomic" | "set" | "map";
  readonly listKeys: readonly string[];
  readonly mapType: "granular" | "atomic";
}

/** A compiled structural schema. The verbs come in the order a write request uses them. */
export interface StructuralSchema {
  readonly root: SchemaNode;
  /**
   * Removes unknown fields from `obj`, in place, and returns their paths (`spec.users[0].nmae`).
   * apiVersion, kind and metadata of the root and of embedded resources stay.
   */
  prune(obj: JsonObject): string[];
  /**
   * Fills defaults in, in place, also inside arrays and maps; null where null is not allowed counts as absent.
   * For objects as a client sent them.
   */
  applyDefaults(obj: JsonObject): void;
  /** Only fills defaults in. For the result of a server-side apply, whose stray nulls are faults. */
  fillDefaults(obj: JsonObject): void;
  /**
   * Everything wrong with `obj`. With `oldObj` (an update) CEL transition rules run too, and faults of values
   * that the update leaves untouched are forgiven (validation ratcheting).
   */
  validate(obj: JsonObject, oldObj?: JsonObject): FieldError[];
}
