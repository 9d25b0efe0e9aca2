// Defaults of built-in kinds that follow from other fields: what is left out depends on what is there.
// Defaults of single fields are in values.ts.
import { isObject, jsonClone, type JsonObject } from "../schema/index.ts";

type Defaulter = (object: JsonObject) => void;

const part = (object: JsonObject, field: string): JsonObject => {
  const value = object[field];
  return isObject(value) ? value : {};
};
const items = (object: JsonObject, field: string): JsonObject[] => {
  const value = object[field];
  return Array.isArray(value) ? value.filter(isObject) : [];
};

function podSpec(spec: JsonObject): void {
  for (const field of ["containers", "initContainers", "ephemeralContainers"])
    for (const container of items(spec, field)) {
      container["imagePullPolicy"] ??= pullPolicy(container["image"]);
      if (spec["hostNetwork"] === true)
        for (const port of items(container, "ports")) port["hostPort"] ??= port["containerPort"];
    }
  for (const volume of items(spec, "volumes"))
    if (Object.keys(volume).every((key) => key === "name")) volume["emptyDir"] = {};
  // The old name of the field stays in step with the new one.
  if (spec["serviceAccountName"] !== undefined) spec["serviceAccount"] ??= spec["serviceAccountName"];
  else if (spec["serviceAccount"] !== undefined) spec["serviceAccountName"] = spec["serviceAccount"];
}

/** Images that may change under their name are pulled each time. */
function pullPolicy(image: unknown): string {
  if (typeof image !== "string" || image === "") return "Always";
  const name = image.slice(image.lastIndexOf("/") + 1);
  if (name.includes("@")) return "IfNotPresent";
  const tag = /:([^:]+)$/.exec(name)?.[1];
  return tag === undefined || tag === "latest" ? "Always" : "IfNotPresent";
}

const template = (spec: JsonObject): void => podSpec(part(part(spec, "template"), "spec"));

function deployment(object: JsonObject): void {
  const spec = part(object, "spec");
  template(spec);
  const strategy = part(spec, "strategy");
  if (strategy["type"] !== "RollingUpdate") return;
  const rolling = (strategy["rollingUpdate"] ??= {}) as JsonObject;
  rolling["maxUnavailable"] ??= "25%";
  rolling["maxSurge"] ??= "25%";
}

function statefulSet(object: JsonObject): void {
  const spec = part(object, "spec");
  template(spec);
  const strategy = part(spec, "updateStrategy");
  if (strategy["type"] === "RollingUpdate") {
    const rolling = (strategy["rollingUpdate"] ??= {}) as JsonObject;
    rolling["partition"] ??= 0;
  }
  for (const claim of items(spec, "volumeClaimTemplates")) {
    claim["apiVersion"] ??= "v1";
    claim["kind"] ??= "PersistentVolumeClaim";
    claim["status"] ??= { phase: "Pending" };
  }
}

function job(spec: JsonObject): void {
  template(spec);
  if (spec["completions"] === undefined && spec["parallelism"] === 1) spec["completions"] = 1;
  spec["podReplacementPolicy"] ??= spec["podFailurePolicy"] === undefined ? "TerminatingOrFailed" : "Failed";
}

/** A Job without labels takes those of its pods. */
function labelledJob(object: JsonObject): void {
  const spec = part(object, "spec");
  job(spec);
  const labels = part(part(part(spec, "template"), "metadata"), "labels");
  if (Object.keys(labels).length > 0 && isObject(object["metadata"]))
    object["metadata"]["labels"] ??= jsonClone(labels);
}

function pod(object: JsonObject): void {
  const spec = part(object, "spec");
  podSpec(spec);
  spec["enableServiceLinks"] ??= true;
  for (const container of [...items(spec, "containers"), ...items(spec, "initContainers")]) {
    const resources = part(container, "resources");
    const limits = part(resources, "limits");
    if (Object.keys(limits).length > 0)
      resources["requests"] = { ...jsonClone(limits), ...part(resources, "requests") };
  }
}

function service(object: JsonObject): void {
  const spec = part(object, "spec");
  const exposed = spec["type"] === "NodePort" || spec["type"] === "LoadBalancer";
  for (const port of items(spec, "ports")) if (isUnset(port["targetPort"])) port["targetPort"] = port["port"];
  if (exposed) spec["externalTrafficPolicy"] ??= "Cluster";
  if (spec["type"] !== "ExternalName") spec["internalTrafficPolicy"] ??= "Cluster";
  if (spec["type"] === "LoadBalancer") spec["allocateLoadBalancerNodePorts"] ??= true;
  if (spec["sessionAffinity"] === "ClientIP")
    spec["sessionAffinityConfig"] ??= { clientIP: { timeoutSeconds: 10_800 } };
}

const isUnset = (value: unknown): boolean =>
  value === undefined || value === null || value === 0 || value === "";

function networkPolicy(object: JsonObject): void {
  const spec = part(object, "spec");
  spec["podSelector"] ??= {};
  if (!Array.isArray(spec["policyTypes"]) || spec["policyTypes"].length === 0)
    spec["policyTypes"] = items(spec, "egress").length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
}

function binding(object: JsonObject): void {
  for (const subject of items(object, "subjects"))
    if (subject["kind"] === "User" || subject["kind"] === "Group")
      subject["apiGroup"] ??= "rbac.authorization.k8s.io";
}

function definition(object: JsonObject): void {
  const names = part(part(object, "spec"), "names");
  const { kind } = names;
  if (typeof kind !== "string") return;
  names["singular"] ??= kind.toLowerCase();
  names["listKind"] ??= `${kind}List`;
}

/** By kind and group: `Deployment.apps`, `Pod.`. */
export const kindDefaults: Record<string, Defaulter> = {
  "Pod.": pod,
  "Service.": service,
  "Deployment.apps": deployment,
  "ReplicaSet.apps": (object) => template(part(object, "spec")),
  "StatefulSet.apps": statefulSet,
  "Job.batch": labelledJob,
  "CronJob.batch": (object) => job(part(part(part(object, "spec"), "jobTemplate"), "spec")),
  "NetworkPolicy.networking.k8s.io": networkPolicy,
  "RoleBinding.rbac.authorization.k8s.io": binding,
  "ClusterRoleBinding.rbac.authorization.k8s.io": binding,
  "CustomResourceDefinition.apiextensions.k8s.io": definition,
};
