// What a CustomResourceDefinition must be to be accepted, and the names the server fills in.
// Serving it is crds.ts' work, its conditions are crd-controller.ts'.
import type { KubeObject } from "../cluster.ts";
import { checkStructural, type FieldError } from "../schema/index.ts";
import { crdFinalizer, crdSpec, type CrdSpec, type CrdVersion } from "./crd-types.ts";
import { parseColumnPath } from "./jsonpath.ts";
import { invalid } from "./status.ts";

const label = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const fieldPath = /^(\.[A-Za-z_][A-Za-z0-9_-]*)+$/;

const fault = (field: string, badValue: unknown, detail: string): FieldError => ({
  type: "Invalid",
  field,
  badValue,
  detail,
});
const missing = (field: string, detail = ""): FieldError => ({ type: "Required", field, detail });

const fillNames = (spec: CrdSpec): void => {
  const { names } = spec;
  if (names === undefined || typeof names.kind !== "string") return;
  names.singular ||= names.kind.toLowerCase();
  names.listKind ||= `${names.kind}List`;
  spec.conversion ??= { strategy: "None" };
};

const nameErrors = (crd: KubeObject, spec: CrdSpec): FieldError[] => {
  const errors: FieldError[] = [];
  const names = spec.names ?? {};
  if (!spec.group || !subdomain.test(spec.group) || !spec.group.includes("."))
    errors.push(fault("spec.group", spec.group ?? "", "should be a domain with at least one dot"));
  if (!names.plural) errors.push(missing("spec.names.plural"));
  if (!names.kind) errors.push(missing("spec.names.kind"));
  for (const field of ["plural", "singular"] as const)
    if (names[field] && !label.test(names[field]))
      errors.push(fault(`spec.names.${field}`, names[field], "must be a lower-case DNS-1035 label"));
  for (const field of ["kind", "listKind"] as const)
    if (names[field] && !label.test(names[field].toLowerCase()))
      errors.push(
        fault(
          `spec.names.${field}`,
          names[field],
          "may have mixed case, but should otherwise match a DNS-1035 label",
        ),
      );
  (names.shortNames ?? []).forEach((name, index) => {
    if (!label.test(name))
      errors.push(fault(`spec.names.shortNames[${index}]`, name, "must be a lower-case DNS-1035 label"));
  });
  const expected = `${names.plural ?? ""}.${spec.group ?? ""}`;
  if (crd.metadata.name !== expected)
    errors.push(fault("metadata.name", crd.metadata.name, 'must be spec.names.plural+"."+spec.group'));
  if (spec.scope !== "Namespaced" && spec.scope !== "Cluster")
    errors.push({
      type: "NotSupported",
      field: "spec.scope",
      badValue: spec.scope ?? "",
      detail: 'supported values: "Cluster", "Namespaced"',
    });
  return errors;
};

const columnErrors = (version: CrdVersion, at: string): FieldError[] =>
  (version.additionalPrinterColumns ?? []).flatMap((column, index) => {
    const field = `${at}.additionalPrinterColumns[${index}]`;
    const errors: FieldError[] = [];
    if (!column.name) errors.push(missing(`${field}.name`));
    if (!["integer", "number", "string", "boolean", "date"].includes(column.type))
      errors.push({
        type: "NotSupported",
        field: `${field}.type`,
        badValue: column.type,
        detail: 'supported values: "boolean", "date", "integer", "number", "string"',
      });
    if (!column.jsonPath) errors.push(missing(`${field}.jsonPath`));
    else if (parseColumnPath(column.jsonPath) === undefined)
      errors.push(fault(`${field}.jsonPath`, column.jsonPath, "is an unsupported JSON path"));
    return errors;
  });

const scaleErrors = (version: CrdVersion, at: string): FieldError[] => {
  const scale = version.subresources?.scale;
  if (scale === undefined) return [];
  const field = `${at}.subresources.scale`;
  const rule = (path: string | undefined, name: string, prefixes: string[]): FieldError[] =>
    path !== undefined && fieldPath.test(path) && prefixes.some((prefix) => path.startsWith(prefix))
      ? []
      : [fault(`${field}.${name}`, path ?? "", `should be a json path under ${prefixes.join(" or ")}`)];
  return [
    ...rule(scale.specReplicasPath, "specReplicasPath", [".spec."]),
    ...rule(scale.statusReplicasPath, "statusReplicasPath", [".status."]),
    ...(scale.labelSelectorPath === undefined
      ? []
      : rule(scale.labelSelectorPath, "labelSelectorPath", [".spec.", ".status."])),
  ];
};

const versionErrors = (version: CrdVersion, at: string): FieldError[] => {
  const errors: FieldError[] = [];
  if (!version.name || !label.test(version.name))
    errors.push(fault(`${at}.name`, version.name ?? "", "must be a lower-case DNS-1035 label, such as v1"));
  const schema = version.schema?.openAPIV3Schema;
  if (schema === undefined) errors.push(missing(`${at}.schema.openAPIV3Schema`, "schemas are required"));
  else errors.push(...checkStructural(schema, `${at}.schema.openAPIV3Schema`));
  (version.selectableFields ?? []).forEach((selectable, index) => {
    if (!fieldPath.test(selectable.jsonPath))
      errors.push(
        fault(
          `${at}.selectableFields[${index}].jsonPath`,
          selectable.jsonPath,
          "must be a simple path such as .spec.color",
        ),
      );
  });
  return [...errors, ...columnErrors(version, at), ...scaleErrors(version, at)];
};

const versionsErrors = (spec: CrdSpec): FieldError[] => {
  const versions = spec.versions ?? [];
  if (versions.length === 0) return [missing("spec.versions")];
  const errors = versions.flatMap((version, index) => versionErrors(version, `spec.versions[${index}]`));
  if (versions.filter((v) => v.storage).length !== 1)
    errors.push(
      fault(
        "spec.versions",
        versions.map((v) => v.name),
        "must have exactly one version marked as storage version",
      ),
    );
  const names = versions.map((v) => v.name);
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index)
      errors.push({ type: "Duplicate", field: `spec.versions[${index}].name`, badValue: name, detail: "" });
  });
  if (spec.conversion?.strategy !== undefined && spec.conversion.strategy !== "None")
    errors.push({
      type: "NotSupported",
      field: "spec.conversion.strategy",
      badValue: spec.conversion.strategy,
      detail: 'supported values: "None" (the sandbox runs no conversion webhooks)',
    });
  if (spec.preserveUnknownFields === true)
    errors.push(
      fault(
        "spec.preserveUnknownFields",
        true,
        "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
      ),
    );
  return errors;
};

/** What an update may not change: objects are stored under these. */
const changeErrors = (spec: CrdSpec, old: CrdSpec): FieldError[] =>
  (
    [
      ["spec.group", spec.group, old.group],
      ["spec.scope", spec.scope, old.scope],
      ["spec.names.plural", spec.names?.plural, old.names.plural],
      ["spec.names.kind", spec.names?.kind, old.names.kind],
    ] as const
  )
    .filter(([, now, before]) => now !== before)
    .map(([field, now]) => fault(field, now, "field is immutable"));

const mustBeAcceptable = (crd: KubeObject, old?: KubeObject): void => {
  const spec = crdSpec(crd);
  const errors = [
    ...nameErrors(crd, spec),
    ...versionsErrors(spec),
    ...(old === undefined ? [] : changeErrors(spec, crdSpec(old))),
  ];
  if (errors.length > 0)
    throw invalid(
      { group: "apiextensions.k8s.io", kind: "CustomResourceDefinition" },
      crd.metadata.name,
      errors,
    );
};

export const crdRules = {
  onCreate(crd: KubeObject): void {
    crd.spec ??= {};
    fillNames(crdSpec(crd));
    crd.metadata.finalizers = [...new Set([...(crd.metadata.finalizers ?? []), crdFinalizer])];
    mustBeAcceptable(crd);
    crd.status = {
      acceptedNames: { kind: "", plural: "" },
      conditions: [],
      storedVersions: crdSpec(crd)
        .versions.filter((v) => v.storage)
        .map((v) => v.name),
    };
  },
  onUpdate(crd: KubeObject, old: KubeObject): void {
    crd.spec ??= {};
    fillNames(crdSpec(crd));
    mustBeAcceptable(crd, old);
  },
};
