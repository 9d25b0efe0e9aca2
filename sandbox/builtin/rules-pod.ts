// What must hold in a pod spec beyond the types of its fields.
import { isObject, jsonEqual, type FieldError, type JsonObject } from "../schema/index.ts";
import {
  duplicate,
  forbidden,
  invalid,
  items,
  notFound,
  notSupported,
  part,
  required,
} from "./rule-words.ts";

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const envName = /^[^=\x00-\x1f]+$/;

/** Faults of a pod spec. */
export function checkPodSpec(spec: JsonObject, path: string, errors: FieldError[]): void {
  const volumes = checkVolumes(spec, `${path}.volumes`, errors);
  const names = new Set<string>();
  if (items(spec, "containers").length === 0) errors.push(required(`${path}.containers`));
  for (const list of ["initContainers", "containers"])
    items(spec, list).forEach((container, i) =>
      checkContainer(container, `${path}.${list}[${i}]`, { volumes, names }, errors),
    );
}

function checkVolumes(spec: JsonObject, path: string, errors: FieldError[]): ReadonlySet<string> {
  const names = new Set<string>();
  items(spec, "volumes").forEach((volume, i) => {
    const name = String(volume["name"]);
    checkName(name, `${path}[${i}].name`, errors);
    const sources = Object.keys(volume).filter((key) => key !== "name");
    for (const extra of sources.slice(1))
      errors.push(forbidden(`${path}[${i}].${extra}`, "may not specify more than 1 volume type"));
    names.add(name);
  });
  return names;
}

function checkName(name: string, path: string, errors: FieldError[]): void {
  if (name === "") errors.push(required(path));
  else if (name.length > 63) errors.push(invalid(path, name, "must be no more than 63 characters"));
  else if (!label.test(name)) errors.push(invalid(path, name, labelRule));
}

interface Surroundings {
  readonly volumes: ReadonlySet<string>;
  /** Names of the containers so far. */
  readonly names: Set<string>;
}

function checkContainer(
  container: JsonObject,
  path: string,
  { volumes, names }: Surroundings,
  errors: FieldError[],
): void {
  const name = String(container["name"] ?? "");
  checkName(name, `${path}.name`, errors);
  if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
  names.add(name);
  if (!container["image"]) errors.push(required(`${path}.image`));
  items(container, "env").forEach((variable, i) => {
    const at = `${path}.env[${i}]`;
    const variableName = String(variable["name"] ?? "");
    if (variableName === "") errors.push(required(`${at}.name`));
    else if (!envName.test(variableName))
      errors.push(
        invalid(
          `${at}.name`,
          variableName,
          "a valid environment variable name must consist only of printable ASCII characters other than '='",
        ),
      );
    if (variable["value"] && variable["valueFrom"])
      errors.push(invalid(`${at}.valueFrom`, "", "may not be specified when `value` is not empty"));
  });
  const portNames = new Set<unknown>();
  items(container, "ports").forEach((port, i) => {
    const portName = port["name"];
    if (portName === undefined || portName === "") return;
    if (portNames.has(portName)) errors.push(duplicate(`${path}.ports[${i}].name`, portName));
    portNames.add(portName);
  });
  items(container, "volumeMounts").forEach((mount, i) => {
    if (!volumes.has(String(mount["name"])))
      errors.push(notFound(`${path}.volumeMounts[${i}].name`, mount["name"]));
  });
  for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"])
    if (isObject(container[probe])) checkProbe(container[probe], `${path}.${probe}`, errors);
}

function checkProbe(probe: JsonObject, path: string, errors: FieldError[]): void {
  const handlers = ["exec", "httpGet", "tcpSocket", "grpc"].filter((handler) => probe[handler] !== undefined);
  if (handlers.length === 0) errors.push(required(path, "must specify a handler type"));
  for (const extra of handlers.slice(1))
    errors.push(forbidden(`${path}.${extra}`, "may not specify more than 1 handler type"));
}

/** Faults of a pod template and the selector that must choose its pods. */
export function checkTemplate(
  spec: JsonObject,
  path: string,
  restart: readonly string[],
  errors: FieldError[],
): void {
  checkTemplateFrame(spec, path, restart, errors);
  const template = part(spec, "template");
  if (isObject(template["spec"])) checkPodSpec(template["spec"], `${path}.template.spec`, errors);
}

/** As `checkTemplate`, without what stands in the pod's spec. */
export function checkTemplateFrame(
  spec: JsonObject,
  path: string,
  restart: readonly string[],
  errors: FieldError[],
): void {
  const template = part(spec, "template");
  const labels = part(part(template, "metadata"), "labels");
  const selector = part(spec, "selector");
  // A Job without a selector is given one by the server.
  const isJob = !restart.includes("Always");
  if (Object.keys(selector).length > 0 ? !matches(selector, labels) : !isJob)
    errors.push(
      invalid(`${path}.template.metadata.labels`, labels, "`selector` does not match template `labels`"),
    );
  const podSpec = part(template, "spec");
  if (!isObject(template["spec"])) return;
  if (!restart.includes(String(podSpec["restartPolicy"])))
    errors.push(notSupported(`${path}.template.spec.restartPolicy`, podSpec["restartPolicy"], restart));
}

function matches(selector: JsonObject, labels: JsonObject): boolean {
  const wanted = Object.entries(part(selector, "matchLabels"));
  if (!wanted.every(([key, value]) => labels[key] === value)) return false;
  return items(selector, "matchExpressions").every((expression) => {
    const key = String(expression["key"]);
    const values = (expression["values"] ?? []) as unknown[];
    const has = Object.hasOwn(labels, key);
    switch (expression["operator"]) {
      case "In":
        return has && values.includes(labels[key]);
      case "NotIn":
        return !has || !values.includes(labels[key]);
      case "Exists":
        return has;
      default:
        return !has;
    }
  });
}

/** A pod that exists may only change a little. */
export function checkPodUpdate(spec: JsonObject, before: JsonObject, errors: FieldError[]): void {
  const settled = (pod: JsonObject): JsonObject => {
    const rest: JsonObject = { ...pod };
    for (const field of [
      "activeDeadlineSeconds",
      "tolerations",
      "terminationGracePeriodSeconds",
      "nodeName",
      "schedulingGates",
    ])
      delete rest[field];
    for (const list of ["containers", "initContainers"])
      rest[list] = items(pod, list).map(
        ({ image: _image, resources: _resources, ...container }) => container,
      );
    delete rest["ephemeralContainers"];
    return rest;
  };
  if (!jsonEqual(settled(spec), settled(before)))
    errors.push(
      forbidden(
        "spec",
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
      ),
    );
}
