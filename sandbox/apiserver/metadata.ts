// Rules every object's metadata obeys: names, labels, annotations, owners, finalizers, and what may not change.
import type { KubeObject, ObjectMeta } from "../cluster.ts";
import type { FieldError, JsonObject, JSONSchemaProps } from "../schema/index.ts";
import { compileStructural } from "../schema/index.ts";
import { crdStorage } from "./crd-types.ts";

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const label1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const qualifiedName = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const label1035Rule =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const nameRule =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const valueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const maxAnnotationBytes = 256 * 1024;

/** RBAC names may hold `:`; they are path segments, no more. */
const pathSegmentNames = new Set([
  "roles.rbac.authorization.k8s.io",
  "rolebindings.rbac.authorization.k8s.io",
  "clusterroles.rbac.authorization.k8s.io",
  "clusterrolebindings.rbac.authorization.k8s.io",
]);
const labelNames = new Set(["namespaces"]);
const label1035Names = new Set(["services"]);

const nameFaults = (name: string, storage: string): string[] => {
  if (pathSegmentNames.has(storage))
    return name === "." || name === ".." || /[/%]/.test(name)
      ? ["may not be '.', '..' or contain '/' or '%'"]
      : [];
  const [limit, pattern, rule] = label1035Names.has(storage)
    ? ([63, label1035, label1035Rule] as const)
    : labelNames.has(storage)
      ? ([63, label, labelRule] as const)
      : ([253, subdomain, subdomainRule] as const);
  return [
    ...(name.length > limit ? [`must be no more than ${limit} characters`] : []),
    ...(pattern.test(name) ? [] : [rule]),
  ];
};

const keyFaults = (key: string): string[] => {
  const parts = key.split("/");
  const [prefix, name] = parts.length === 1 ? [undefined, parts[0]] : parts;
  if (parts.length > 2) return [`a valid label key must be 'NAME' or 'PREFIX/NAME': ${nameRule}`];
  const faults: string[] = [];
  if (prefix === "") faults.push("prefix part must be non-empty");
  else if (prefix !== undefined && (prefix.length > 253 || !subdomain.test(prefix)))
    faults.push(`prefix part ${subdomainRule}`);
  if (name === undefined || name === "") faults.push("name part must be non-empty");
  else if (name.length > 63) faults.push("name part must be no more than 63 characters");
  else if (!qualifiedName.test(name)) faults.push(nameRule);
  return faults;
};

const invalidField = (field: string, badValue: unknown, detail: string): FieldError => ({
  type: "Invalid",
  field,
  badValue,
  detail,
});

const labelErrors = (labels: Record<string, string> = {}): FieldError[] =>
  Object.entries(labels).flatMap(([key, value]) => [
    ...keyFaults(key).map((fault) => invalidField("metadata.labels", key, fault)),
    ...(value.length > 63
      ? [invalidField("metadata.labels", value, "must be no more than 63 characters")]
      : labelValue.test(value)
        ? []
        : [invalidField("metadata.labels", value, valueRule)]),
  ]);

const annotationErrors = (annotations: Record<string, string> = {}): FieldError[] => {
  let bytes = 0;
  const errors = Object.entries(annotations).flatMap(([key, value]) => {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
    return keyFaults(key.toLowerCase()).map((fault) => invalidField("metadata.annotations", key, fault));
  });
  if (bytes > maxAnnotationBytes)
    errors.push({
      type: "TooLong",
      field: "metadata.annotations",
      detail: `may not be more than ${maxAnnotationBytes} bytes`,
    });
  return errors;
};

const ownerErrors = (meta: ObjectMeta): FieldError[] => {
  const errors: FieldError[] = [];
  const owners = meta.ownerReferences ?? [];
  owners.forEach((owner, index) => {
    const at = `metadata.ownerReferences[${index}]`;
    for (const field of ["apiVersion", "kind", "name", "uid"] as const)
      if (!owner[field])
        errors.push(invalidField(`${at}.${field}`, owner[field] ?? "", `${field} must not be empty`));
  });
  const controllers = owners.filter((owner) => owner.controller === true);
  if (controllers.length > 1)
    errors.push(
      invalidField(
        "metadata.ownerReferences",
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${controllers.map((o) => `${o.kind}/${o.name}`).join(" and ")}`,
      ),
    );
  return errors;
};

const standardFinalizers = new Set(["orphan", "foregroundDeletion", "kubernetes"]);

/** Kubernetes' own kinds take standard or domain-qualified finalizers only; CRDs and custom kinds any name. */
const finalizerErrors = (meta: ObjectMeta, custom: boolean): FieldError[] =>
  (meta.finalizers ?? []).flatMap((finalizer) => {
    const faults = keyFaults(finalizer);
    if (!custom && faults.length === 0 && !finalizer.includes("/") && !standardFinalizers.has(finalizer))
      faults.push("name is neither a standard finalizer name nor is it fully qualified");
    return faults.map((fault) => invalidField("metadata.finalizers", finalizer, fault));
  });

/** What is allowed but unwise: a bare finalizer name on a custom kind may clash with somebody else's. */
export const metadataWarnings = (meta: ObjectMeta): string[] =>
  (meta.finalizers ?? [])
    .filter((finalizer) => !finalizer.includes("/") && !standardFinalizers.has(finalizer))
    .map(
      (finalizer) =>
        `metadata.finalizers: "${finalizer}": prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers`,
    );

/** Everything wrong with the metadata of an object that is to be stored under `storage`. */
export const metadataErrors = (meta: ObjectMeta, storage: string, custom: boolean): FieldError[] => [
  ...(meta.name
    ? nameFaults(meta.name, storage).map((fault) => invalidField("metadata.name", meta.name, fault))
    : [{ type: "Required", field: "metadata.name", detail: "name or generateName is required" } as const]),
  ...labelErrors(meta.labels),
  ...annotationErrors(meta.annotations),
  ...ownerErrors(meta),
  ...finalizerErrors(meta, custom || storage === crdStorage),
];

/** What an update may not do to metadata. */
export const metadataUpdateErrors = (meta: ObjectMeta, old: ObjectMeta): FieldError[] => {
  if (old.deletionTimestamp === undefined) return [];
  const added = (meta.finalizers ?? []).filter((finalizer) => !old.finalizers?.includes(finalizer));
  if (added.length === 0) return [];
  const listed = added.map((finalizer) => JSON.stringify(finalizer)).join(", ");
  return [
    {
      type: "Forbidden",
      field: "metadata.finalizers",
      detail: `no new finalizers can be added if the object is being deleted, found new finalizers []string{${listed}}`,
    },
  ];
};

const text: JSONSchemaProps = { type: "string" };
const time: JSONSchemaProps = { type: "string", format: "date-time" };
const textMap: JSONSchemaProps = { type: "object", additionalProperties: text };

/** ObjectMeta as a schema: for pruning and type checks here, and for OpenAPI. */
export const objectMetaSchema: JSONSchemaProps = {
  type: "object",
  description:
    "ObjectMeta is metadata that all persisted resources must have, which includes all objects users must create.",
  properties: {
    name: { ...text, description: "Name must be unique within a namespace. Cannot be updated." },
    generateName: { ...text, description: "An optional prefix for a server-made unique name." },
    namespace: {
      ...text,
      description: "The space within which each name must be unique. Cannot be updated.",
    },
    selfLink: { ...text, description: "Deprecated; not set." },
    uid: { ...text, description: "Unique in time and space. Populated by the system. Read-only." },
    resourceVersion: { ...text, description: "Opaque internal version of this object." },
    generation: { type: "integer", format: "int64", description: "Counts changes of the desired state." },
    creationTimestamp: { ...time, description: "When the object was created. Populated by the system." },
    deletionTimestamp: { ...time, description: "When the object will be deleted. Populated by the system." },
    deletionGracePeriodSeconds: { type: "integer", format: "int64", description: "Read-only." },
    labels: { ...textMap, description: "Keys and values to organize and select objects by." },
    annotations: { ...textMap, description: "Arbitrary metadata that tools may set and retrieve." },
    ownerReferences: {
      type: "array",
      description: "Objects depended on by this object. When all are deleted, this object is collected.",
      items: {
        type: "object",
        required: ["apiVersion", "kind", "name", "uid"],
        properties: {
          apiVersion: text,
          kind: text,
          name: text,
          uid: text,
          controller: { type: "boolean" },
          blockOwnerDeletion: { type: "boolean" },
        },
      },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["uid"],
      "x-kubernetes-patch-merge-key": "uid",
      "x-kubernetes-patch-strategy": "merge",
    },
    finalizers: {
      type: "array",
      description: "Must be empty before the object is deleted.",
      items: text,
      "x-kubernetes-list-type": "set",
      "x-kubernetes-patch-strategy": "merge",
    },
    managedFields: {
      type: "array",
      description: "Which manager owns which fields.",
      items: {
        type: "object",
        properties: {
          manager: text,
          operation: text,
          apiVersion: text,
          time,
          fieldsType: text,
          fieldsV1: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
          subresource: text,
        },
      },
      "x-kubernetes-list-type": "atomic",
    },
  },
};

let compiled: ReturnType<typeof compileStructural> | undefined;

/**
 * Removes unknown metadata fields in place and returns their paths; wrong types are reported as errors, because
 * nothing after this can work with them.
 */
export const normalizeMetadata = (object: JsonObject): { unknown: string[]; errors: FieldError[] } => {
  compiled ??= compileStructural({ type: "object", properties: { meta: objectMetaSchema } });
  const meta = (object["metadata"] ?? {}) as JsonObject;
  // An absent value and null mean the same throughout metadata.
  for (const [field, value] of Object.entries(meta)) if (value === null) delete meta[field];
  const wrapped = { meta };
  const unknown = compiled.prune(wrapped).map((path) => path.replace(/^meta/, "metadata"));
  const errors = compiled
    .validate(wrapped)
    .map((error) => ({ ...error, field: error.field.replace(/^meta/, "metadata") }));
  return { unknown, errors };
};

/** The part of an object that its generation counts: all but metadata and, where it is a subresource, status. */
export const desiredState = (object: KubeObject, statusApart: boolean): JsonObject => {
  const { metadata: _metadata, ...rest } = object;
  if (statusApart) delete rest["status"];
  return rest;
};
