// What must hold in built-in kinds beyond the types of their fields: fields that may not change, fields that must
// agree. Rules of pod specs are in rules-pod.ts; names and labels are the API server's business.
import { isObject, jsonEqual, type FieldError, type JsonObject } from "../schema/index.ts";
import { duplicate, forbidden, immutable, invalid, items, part, required } from "./rule-words.ts";
import { checkPodSpec, checkPodUpdate, checkTemplate, checkTemplateFrame } from "./rules-pod.ts";

type Rule = (object: JsonObject, old: JsonObject | undefined) => FieldError[];

const spec = (object: JsonObject | undefined): JsonObject => part(object ?? {}, "spec");

const collect =
  (rule: (object: JsonObject, old: JsonObject | undefined, errors: FieldError[]) => void): Rule =>
  (object, old) => {
    const errors: FieldError[] = [];
    rule(object, old, errors);
    return errors;
  };

const pod = collect((object, old, errors) => {
  checkPodSpec(spec(object), "spec", errors);
  if (old) checkPodUpdate(spec(object), spec(old), errors);
});

const replicated = collect((object, old, errors) => {
  checkTemplate(spec(object), "spec", ["Always"], errors);
  checkSelector(object, errors);
  if (old) errors.push(...immutable("spec.selector", spec(object)["selector"], spec(old)["selector"]));
});

function checkSelector(object: JsonObject, errors: FieldError[]): void {
  const selector = part(spec(object), "selector");
  if (isObject(spec(object)["selector"]) && Object.keys(selector).length === 0)
    errors.push(invalid("spec.selector", selector, "empty selector is invalid for deployment"));
}

const STATEFUL_SET_FIELDS = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];

const statefulSet = collect((object, old, errors) => {
  // kube-apiserver does not look into the pod spec, because its mounts may name claim templates
  // (ValidatePodTemplateSpecForStatefulSet): what is wrong there is refused when a pod is created.
  checkTemplateFrame(spec(object), "spec", ["Always"], errors);
  if (!old) return;
  const settled = (set: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(spec(set)).filter(([key]) => !STATEFUL_SET_FIELDS.includes(key)));
  if (!jsonEqual(settled(object), settled(old)))
    errors.push(
      forbidden(
        "spec",
        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ),
    );
});

const job = collect((object, old, errors) => {
  checkTemplate(spec(object), "spec", ["OnFailure", "Never"], errors);
  if (!old) return;
  const [now, before] = [spec(object), spec(old)];
  errors.push(...immutable("spec.completionMode", now["completionMode"], before["completionMode"]));
  if (now["completionMode"] !== "Indexed")
    errors.push(...immutable("spec.completions", now["completions"], before["completions"]));
  errors.push(...immutable("spec.selector", now["selector"], before["selector"]));
  if (before["suspend"] !== true)
    errors.push(...immutable("spec.template", now["template"], before["template"]));
});

const cronJob = collect((object, _old, errors) => {
  const { schedule } = spec(object);
  if (schedule === "") errors.push(required("spec.schedule"));
  else if (typeof schedule === "string" && !isSchedule(schedule))
    errors.push(
      invalid(
        "spec.schedule",
        schedule,
        "must have 5 fields: minute, hour, day of month, month, day of week",
      ),
    );
  checkTemplate(
    spec(part(spec(object), "jobTemplate")),
    "spec.jobTemplate.spec",
    ["OnFailure", "Never"],
    errors,
  );
});

const isSchedule = (text: string): boolean =>
  /^@(every \S+|yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(text.trim()) ||
  /^([\d*?,/a-z-]+\s+){4}[\d*?,/a-z-]+$/i.test(text.trim());

const service = collect((object, old, errors) => {
  const now = spec(object);
  const ports = items(now, "ports");
  const isExternal = now["type"] === "ExternalName";
  if (ports.length === 0 && !isExternal && now["clusterIP"] !== "None") errors.push(required("spec.ports"));
  if (isExternal && !now["externalName"]) errors.push(required("spec.externalName"));
  const names = new Set<unknown>();
  ports.forEach((port, i) => {
    const { name } = port;
    if (ports.length > 1 && !name) errors.push(required(`spec.ports[${i}].name`));
    if (name && names.has(name)) errors.push(duplicate(`spec.ports[${i}].name`, name));
    names.add(name);
  });
  const before = spec(old);
  if (before["clusterIP"] && before["type"] !== "ExternalName" && !isExternal)
    errors.push(
      ...immutable(
        "spec.clusterIP",
        now["clusterIP"] ?? before["clusterIP"],
        before["clusterIP"],
        "may not change once set",
      ),
    );
});

const keyRule =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const immutableData = "field is immutable when `immutable` is set";

const data = (fields: readonly string[]): Rule =>
  collect((object, old, errors) => {
    for (const field of fields)
      for (const key of Object.keys(part(object, field))) {
        const valid =
          /^[-._a-zA-Z0-9]+$/.test(key) && key.length <= 253 && key !== "." && !key.startsWith("..");
        if (!valid) errors.push(invalid(`${field}[${key}]`, key, keyRule));
      }
    if (old?.["immutable"] !== true) return;
    if (object["immutable"] !== true) errors.push(forbidden("immutable", immutableData));
    for (const field of fields)
      if (!jsonEqual(part(object, field), part(old, field))) errors.push(forbidden(field, immutableData));
  });

const secret = collect((object, old, errors) => {
  errors.push(...data(["data"])(object, old));
  if (old) errors.push(...immutable("type", object["type"], old["type"]));
});

const ingress = collect((object, _old, errors) => {
  const rules = items(spec(object), "rules");
  if (rules.length === 0 && spec(object)["defaultBackend"] === undefined)
    errors.push(invalid("spec", rules, "either `defaultBackend` or `rules` must be specified"));
  rules.forEach((rule, i) => {
    if (!isObject(rule["http"])) return;
    const paths = items(rule["http"], "paths");
    if (paths.length === 0) errors.push(required(`spec.rules[${i}].http.paths`));
    paths.forEach(({ path, pathType, backend }, j) => {
      const at = `spec.rules[${i}].http.paths[${j}]`;
      if (pathType !== "ImplementationSpecific" && !(typeof path === "string" && path.startsWith("/")))
        errors.push(invalid(`${at}.path`, path ?? "", "must be an absolute path"));
      checkBackend(isObject(backend) ? backend : {}, `${at}.backend`, errors);
    });
  });
});

function checkBackend(backend: JsonObject, path: string, errors: FieldError[]): void {
  if (!isObject(backend["service"])) {
    if (backend["resource"] === undefined)
      errors.push(required(path, "`service` or `resource` must be specified"));
    return;
  }
  const { number, name } = part(backend["service"], "port");
  if (!number && !name) errors.push(required(`${path}.service.port`, "port name or number is required"));
  if (number && name)
    errors.push(
      invalid(`${path}.service.port`, backend["service"], "cannot set both port name & port number"),
    );
}

const binding = collect((object, old, errors) => {
  if (old) errors.push(...immutable("roleRef", object["roleRef"], old["roleRef"], "cannot change roleRef"));
});

const claim = collect((object, old, errors) => {
  const storage = part(part(spec(object), "resources"), "requests")["storage"];
  if (storage === undefined) errors.push(required("spec.resources[storage]"));
  if (!old || spec(old)["volumeName"] === undefined) return;
  const settled = ({
    resources: _resources,
    volumeAttributesClassName: _class,
    ...rest
  }: JsonObject): JsonObject => rest;
  if (!jsonEqual(settled(spec(object)), settled(spec(old))))
    errors.push(
      forbidden(
        "spec",
        "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
      ),
    );
});

const budget = collect((object, _old, errors) => {
  const { minAvailable, maxUnavailable } = spec(object);
  if (minAvailable !== undefined && maxUnavailable !== undefined)
    errors.push(invalid("spec", spec(object), "minAvailable and maxUnavailable cannot be both set"));
});

const storageClass = collect((object, old, errors) => {
  if (!old) return;
  for (const field of ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"])
    if (!jsonEqual(object[field], old[field]))
      errors.push(forbidden(field, `updates to ${field} are forbidden.`));
});

const definition = collect((object, old, errors) => {
  if (!old) return;
  errors.push(...immutable("spec.scope", spec(object)["scope"], spec(old)["scope"]));
  errors.push(...immutable("spec.group", spec(object)["group"], spec(old)["group"]));
});

/** By kind and group: `Deployment.apps`, `Pod.`. */
export const kindRules: Record<string, Rule> = {
  "Pod.": pod,
  "Service.": service,
  "ConfigMap.": data(["data", "binaryData"]),
  "Secret.": secret,
  "PersistentVolumeClaim.": claim,
  "Deployment.apps": replicated,
  "ReplicaSet.apps": replicated,
  "StatefulSet.apps": statefulSet,
  "Job.batch": job,
  "CronJob.batch": cronJob,
  "Ingress.networking.k8s.io": ingress,
  "RoleBinding.rbac.authorization.k8s.io": binding,
  "ClusterRoleBinding.rbac.authorization.k8s.io": binding,
  "PodDisruptionBudget.policy": budget,
  "StorageClass.storage.k8s.io": storageClass,
  "CustomResourceDefinition.apiextensions.k8s.io": definition,
};
