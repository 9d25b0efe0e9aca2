// The shape of a CustomResourceDefinition as far as the server reads it. Types only.
import type { KubeObject } from "../cluster.ts";
import type { JSONSchemaProps } from "../schema/index.ts";
import type { PrinterColumn, ScalePaths } from "./resources.ts";

export interface CrdNames {
  plural: string;
  singular?: string;
  kind: string;
  listKind?: string;
  shortNames?: string[];
  categories?: string[];
}

export interface CrdVersion {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema?: { openAPIV3Schema?: JSONSchemaProps };
  subresources?: { status?: object; scale?: ScalePaths };
  additionalPrinterColumns?: PrinterColumn[];
  selectableFields?: { jsonPath: string }[];
}

export interface CrdSpec {
  group: string;
  scope: "Namespaced" | "Cluster";
  names: CrdNames;
  versions: CrdVersion[];
  conversion?: { strategy?: string };
  preserveUnknownFields?: boolean;
}

export interface CrdCondition {
  type: string;
  status: "True" | "False";
  reason: string;
  message: string;
  lastTransitionTime: string;
}

export interface CrdStatus {
  acceptedNames?: CrdNames;
  conditions?: CrdCondition[];
  storedVersions?: string[];
}

export const crdSpec = (crd: KubeObject): CrdSpec => crd.spec as CrdSpec;
export const crdStatus = (crd: KubeObject): CrdStatus => (crd.status ?? {}) as CrdStatus;

export const crdStorage = "customresourcedefinitions.apiextensions.k8s.io";
/** Holds a CRD until its objects are gone. */
export const crdFinalizer = "customresourcecleanup.apiextensions.k8s.io";
