// What a kind is: its names, its schema and how kubectl prints it. One value per kind; CRDs, types and docs follow.
import type { CelRule, ObjectSchema } from "../schema/structural.ts";

export const GROUP = "provost.dev";
export const VERSION = "v1alpha1";
export const API_VERSION = `${GROUP}/${VERSION}` as const;

/** A printer column of `kubectl get` (CustomResourceDefinition additionalPrinterColumns). */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "date";
  readonly jsonPath: string;
  readonly description?: string;
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority?: 0 | 1;
}

export interface KindDefinition<
  Spec extends ObjectSchema = ObjectSchema,
  Status extends ObjectSchema = ObjectSchema,
> {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly scope: "Namespaced" | "Cluster";
  /** One paragraph for `kubectl explain` and the reference page. */
  readonly description: string;
  readonly spec: Spec;
  readonly status: Status;
  readonly columns: readonly PrinterColumn[];
  /** CEL rules on the whole object; of metadata they see name and generateName only. */
  readonly rules?: readonly CelRule[];
}

/** metadata as Provost reads and writes it. */
export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

/** An object of a Provost kind. */
export interface Resource<Kind extends string, Spec, Status> {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: Kind;
  readonly metadata: Metadata;
  readonly spec: Spec;
  readonly status?: Status;
}

const ready = '.status.conditions[?(@.type=="Ready")]';

/** The columns every kind ends with. */
export const readyColumns = [
  {
    name: "Ready",
    type: "string",
    jsonPath: `${ready}.status`,
    description: "Whether the world matches the spec.",
  },
  { name: "Status", type: "string", jsonPath: `${ready}.reason`, description: "Why it is ready or not." },
  { name: "Message", type: "string", jsonPath: `${ready}.message`, priority: 1 },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
] as const satisfies readonly PrinterColumn[];
