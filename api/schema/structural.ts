// The dialect every schema of Provost is written in: Kubernetes structural schemas as TypeScript constants,
// and the types inferred from them. No schema of a kind lives here.

/** A CEL rule as the API server evaluates it (Kubernetes docs: "Validation rules"). */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
  readonly reason?:
    "FieldValueInvalid" | "FieldValueRequired" | "FieldValueForbidden" | "FieldValueDuplicate";
}

interface Common {
  /** Shown by `kubectl explain` and in docs/reference: what it is, its unit, what happens when it is absent. */
  readonly description: string;
  readonly nullable?: boolean;
  readonly "x-kubernetes-validations"?: readonly CelRule[];
}

export interface StringSchema extends Common {
  readonly type: "string";
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: "date-time" | "email" | "uri" | "byte";
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly default?: string;
}

export interface NumberSchema extends Common {
  readonly type: "integer" | "number";
  readonly format?: "int32" | "int64" | "double";
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: number;
}

export interface BooleanSchema extends Common {
  readonly type: "boolean";
  readonly default?: boolean;
}

/** A Kubernetes quantity or a port: an integer or a string. */
export interface IntOrStringSchema extends Common {
  readonly "x-kubernetes-int-or-string": true;
  readonly pattern?: string;
  readonly maxLength?: number;
}

export interface ArraySchema extends Common {
  readonly type: "array";
  readonly items: Structural;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly "x-kubernetes-list-type"?: "map" | "set" | "atomic";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
}

export interface ObjectSchema extends Common {
  readonly type: "object";
  readonly properties: { readonly [name: string]: Structural };
  readonly required?: readonly string[];
  readonly default?: Readonly<Record<string, unknown>>;
  readonly "x-kubernetes-map-type"?: "atomic" | "granular";
}

export interface MapSchema extends Common {
  readonly type: "object";
  readonly additionalProperties: Structural;
  readonly maxProperties?: number;
}

export type Structural =
  StringSchema | NumberSchema | BooleanSchema | IntOrStringSchema | ArraySchema | ObjectSchema | MapSchema;

type Present<P, R> = {
  [K in keyof P]: K extends R ? K : P[K] extends { readonly default: unknown } ? K : never;
}[keyof P];

type InferObject<P, R> = { readonly [K in Present<P, R>]: Infer<P[K]> } & {
  readonly [K in Exclude<keyof P, Present<P, R>>]?: Infer<P[K]>;
};

type RequiredOf<S> = S extends { readonly required: readonly (infer R)[] } ? R : never;

/** The value a schema describes, as a reader sees it: a field with a default is always present. */
export type Infer<S> = S extends { readonly enum: readonly (infer E)[] }
  ? E
  : S extends { readonly "x-kubernetes-int-or-string": true }
    ? number | string
    : S extends { readonly type: "string" }
      ? string
      : S extends { readonly type: "integer" | "number" }
        ? number
        : S extends { readonly type: "boolean" }
          ? boolean
          : S extends { readonly type: "array"; readonly items: infer I }
            ? readonly Infer<I>[]
            : S extends { readonly properties: infer P }
              ? InferObject<P, RequiredOf<S>>
              : S extends { readonly additionalProperties: infer A }
                ? { readonly [key: string]: Infer<A> }
                : never;

type InputObject<P, R> = { readonly [K in Extract<keyof P, R>]: InferInput<P[K]> } & {
  readonly [K in Exclude<keyof P, R>]?: InferInput<P[K]>;
};

/** The value a schema accepts, as an author writes it: a field with a default may be left out. */
export type InferInput<S> = S extends { readonly properties: infer P }
  ? InputObject<P, RequiredOf<S>>
  : S extends { readonly type: "array"; readonly items: infer I }
    ? readonly InferInput<I>[]
    : S extends { readonly additionalProperties: infer A }
      ? { readonly [key: string]: InferInput<A> }
      : Infer<S>;
