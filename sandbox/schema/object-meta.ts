// The shape of `metadata`, which every object and every embedded resource has. What its values must look like
// beyond their types (name syntax, label syntax) is the API server's business.
import type { JSONSchemaProps } from "./types.ts";

const text: JSONSchemaProps = { type: "string" };
const texts: JSONSchemaProps = { type: "object", additionalProperties: text };
const time: JSONSchemaProps = { type: "string", format: "date-time" };

const ownerReference: JSONSchemaProps = {
  type: "object",
  "x-kubernetes-map-type": "atomic",
  required: ["apiVersion", "kind", "name", "uid"],
  properties: {
    apiVersion: text,
    kind: text,
    name: text,
    uid: text,
    controller: { type: "boolean" },
    blockOwnerDeletion: { type: "boolean" },
  },
};

// The server writes these itself and reads them with care: no walk need look inside.
const managedFieldsEntry: JSONSchemaProps = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** `io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta`. */
export const objectMeta: JSONSchemaProps = {
  type: "object",
  properties: {
    name: text,
    generateName: text,
    namespace: text,
    selfLink: text,
    uid: text,
    resourceVersion: text,
    generation: { type: "integer", format: "int64" },
    creationTimestamp: { ...time, nullable: true },
    deletionTimestamp: time,
    deletionGracePeriodSeconds: { type: "integer", format: "int64" },
    labels: texts,
    annotations: texts,
    ownerReferences: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["uid"],
      "x-kubernetes-patch-strategy": "merge",
      "x-kubernetes-patch-merge-key": "uid",
      items: ownerReference,
    },
    finalizers: {
      type: "array",
      "x-kubernetes-list-type": "set",
      "x-kubernetes-patch-strategy": "merge",
      items: text,
    },
    managedFields: { type: "array", "x-kubernetes-list-type": "atomic", items: managedFieldsEntry },
  },
};
