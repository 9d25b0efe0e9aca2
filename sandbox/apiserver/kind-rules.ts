// What the server itself does to built-in kinds when they are written: fields it fills in, counts or keeps.
// Schema rules and immutability are in ../builtin; what controllers do later is not here.
import type { KubeObject } from "../cluster.ts";
import type { ApiResource } from "./resources.ts";
import { crdRules } from "./crd-rules.ts";

export interface KindRules {
  onCreate?(object: KubeObject): void;
  onUpdate?(object: KubeObject, old: KubeObject): void;
  /** When an object marked for deletion may go; the usual answer is: once it has no finalizers. */
  mayGo?(object: KubeObject): boolean;
  /** Fills in what deletion changes besides metadata. */
  onMarked?(object: KubeObject): void;
  /** Seconds a deleted object may take to stop; 0 removes it at once. */
  graceSeconds?(object: KubeObject): number;
}

type Fields = Record<string, unknown>;

/** The object's part as a plain object, made when absent. */
const part = (object: KubeObject | Fields, field: string): Fields => {
  const fields = object as Fields;
  const value = (fields[field] ?? {}) as Fields;
  fields[field] = value;
  return value;
};

/** `stringData` is write-only: it ends up, encoded, in `data`. */
const foldStringData = (secret: KubeObject): void => {
  const plain = secret["stringData"];
  delete secret["stringData"];
  if (plain === null || typeof plain !== "object") return;
  const data = part(secret, "data");
  for (const [key, value] of Object.entries(plain))
    data[key] = Buffer.from(String(value), "utf8").toString("base64");
};

const namespaceRules: KindRules = {
  onCreate(namespace) {
    const spec = part(namespace, "spec");
    spec["finalizers"] = ["kubernetes"];
    namespace.status = { phase: "Active" };
    namespace.metadata.labels = {
      ...namespace.metadata.labels,
      "kubernetes.io/metadata.name": namespace.metadata.name,
    };
  },
  onUpdate(namespace, old) {
    part(namespace, "spec")["finalizers"] = structuredClone(
      (old.spec as Fields | undefined)?.["finalizers"] ?? [],
    );
    namespace.metadata.labels = {
      ...namespace.metadata.labels,
      "kubernetes.io/metadata.name": namespace.metadata.name,
    };
  },
  mayGo: (namespace) => !((namespace.spec as { finalizers?: string[] } | undefined)?.finalizers ?? []).length,
  onMarked(namespace) {
    namespace.status = { ...(namespace.status as Fields), phase: "Terminating" };
  },
};

/** Best effort, Burstable or Guaranteed, as the scheduler's documentation defines them. */
const qosClass = (pod: KubeObject): string => {
  const { containers = [], initContainers = [] } = pod.spec as {
    containers?: Fields[];
    initContainers?: Fields[];
  };
  const all = [...containers, ...initContainers].map((c) => (c["resources"] ?? {}) as Record<string, Fields>);
  const wanted = (r: Record<string, Fields>, kind: string): Fields => r[kind] ?? {};
  if (
    all.every((r) => !Object.keys(wanted(r, "requests")).length && !Object.keys(wanted(r, "limits")).length)
  )
    return "BestEffort";
  const guaranteed = all.every((r) =>
    ["cpu", "memory"].every((name) => {
      const limit = wanted(r, "limits")[name];
      return limit !== undefined && (wanted(r, "requests")[name] ?? limit) === limit;
    }),
  );
  return guaranteed ? "Guaranteed" : "Burstable";
};

const podRules: KindRules = {
  onCreate(pod) {
    const spec = part(pod, "spec");
    spec["serviceAccountName"] ??= "default";
    // The old name of the same field: defaulting has run already, so it is set here too.
    spec["serviceAccount"] ??= spec["serviceAccountName"];
    pod.status = { phase: "Pending", qosClass: qosClass(pod) };
  },
  graceSeconds(pod) {
    const spec = (pod.spec ?? {}) as { nodeName?: string; terminationGracePeriodSeconds?: number };
    const phase = (pod.status as { phase?: string } | undefined)?.phase;
    // Nothing runs: there is nobody to wait for.
    if (!spec.nodeName || phase === "Succeeded" || phase === "Failed") return 0;
    return spec.terminationGracePeriodSeconds ?? 30;
  },
};

/** A Job without a selector of its own gets one by its uid, and its pods the matching labels. */
const jobRules: KindRules = {
  onCreate(job) {
    job.status = {};
    const spec = part(job, "spec");
    if (spec["manualSelector"] === true) return;
    const own = {
      "batch.kubernetes.io/controller-uid": job.metadata.uid ?? "",
      "controller-uid": job.metadata.uid ?? "",
      "batch.kubernetes.io/job-name": job.metadata.name,
      "job-name": job.metadata.name,
    };
    const meta = part(part(spec, "template"), "metadata");
    meta["labels"] = { ...(meta["labels"] as Fields | undefined), ...own };
    spec["selector"] = {
      matchLabels: { "batch.kubernetes.io/controller-uid": own["batch.kubernetes.io/controller-uid"] },
    };
  },
  onUpdate(job, old) {
    const spec = part(job, "spec");
    const before = old.spec as Fields;
    spec["selector"] ??= structuredClone(before["selector"]);
    const labels = ((before["template"] as Fields | undefined)?.["metadata"] as Fields | undefined)?.[
      "labels"
    ];
    const meta = part(part(spec, "template"), "metadata");
    meta["labels"] ??= structuredClone(labels);
  },
};

/** Addresses once given stay when an update leaves them out. */
const serviceRules: KindRules = {
  onCreate(service) {
    service.status = { loadBalancer: {} };
  },
  onUpdate(service, old) {
    const spec = part(service, "spec");
    const before = (old.spec ?? {}) as Fields;
    if (spec["type"] === "ExternalName") return;
    for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"])
      if ((spec[field] === undefined || spec[field] === "") && before[field] !== undefined)
        spec[field] = structuredClone(before[field]);
    const ports = spec["ports"] as Fields[] | undefined;
    const oldPorts = before["ports"] as Fields[] | undefined;
    for (const port of ports ?? []) {
      const same = oldPorts?.find(
        (old) => old["port"] === port["port"] && old["protocol"] === port["protocol"],
      );
      if (port["nodePort"] === undefined && same?.["nodePort"] !== undefined && spec["type"] !== "ClusterIP")
        port["nodePort"] = same["nodePort"];
    }
  },
};

/** A claim once bound stays bound when an update leaves the volume out. */
const claimRules: KindRules = {
  onCreate(claim) {
    claim.status = { phase: "Pending" };
  },
  onUpdate(claim, old) {
    const spec = part(claim, "spec");
    const before = (old.spec ?? {}) as Fields;
    for (const field of ["volumeName", "storageClassName"])
      if (spec[field] === undefined && before[field] !== undefined) spec[field] = before[field];
  },
};

const emptyStatus: KindRules = {
  onCreate(object) {
    object.status = {};
  },
};

const rules: Record<string, KindRules> = {
  namespaces: namespaceRules,
  secrets: { onCreate: foldStringData, onUpdate: foldStringData },
  pods: podRules,
  services: serviceRules,
  persistentvolumeclaims: claimRules,
  persistentvolumes: {
    onCreate(volume) {
      volume.status = { phase: "Pending" };
    },
  },
  "jobs.batch": jobRules,
  "deployments.apps": emptyStatus,
  "replicasets.apps": {
    onCreate(set) {
      set.status = { replicas: 0 };
    },
  },
  "statefulsets.apps": {
    onCreate(set) {
      set.status = { replicas: 0, availableReplicas: 0 };
    },
  },
  "cronjobs.batch": emptyStatus,
  "ingresses.networking.k8s.io": {
    onCreate(ingress) {
      ingress.status = { loadBalancer: {} };
    },
  },
  "customresourcedefinitions.apiextensions.k8s.io": crdRules,
};

/** The rules of a kind; custom kinds have none of their own. */
export const rulesOf = (res: ApiResource): KindRules => (res.custom ? {} : (rules[res.storage] ?? {}));

const counted = new Set([
  "deployments.apps",
  "statefulsets.apps",
  "replicasets.apps",
  "jobs.batch",
  "cronjobs.batch",
  "ingresses.networking.k8s.io",
  "networkpolicies.networking.k8s.io",
  "poddisruptionbudgets.policy",
  "customresourcedefinitions.apiextensions.k8s.io",
]);

/** Whether `metadata.generation` is kept for this kind. */
export const countsGeneration = (res: ApiResource): boolean => res.custom || counted.has(res.storage);
